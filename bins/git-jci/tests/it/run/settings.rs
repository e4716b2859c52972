//! Options of `run` and what `git config` sets.

use insta::assert_snapshot;
use jci_testkit::TestRepo;

use crate::jci::{jci, shown};
use crate::stored_run::StoredRun;

#[test]
fn the_time_may_be_limited_by_option_or_setting() {
    let slow = "echo before; echo x > file; sleep 600; echo after\n";
    for by_option in [true, false] {
        let repo = TestRepo::with_script(slow);
        let finished = if by_option {
            jci(&repo, &["run", "--timeout", "300ms"])
        } else {
            repo.git(&["config", "jci.timeout", "300ms"]);
            jci(&repo, &["run"])
        };
        let finished = finished.exits(1);
        assert!(finished.stderr().contains("err (timeout) in "), "{finished:?}");
        let run = StoredRun::only(&repo);
        assert_eq!(run.field("reason"), "\"timeout\"");
        assert_eq!(run.log(), "before\n");
        assert_eq!(run.artifacts(), ["file"]);
        repo.assert_no_remains();
    }
}

#[test]
fn the_option_wins_over_the_setting() {
    let repo = TestRepo::with_script("sleep 0.6\n");
    repo.git(&["config", "jci.timeout", "100ms"]);
    let _ = jci(&repo, &["run", "--timeout", "10m"]).success();
}

#[test]
fn settings_that_make_no_sense_are_refused_before_anything_begins() {
    let repo = TestRepo::with_script("true\n");
    let with = |key: &str, value: &str| {
        repo.git(&["config", key, value]);
        let finished = jci(&repo, &["run"]);
        repo.git(&["config", "--unset", key]);
        assert!(repo.run_refs().is_empty());
        shown(&repo, &finished)
    };
    assert_snapshot!(with("jci.timeout", "soon"), @r#"
    exit 2
    --- stderr
    error: the setting jci.timeout is "soon": expected a time such as 90s, 10m or 1h30m
    hint: type for example `git config jci.timeout 30m`
    "#);
    assert_snapshot!(with("jci.maxOutputSize", "much"), @r#"
    exit 2
    --- stderr
    error: the setting jci.maxOutputSize is "much": it is no size
    hint: type for example `git config jci.maxOutputSize 500m`
    "#);
    assert_snapshot!(with("jci.maxOutputSize", "-1"), @r#"
    exit 2
    --- stderr
    error: the setting jci.maxOutputSize is "-1": it is no size
    hint: type for example `git config jci.maxOutputSize 500m`
    "#);
    assert_snapshot!(shown(&repo, &jci(&repo, &["run", "--timeout", "0s"])), @r"
    exit 2
    --- stderr
    error: invalid value '0s' for '--timeout <DURATION>': expected a time such as 90s, 10m or 1h30m

    For more information, try '--help'.
    ");
    repo.assert_no_remains();
}

#[test]
fn values_of_masked_variables_appear_nowhere() {
    let mut repo = TestRepo::with_script(
        "printf 'it is hunt'; sleep 0.05; echo 'er2-secret.'\n\
         printf %s \"$TOKEN\" | base64\necho \"$KEY\"\n",
    );
    repo.environment.set("TOKEN", "hunter2-secret");
    repo.environment.set("KEY", "first line of it\nsecond line of it");
    repo.git(&["config", "--add", "jci.maskEnv", "TOKEN, UNSET"]);
    repo.git(&["config", "--add", "jci.maskEnv", "KEY"]);
    let finished = jci(&repo, &["run"]).success();
    assert_eq!(finished.stdout(), "it is ***.\n***\n***\n");
    let run = StoredRun::only(&repo);
    assert_eq!(run.log(), finished.stdout());
    assert!(!run.text("index.html").contains("secret"));
}

#[test]
fn a_run_over_the_limit_keeps_its_log_and_says_what_it_left_out() {
    let repo = TestRepo::with_script("echo log; head -c 2000 /dev/zero > a; echo > b\n");
    repo.git(&["config", "jci.maxOutputSize", "1k"]);
    let finished = jci(&repo, &["run"]);
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&shown(&repo, &finished)), @r#"
    exit 1
    --- stdout
    log
    --- stderr
    jci: run [run] of [commit]
    warning: left out "2 files of 2001 bytes": over the limit of 1024 bytes
    jci: err (output-too-large) in [time], stored as run [run]
    "#);
    assert_eq!(run.field("reason"), "\"output-too-large\"");
    assert_snapshot!(run.log(), @r#"
    log
    jci: left out "2 files of 2001 bytes": over the limit of 1024 bytes
    "#);
    assert!(run.artifacts().is_empty());
    repo.assert_no_remains();

    repo.git(&["config", "jci.maxOutputSize", "2k"]);
    let _ = jci(&repo, &["run"]).success();
}
