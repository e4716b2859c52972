//! `git jci status`.

use insta::assert_snapshot;
use jci_testkit::PlumbedRun;

use crate::fixture::{FAILED, Fixture, ORIGINAL, the_same_in_all_formats};
use crate::jci::jci;
use crate::running::{Running, finish, spawn};

#[test]
fn the_exit_code_is_that_of_the_run() {
    let told = the_same_in_all_formats(|fixture| {
        [&["status"][..], &["status", "HEAD~1"], &["status", ORIGINAL]]
            .map(|arguments| fixture.jci(arguments))
            .concat()
    });
    assert_snapshot!(told, @"
    exit 0
    --- stdout
    ok [second....] 1767326645-00cc 1.2 s
    exit 1
    --- stdout
    err [first.....] 1767323100-00bb 1 min 35 s (exit 2)
    exit 0
    --- stdout
    ok [first.....] 1767323045-00aa
    ");
}

#[test]
fn a_pass_of_changed_files_says_so() {
    let fixture = Fixture::new();
    let run = PlumbedRun::new("1767330000-00dd", "ok").trailer("Jci-Dirty", "true");
    fixture.repo.plumb_run(&fixture.second, &run);
    assert_snapshot!(fixture.jci(&["status"]), @"
    exit 0
    --- stdout
    ok [second....] 1767330000-00dd (dirty)
    ");
}

#[test]
fn without_a_run_there_is_no_status() {
    let fixture = Fixture::new();
    fixture.repo.commit("third");
    let told = jci(&fixture.repo, &["status"]).exits(3);
    assert_eq!(told.stdout(), "");
}

#[test]
fn a_run_that_goes_on_has_no_result_until_it_is_waited_for() {
    for (word, code, status) in [("pass", 0, "ok"), ("fail", 1, "err")] {
        let fixture = Fixture::new();
        let running = Running::start(&fixture.repo);
        let told = jci(&fixture.repo, &["status"]).exits(3);
        assert!(told.stdout().starts_with("running "), "{told:?}");
        let waiting = spawn(&fixture.repo, &["status", "--wait"]);
        running.tell(word);
        let told = finish(waiting).exits(code);
        assert!(told.stdout().starts_with(&format!("{status} ")), "{told:?}");
        assert_eq!(told.stderr(), "");
    }
}

#[test]
fn a_run_that_is_recorded_as_running_is_not_waited_for() {
    let fixture = Fixture::new();
    let run = PlumbedRun::new("1767330000-00dd", "running").original();
    fixture.repo.plumb_run(&fixture.second, &run);
    let told = jci(&fixture.repo, &["status", "--wait"]).exits(3);
    assert!(told.stdout().starts_with("running "), "{told:?}");
}

#[test]
fn json_is_as_documented() {
    let fixture = Fixture::new();
    let printed = jci(&fixture.repo, &["status", FAILED, "--json"]).exits(1).stdout();
    crate::documented::check("status", &printed);
}
