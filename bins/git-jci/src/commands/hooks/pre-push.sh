# >>> git jci pre-push >>>
# `git jci hooks remove pre-push` takes these lines out.
if [ -z "${JCI_REST_OF_HOOK-}" ]; then
    # First the rest of this hook, in a process of its own: it may read the list of refs to the
    # end, and leave by `exit` or `exec`.
    jci_refs=$(cat; echo .)
    jci_refs=${jci_refs%.}
    printf %s "$jci_refs" | JCI_REST_OF_HOOK=1 "$0" "$@" || exit
    # Then the run, if the commit that is checked out is pushed; not for the pushes that a run
    # itself makes.
    [ -f .jci/run.sh ] && [ -z "${JCI_COMMIT-}" ] || exit 0
    jci_head=$(git rev-parse --verify --quiet HEAD) || exit 0
    case $jci_refs in
    *" $jci_head refs/"*) ;;
    *) exit 0 ;;
    esac
    (
        # What git tells a hook would mislead the git commands of the job.
        unset $(git rev-parse --local-env-vars)
        # The commit is pushed, not the files: where they differ from it, it is run without them,
        # provided that it has the script.
        jci_changes=
        if git cat-file -e "$jci_head:.jci/run.sh" 2>/dev/null; then
            jci_changes=$(git --no-optional-locks status --porcelain)
        fi
        JCI_TRIGGER=pre-push exec git jci run --unless-passed ${jci_changes:+--clean} </dev/null
    ) && exit 0
    echo "jci: the push is stopped; git push --no-verify goes round this" >&2
    exit 1
fi
unset JCI_REST_OF_HOOK
# <<< git jci pre-push <<<
