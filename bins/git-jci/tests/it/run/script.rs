//! What the script finds, and how its end is told.

use insta::assert_snapshot;
use jci_testkit::TestRepo;

use crate::jci::{jci, jci_in, shown};
use crate::stored_run::StoredRun;

#[test]
fn the_script_is_told_where_and_what_it_is() {
    let repo = TestRepo::with_script(
        "#!/bin/sh\nenv | grep ^JCI_ | sort\npwd\ngit rev-parse --show-toplevel HEAD\n\
         git status --porcelain\nreadlink /proc/self/fd/0\n",
    );
    let _ = jci(&repo, &["run"]).success();
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&repo.redact(&run.log())), @r"
    JCI_COMMIT=[commit]
    JCI_OUTPUT_DIR=[repo]/.jci/runs/[run]
    JCI_REPO_ROOT=[repo]
    JCI_RUN=[run]
    [repo]/.jci/runs/[run]
    [repo]
    [commit]
    /dev/null
    ");
}

#[test]
fn the_folder_below_which_it_is_called_changes_nothing() {
    let repo = TestRepo::with_script("pwd; echo $JCI_REPO_ROOT\n");
    repo.write("sub/folder/file", "x");
    repo.commit("second");
    let _ = jci_in(&repo, &repo.path().join("sub/folder"), &["run"]).success();
    let run = StoredRun::only(&repo);
    assert_eq!(run.redact(&repo.redact(&run.log())), "[repo]/.jci/runs/[run]\n[repo]\n");

    let world = repo.environment.path("");
    let _ = jci_in(&repo, &world, &["-C", "repo/sub", "run"]).success();
    assert_eq!(repo.run_refs().len(), 2);
    repo.assert_no_remains();
}

#[test]
fn ends_are_told_apart() {
    let end = |script: &str| {
        let repo = TestRepo::with_script(script);
        let finished = jci(&repo, &["run"]);
        let run = StoredRun::only(&repo);
        let fields = ["status", "reason", "exit_code", "signal"].map(|name| run.field(name));
        let said = finished.stderr();
        let last = said.lines().last().unwrap_or_default();
        repo.assert_no_remains();
        format!("exit {:?} {} | {}", finished.code(), fields.join(" "), run.redact(last).trim_end())
    };
    assert_snapshot!(end("exit 0\n"), @r#"exit Some(0) "ok" null 0 null | jci: ok in [time], stored as run [run]"#);
    assert_snapshot!(end("exit 1\n"), @r#"exit Some(1) "err" null 1 null | jci: err (exit 1) in [time], stored as run [run]"#);
    assert_snapshot!(end("exit 130\n"), @r#"exit Some(1) "err" null 130 null | jci: err (exit 130) in [time], stored as run [run]"#);
    assert_snapshot!(end("kill -KILL $$\n"), @r#"exit Some(1) "err" "killed" null 9 | jci: err (signal 9) in [time], stored as run [run]"#);
    assert_snapshot!(end("kill -TERM $$\n"), @r#"exit Some(1) "err" "killed" null 15 | jci: err (signal 15) in [time], stored as run [run]"#);
}

/// git tells its hooks where the repository is by variables that would mislead the git of a script.
#[test]
fn in_the_environment_of_a_hook_the_script_sees_the_repository_as_ever() {
    let mut repo = TestRepo::with_script(
        "env | grep ^GIT_ | grep -v -e AUTHOR -e COMMITTER -e CONFIG_NOSYSTEM -e TERMINAL_PROMPT\n\
         cd / && git -C \"$JCI_REPO_ROOT\" rev-parse --show-toplevel\n\
         git init -q /tmp/$JCI_RUN && ls -A /tmp/$JCI_RUN && rm -r /tmp/$JCI_RUN\n",
    );
    for (name, value) in [
        ("GIT_DIR", ".git"),
        ("GIT_INDEX_FILE", ".git/index"),
        ("GIT_PREFIX", ""),
        ("GIT_WORK_TREE", "."),
    ] {
        repo.environment.set(name, value);
    }
    let finished = jci(&repo, &["run"]);
    assert_eq!(finished.code(), Some(0), "{finished:?}");
    assert!(!finished.stderr().contains("warning"), "{finished:?}");
    assert_eq!(repo.redact(&finished.stdout()), "[repo]\n.git\n");
    assert_eq!(repo.run_refs().len(), 1);
    let _ = jci(&repo, &["run", "--clean"]).success();
    repo.assert_no_remains();
}

#[test]
fn the_trigger_is_noted_and_not_passed_on() {
    let mut repo = TestRepo::with_script("echo \"<$JCI_TRIGGER>\"\n");
    repo.environment.set("JCI_TRIGGER", "cron");
    let _ = jci(&repo, &["run"]).success();
    let run = StoredRun::only(&repo);
    assert_eq!(run.field("trigger"), "\"cron\"");
    assert_eq!(run.log(), "<>\n");
}

#[test]
fn quiet_shows_the_result_only_and_stores_all() {
    let repo = TestRepo::with_script("echo hello\n");
    let finished = jci(&repo, &["run", "--quiet"]);
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&shown(&repo, &finished)), @r"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    jci: ok in [time], stored as run [run]
    ");
    assert_eq!(run.log(), "hello\n");
}

#[test]
fn stdout_and_stderr_are_one_stream_in_the_order_in_which_they_came() {
    let repo =
        TestRepo::with_script("for i in $(seq 200); do echo out $i; echo err $i >&2; done\n");
    let finished = jci(&repo, &["run"]).success();
    let expected: String = (1..=200).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(StoredRun::only(&repo).log(), expected);
    assert_eq!(finished.stdout(), expected);
}
