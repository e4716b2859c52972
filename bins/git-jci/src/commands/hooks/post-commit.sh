# >>> git jci post-commit >>>
# `git jci hooks remove post-commit` takes these lines out.
# Not for the commits of a rebase, nor for those that a run itself makes.
if [ -f .jci/run.sh ] && [ -z "${JCI_COMMIT-}" ] &&
    [ ! -d "$(git rev-parse --git-path rebase-merge)" ]; then
    if command -v git-jci >/dev/null; then
        (
            # What git tells a hook would mislead the git commands of the job.
            unset $(git rev-parse --local-env-vars)
            JCI_TRIGGER=post-commit exec nohup git jci run
        ) </dev/null >/dev/null 2>&1 &
        echo "jci: running in the background, see: git jci log -f" >&2
    else
        echo "jci: not run: git-jci is not on the PATH" >&2
    fi
fi
# <<< git jci post-commit <<<
