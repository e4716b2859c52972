//! Hooks as git runs them, with a `git-jci` that writes down how it was called.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::{Finished, TestRepo, require};

use crate::jci::{install, jci, jci_in, shown};

/// Stands in for the run itself: notes trigger, arguments and whatever of git's own environment
/// is left, then ends as the file `verdict` says. Whoever reads the pipe `ended` waits for it.
const RECORDER: &str = r#"#!/bin/sh
world=${0%/bin/*}
{
    echo "$JCI_TRIGGER: git jci $*"
    git rev-parse --show-toplevel --git-dir
    env | grep -c '^GIT_\(DIR\|INDEX_FILE\|PREFIX\|WORK_TREE\)='
} >> "$world/calls"
[ -p "$world/ended" ] && echo > "$world/ended"
exit "$(cat "$world/verdict")"
"#;

struct World {
    repo: TestRepo,
}

impl World {
    fn new() -> Self {
        let repo = TestRepo::with_script("exit 0\n");
        repo.environment.install("git-jci", RECORDER);
        let world = Self { repo };
        world.verdict(0);
        world
    }

    fn verdict(&self, code: i32) {
        std::fs::write(self.repo.environment.path("verdict"), code.to_string()).unwrap();
    }

    /// Returns what the recorder wrote since the last time.
    fn calls(&self) -> String {
        let path = self.repo.environment.path("calls");
        let calls = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        self.repo.redact(&calls)
    }

    /// Adds a remote to push to.
    fn with_remote(self) -> Self {
        let path = self.repo.environment.path("remote.git");
        self.repo.git(&["init", "--quiet", "--bare", path.to_str().unwrap()]);
        self.repo.git(&["remote", "add", "origin", path.to_str().unwrap()]);
        self
    }

    fn push(&self, what: &[&str]) -> Finished {
        self.repo.run("git", &[&["push", "--quiet", "origin"], what].concat())
    }

    fn write_hook(&self, name: &str, content: &str) {
        self.repo.environment.install("hook", content);
        let path = self.repo.path().join(".git/hooks").join(name);
        std::fs::rename(self.repo.environment.path("bin/hook"), path).unwrap();
    }

    fn hook(&self, name: &str) -> String {
        std::fs::read_to_string(self.repo.path().join(".git/hooks").join(name)).unwrap()
    }
}

#[test]
fn a_commit_does_not_wait_for_its_run() {
    let world = World::new();
    let repo = &world.repo;
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "install"])), @r"
    exit 0
    --- stdout
    installed post-commit: [repo]/.git/hooks/post-commit
    every commit is run in the background: `git jci log -f` follows it
    ");

    // The recorder cannot end before somebody reads this pipe, which happens after the commit.
    let ended = repo.environment.path("ended");
    let _ = repo.run("mkfifo", &[ended.to_str().unwrap()]).success();
    let committed = repo.run("git", &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    assert_snapshot!(shown(repo, &committed), @r"
    exit 0
    --- stderr
    jci: running in the background, see: git jci log -f
    ");
    std::fs::read(&ended).unwrap();
    assert_snapshot!(world.calls(), @r"
    post-commit: git jci run
    [repo]
    .git
    0
    ");
}

#[test]
fn a_commit_runs_nothing_without_a_script_or_in_the_middle_of_a_rebase() {
    let world = World::new();
    let repo = &world.repo;
    world.write_hook("post-commit", "#!/bin/sh\necho called >> .git/called\n");
    repo.commit("second");
    let called = repo.path().join(".git/called");
    std::fs::remove_file(&called).unwrap();
    let _ = jci(repo, &["hooks", "install", "post-commit"]).success();

    let rebased = repo.run("git", &["rebase", "--quiet", "--force-rebase", "HEAD~1"]).success();
    assert!(called.exists(), "git did not call the hook: {rebased:?}");
    repo.git(&["rm", "--quiet", "-r", ".jci"]);
    let committed = repo.run("git", &["commit", "--quiet", "--message", "no script"]).success();
    assert_eq!(rebased.stderr() + &committed.stderr(), "");
}

#[test]
fn a_commit_says_so_when_git_jci_is_gone() {
    let mut world = World::new();
    let _ = jci(&world.repo, &["hooks", "install", "post-commit"]).success();
    let bin = world.repo.environment.path("bin");
    std::fs::remove_file(bin.join("git-jci")).unwrap();
    std::os::unix::fs::symlink(require("git", "git"), bin.join("git")).unwrap();
    world.repo.environment.set("PATH", &bin);
    let committed = world.repo.run("git", &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    assert_snapshot!(shown(&world.repo, &committed), @r"
    exit 0
    --- stderr
    jci: not run: git-jci is not on the PATH
    ");
}

#[test]
fn a_push_of_head_waits_for_its_run_and_stops_if_it_fails() {
    let world = World::new().with_remote();
    let repo = &world.repo;
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "install", "pre-push"])), @r"
    exit 0
    --- stdout
    installed pre-push: [repo]/.git/hooks/pre-push
    a push of HEAD waits for its run and stops if that fails: `git push --no-verify` goes round it
    ");

    world.verdict(1);
    assert_snapshot!(shown(repo, &world.push(&["main"])), @r"
    exit 1
    --- stderr
    jci: the push is stopped; git push --no-verify goes round this
    error: failed to push some refs to '[world]/remote.git'
    ");
    assert_snapshot!(world.calls(), @r"
    pre-push: git jci run --unless-passed
    [repo]
    .git
    0
    ");
    assert_eq!(repo.git(&["ls-remote", "origin"]), "");

    world.verdict(0);
    assert_snapshot!(shown(repo, &world.push(&["main"])), @"exit 0");
    assert_eq!(repo.git(&["ls-remote", "--heads", "origin"]).lines().count(), 1);
}

#[test]
fn a_push_runs_only_head() {
    let world = World::new().with_remote();
    let repo = &world.repo;
    let _ = jci(repo, &["hooks", "install", "pre-push"]).success();
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.commit("second");

    // Another commit than the one that is checked out, and the end of a branch.
    let _ = world.push(&[&format!("{first}:refs/heads/old")]).success();
    let _ = world.push(&["--delete", "old"]).success();
    assert_eq!(world.calls(), "");
    let _ = world.push(&["main", "main:refs/heads/other"]).success();
    assert_eq!(world.calls().lines().count(), 4);
}

#[test]
fn a_push_runs_what_is_pushed_without_what_is_not_committed() {
    let world = World::new().with_remote();
    let repo = &world.repo;
    let _ = jci(repo, &["hooks", "install", "pre-push"]).success();
    let called = |branch: &str| {
        let _ = world.push(&[&format!("HEAD:refs/heads/{branch}")]).success();
        world.calls().lines().next().map(ToOwned::to_owned)
    };
    repo.write("new", "");
    assert_eq!(called("one").as_deref(), Some("pre-push: git jci run --unless-passed --clean"));

    // A script of one's own, which is in no commit.
    repo.git(&["rm", "--quiet", "--cached", "-r", ".jci"]);
    repo.git(&["commit", "--quiet", "--message", "no script"]);
    assert_eq!(called("two").as_deref(), Some("pre-push: git jci run --unless-passed"));
}

#[test]
fn hooks_work_in_linked_work_trees_and_from_folders_below() {
    let world = World::new().with_remote();
    let repo = &world.repo;
    let linked = repo.environment.path("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "-b", "side"]);
    let _ = jci_in(repo, &linked, &["hooks", "install", "pre-push"]).success();
    let push = ["push", "--quiet", "origin", "side"];
    let _ = repo.environment.run("git", &push, &linked.join(".jci")).success();
    assert_snapshot!(world.calls(), @r"
    pre-push: git jci run --unless-passed
    [world]/linked
    [repo]/.git/worktrees/linked
    0
    ");
}

#[test]
fn what_the_hook_did_before_comes_first_and_has_its_say() {
    let world = World::new().with_remote();
    let repo = &world.repo;
    // It reads its input to the end, leaves early, and lets only the word `please` pass.
    let before = "#!/bin/sh -eu\nwhile read -r ref oid rest; do echo \"$1 $ref\"; done\n\
                  [ -e please ] || exit 7\nexec true\n";
    world.write_hook("pre-push", before);
    let _ = jci(repo, &["hooks", "install", "pre-push"]).success();

    let refused = world.push(&["main"]).exits(1);
    assert_snapshot!(shown(repo, &refused), @r"
    exit 1
    --- stdout
    origin refs/heads/main
    --- stderr
    error: failed to push some refs to '[world]/remote.git'
    ");
    assert_eq!(world.calls(), "");
    repo.write("please", "");
    let _ = world.push(&["main"]).success();
    let called = world.calls();
    assert_eq!(called.lines().next(), Some("pre-push: git jci run --unless-passed --clean"));

    let _ = jci(repo, &["hooks", "remove", "pre-push"]).success();
    assert_eq!(world.hook("pre-push"), before);
}

#[test]
fn installing_twice_changes_nothing_and_removing_leaves_no_trace() {
    let world = World::new();
    let repo = &world.repo;
    let before = std::fs::read_dir(repo.path().join(".git/hooks")).unwrap().count();
    let _ = jci(repo, &["hooks", "install", "post-commit"]).success();
    let once = world.hook("post-commit");
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "install"])), @r"
    exit 0
    --- stdout
    post-commit is installed already: [repo]/.git/hooks/post-commit
    ");
    assert_eq!(world.hook("post-commit"), once);
    let mode = std::fs::metadata(repo.path().join(".git/hooks/post-commit")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o755);

    assert_snapshot!(shown(repo, &jci(repo, &["hooks"])), @r"
    exit 0
    --- stdout
    post-commit  installed      [repo]/.git/hooks/post-commit
    pre-push     not installed  [repo]/.git/hooks/pre-push
    ");
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "remove"])), @r"
    exit 0
    --- stdout
    removed post-commit: [repo]/.git/hooks/post-commit is gone
    pre-push is not installed
    ");
    let after = std::fs::read_dir(repo.path().join(".git/hooks")).unwrap().count();
    assert_eq!(before, after);
    let printed = jci(repo, &["hooks", "ls", "--json"]).success().stdout();
    let printed = repo.redact(&printed).replace("[repo]", "/home/ada/project");
    let page = include_str!("../../../../docs/json/hooks.md");
    assert!(page.contains(&format!("```json\n{printed}```")), "docs/json/hooks.md: {printed}");
}

#[test]
fn the_mode_and_the_symlink_of_a_hook_are_kept() {
    let world = World::new();
    let repo = &world.repo;
    let kept = repo.path().join("scripts/post-commit");
    repo.write("scripts/post-commit", "#!/usr/bin/env bash\necho mine\n");
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o750)).unwrap();
    let hook = repo.path().join(".git/hooks/post-commit");
    std::os::unix::fs::symlink("../../scripts/post-commit", &hook).unwrap();

    let _ = jci(repo, &["hooks", "install"]).success();
    assert!(hook.is_symlink());
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o750);
    let _ = jci(repo, &["hooks", "remove"]).success();
    assert!(hook.is_symlink());
    let content = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(content, "#!/usr/bin/env bash\necho mine\n");
}

#[test]
fn a_hook_that_is_not_ours_to_change_is_refused() {
    let world = World::new();
    let repo = &world.repo;
    let refused = || shown(repo, &jci(repo, &["hooks", "install", "pre-push"]));
    world.write_hook("pre-push", "#!/usr/bin/env python3\nprint('hi')\n");
    assert_snapshot!(refused(), @r"
    exit 3
    --- stderr
    error: [repo]/.git/hooks/pre-push is a hook in another language than shell: /usr/bin/env python3
    hint: start this from it: JCI_TRIGGER=pre-push git jci run
    ");
    assert_eq!(world.hook("pre-push"), "#!/usr/bin/env python3\nprint('hi')\n");

    world.write_hook("pre-push", "#!/bin/sh\n");
    let path = repo.path().join(".git/hooks/pre-push");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_snapshot!(refused(), @r"
    exit 3
    --- stderr
    error: [repo]/.git/hooks/pre-push is not executable, so git ignores it
    hint: make it executable with `chmod +x` if what it does is wanted, else delete it
    ");

    world.write_hook("pre-push", "#!/bin/sh\n# >>> git jci pre-push >>>\n");
    assert_snapshot!(refused(), @r"
    exit 3
    --- stderr
    error: [repo]/.git/hooks/pre-push, line 2: the begin and the end of the lines of git jci do not match
    hint: delete what is left of those lines, then type the command again
    ");
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "remove"])), @r"
    exit 3
    --- stdout
    post-commit is not installed
    --- stderr
    error: [repo]/.git/hooks/pre-push, line 2: the begin and the end of the lines of git jci do not match
    hint: delete what is left of those lines, then type the command again
    ");
    assert_snapshot!(shown(repo, &jci(repo, &["hooks"])), @r"
    exit 0
    --- stdout
    post-commit  not installed  [repo]/.git/hooks/post-commit
    pre-push     not installed  [repo]/.git/hooks/pre-push     (damaged at line 2)
    ");
}

#[test]
fn lines_changed_by_hand_are_replaced_only_by_force() {
    let world = World::new();
    let repo = &world.repo;
    let _ = jci(repo, &["hooks", "install"]).success();
    let installed = world.hook("post-commit");
    world.write_hook("post-commit", &installed.replace("git jci run", "git jci run --clean"));
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "install"])), @r"
    exit 3
    --- stderr
    error: the lines of git jci in [repo]/.git/hooks/post-commit were changed since they were installed
    hint: type `git jci hooks install post-commit --force` to replace them
    ");
    let _ = jci(repo, &["hooks", "install", "--force"]).success();
    assert_eq!(world.hook("post-commit"), installed);
}

#[test]
fn core_hooks_path_is_honoured() {
    let world = World::new();
    let repo = &world.repo;
    let install = |directory: &Path| {
        let finished = jci_in(repo, directory, &["hooks", "install"]);
        shown(repo, &finished)
    };
    // Relative paths are meant from the root of the work tree, wherever one stands.
    repo.git(&["config", "core.hooksPath", ".hooks"]);
    assert_snapshot!(install(&repo.path().join(".jci")), @r"
    exit 0
    --- stdout
    installed post-commit: [repo]/.hooks/post-commit
    every commit is run in the background: `git jci log -f` follows it
    note: core.hooksPath lies in the work tree: commit the hook if others should have it
    ");
    repo.git(&["config", "core.hooksPath", "~/hooks"]);
    assert_snapshot!(install(repo.path()), @r"
    exit 0
    --- stdout
    installed post-commit: [home]/hooks/post-commit
    every commit is run in the background: `git jci log -f` follows it
    note: core.hooksPath is shared: the hook works in every repository that uses it
    ");
    let absolute = repo.environment.path("else where");
    repo.git(&["config", "core.hooksPath", absolute.to_str().unwrap()]);
    assert_snapshot!(install(repo.path()), @r"
    exit 0
    --- stdout
    installed post-commit: [world]/else where/post-commit
    every commit is run in the background: `git jci log -f` follows it
    note: core.hooksPath is shared: the hook works in every repository that uses it
    ");
    for path in [".hooks", "../home/hooks", "../else where"] {
        assert!(repo.path().join(path).join("post-commit").is_file(), "{path}");
    }

    let ended = repo.environment.path("ended");
    let _ = repo.run("mkfifo", &[ended.to_str().unwrap()]).success();
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
    std::fs::read(&ended).unwrap();
    assert_eq!(world.calls().lines().next(), Some("post-commit: git jci run"));

    repo.git(&["config", "core.hooksPath", "/dev/null"]);
    assert_snapshot!(install(repo.path()), @r"
    exit 3
    --- stderr
    error: hooks are switched off here: core.hooksPath is /dev/null, which is no folder
    hint: type `git config --show-origin core.hooksPath` to see who set it
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let world = World::new();
    let repo = &world.repo;
    repo.write("taken", "");
    repo.git(&["config", "core.hooksPath", "taken/hooks"]);
    assert_snapshot!(shown(repo, &jci(repo, &["hooks", "install"])), @r"
    exit 4
    --- stderr
    error: failed to read [repo]/taken/hooks/post-commit: Not a directory (os error 20)
    ");
}

/// Puts the real git-jci in the place of the recorder.
fn with_real_runs(script: &str) -> TestRepo {
    let repo = TestRepo::with_script(script);
    install(&repo);
    let remote = repo.environment.path("remote.git");
    repo.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    repo
}

#[test]
fn a_real_run_decides_about_the_push_and_its_job_may_use_git() {
    // Commands that would fail or do harm if the job still saw what git tells a hook, and a push
    // that would start the next run, were it not made by one.
    let repo = with_real_runs(
        "#!/bin/sh\nset -e\ngit init --quiet inner\ngit -C inner commit --quiet --allow-empty -m x\n\
         git -C \"$JCI_REPO_ROOT\" rev-parse HEAD > head.txt\n\
         git -C \"$JCI_REPO_ROOT\" push --quiet origin HEAD:job\ntest -e \"$JCI_REPO_ROOT/good\"\n",
    );
    let _ = jci(&repo, &["hooks", "install", "pre-push"]).success();
    let push = || repo.run("git", &["push", "--quiet", "origin", "main"]);
    let _ = push().exits(1);
    assert_eq!(repo.run_refs().len(), 1);

    repo.write("good", "");
    repo.commit("good");
    let _ = push().success();
    let runs = repo.run_refs();
    assert_eq!(runs.len(), 2);
    let _ = repo.run("git", &["push", "--quiet", "origin", "main:again"]).success();
    assert_eq!(repo.run_refs(), runs, "a commit that has passed is not run again");

    let head = repo.git(&["rev-parse", "HEAD"]);
    let passed = runs.iter().find(|name| name.contains(&head)).unwrap();
    assert_eq!(repo.git(&["show", &format!("{passed}:head.txt")]), head);
    let record = repo.git(&["show", &format!("{passed}:run.json")]);
    assert!(record.contains(r#""trigger": "pre-push""#), "{record}");
}

#[test]
fn a_pass_of_changed_files_lets_no_push_through() {
    let repo = with_real_runs("test -e \"$JCI_REPO_ROOT/needed\"\n");
    let _ = jci(&repo, &["hooks", "install", "pre-push"]).success();
    let push = || repo.run("git", &["push", "--quiet", "origin", "main"]);
    repo.write("needed", "");
    let _ = jci(&repo, &["run"]).success();
    let refused = push().exits(1);
    assert!(refused.stderr().contains("the push is stopped"), "{refused:?}");

    repo.commit("with what is needed");
    repo.write("other", "");
    let _ = push().success();
    let _ = repo.run("git", &["push", "--quiet", "origin", "main:again"]).success();
    assert_eq!(repo.run_refs().len(), 3, "a commit that has passed is not run again");
}

#[test]
fn a_real_run_in_the_background_may_use_git_in_a_linked_work_tree() {
    let repo = with_real_runs(
        "#!/bin/sh\ncd \"$JCI_REPO_ROOT\"\n\
         git commit --quiet --allow-empty --message 'by the job' || exit\n\
         { git rev-parse --show-toplevel; git status --porcelain; } > ../told 2>&1\n",
    );
    let linked = repo.environment.path("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "-b", "side"]);
    let told = repo.environment.path("told");
    let _ = repo.run("mkfifo", &[told.to_str().unwrap()]).success();
    let _ = jci_in(&repo, &linked, &["hooks", "install"]).success();
    let commit = ["commit", "--quiet", "--allow-empty", "--message", "x"];
    let _ = repo.environment.run("git", &commit, &linked).success();
    let said = std::fs::read_to_string(told).unwrap();
    assert_eq!(repo.redact(&said), "[world]/linked\n");
    // Until the run is stored, so that nothing goes on in a folder that is being removed.
    let _ = jci_in(&repo, &linked, &["log", "--follow", "HEAD~1"]).success();
    assert_eq!(repo.run_refs().len(), 1, "what a run commits starts no run");
}
