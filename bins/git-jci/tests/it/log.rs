//! `git jci log`.

use std::io::BufReader;

use insta::assert_snapshot;
use jci_testkit::{PlumbedRun, TestRepo};

use crate::fixture::{FACTS, FAILED, Fixture, ORIGINAL, the_same_in_all_formats};
use crate::jci::{jci, jci_in};
use crate::running::{Running, finish, line, spawn};

/// What was written in which millisecond; see the documentation of the format.
const TIMING: &[u8] = b"jci.timing/1\n\x05\x06\xfa\x01\x08";

/// Adds a run of `HEAD` whose log took its time.
fn timed(fixture: &Fixture, log: &[u8]) {
    let run = PlumbedRun::new("1767326645-00dd", "ok").facts(FACTS).log(log);
    fixture.repo.plumb_run(&fixture.second, &run.file("run.timing", TIMING));
}

#[test]
fn the_log_is_printed_byte_for_byte() {
    let printed = the_same_in_all_formats(|fixture| {
        [&["log"][..], &["log", FAILED], &["log", ORIGINAL]]
            .map(|arguments| fixture.jci(arguments))
            .concat()
    });
    assert_snapshot!(printed, @"
    exit 0
    --- stdout
    begin
    all is well
    exit 0
    --- stdout
    begin
    oh no
    exit 0
    --- stdout
    hello from the original
    ");
    let fixture = Fixture::new();
    let log = b"\x1b[31mred\x1b[0m \xff\r\nno end of line";
    timed(&fixture, log);
    assert_eq!(jci(&fixture.repo, &["log"]).success().stdout_bytes(), log);
}

#[test]
fn each_line_has_its_time() {
    let fixture = Fixture::new();
    timed(&fixture, b"first\nsecond\nthird\njci: left out");
    assert_snapshot!(fixture.jci(&["log", "--times"]), @"
    exit 0
    --- stdout
    00:00:00.005  first
    00:00:00.255  second
    00:00:00.255  third
                  jci: left out
    ");
    assert_snapshot!(fixture.jci(&["log", "--times=absolute"]), @"
    exit 0
    --- stdout
    2026-01-02 04:04:05.005  first
    2026-01-02 04:04:05.255  second
    2026-01-02 04:04:05.255  third
                             jci: left out
    ");
    assert_snapshot!(fixture.jci(&["log", "--times=delta", "HEAD"]), @"
    exit 0
    --- stdout
         0.005  first
         0.250  second
         0.000  third
                jci: left out
    ");
    assert_snapshot!(fixture.jci(&["log", "--times", ORIGINAL]), @"
    exit 3
    --- stderr
    error: when the lines of the run 1767323045-00aa came was not recorded
    hint: type `git jci log 1767323045-00aa` to see them without times
    ");
}

#[test]
fn following_a_run_that_has_ended_prints_it_and_exits_as_it_did() {
    let fixture = Fixture::new();
    assert_eq!(jci(&fixture.repo, &["log", "-f"]).success().stdout(), "begin\nall is well\n");
    assert_eq!(jci(&fixture.repo, &["log", "-f", FAILED]).exits(1).stdout(), "begin\noh no\n");
    assert_eq!(jci(&fixture.repo, &["log", FAILED]).success().stdout(), "begin\noh no\n");
}

#[test]
fn a_run_that_goes_on_is_followed_to_its_end() {
    for (word, code) in [("pass", 0), ("fail", 1)] {
        let fixture = Fixture::new();
        let running = Running::start(&fixture.repo);
        assert_eq!(jci(&fixture.repo, &["log"]).success().stdout(), "begun\n");
        let mut following = spawn(&fixture.repo, &["log", "--follow"]);
        let mut output = BufReader::new(following.stdout.take().unwrap());
        assert_eq!(line(&mut output), "begun\n");
        running.tell(word);
        assert_eq!(line(&mut output), format!("told {word}\n"));
        assert_eq!(line(&mut output), "");
        assert_eq!(finish(following).exits(code).stderr(), "");
    }
}

#[test]
fn a_run_that_begins_a_moment_later_is_followed() {
    for (command, printed) in [("log", "begun\ntold pass\n"), ("status", "ok ")] {
        let fixture = Fixture::new();
        let running = Running::start(&fixture.repo);
        // Out of sight, as if it had not begun.
        let state = fixture.repo.path().join(".git/jci");
        std::fs::rename(state.join("running"), state.join("hidden")).unwrap();
        let option = if command == "log" { "--follow" } else { "--wait" };
        let mut waiting = spawn(&fixture.repo, &[command, option]);
        let mut said = BufReader::new(waiting.stderr.take().unwrap());
        let head = &fixture.repo.git(&["rev-parse", "HEAD"])[..12];
        let expected = format!("jci: waiting for a run of HEAD ({head}) to begin\n");
        assert_eq!(line(&mut said), expected);
        std::fs::rename(state.join("hidden"), state.join("running")).unwrap();
        running.tell("pass");
        let followed = finish(waiting).success();
        assert!(followed.stdout().starts_with(printed), "{followed:?}");
        assert_eq!(line(&mut said), "");
    }
}

#[test]
fn a_run_that_does_not_begin_is_not_waited_for_forever() {
    let fixture = Fixture::new();
    let third = fixture.repo.commit("third");
    let shown = |arguments| fixture.jci(arguments).replace(&third[..12], "[third]");
    let waited = shown(&["log", "--follow"]);
    assert_snapshot!(waited, @"
    exit 3
    --- stderr
    jci: waiting for a run of HEAD ([third]) to begin
    error: HEAD ([third]) has no run here
    hint: type `git jci run` to make one, or `git jci pull` to get those made elsewhere
    hint: type `git jci ls` to see the runs of other commits
    ");
    // Nor at all where a commit was named, or nobody wants to wait.
    for arguments in [&["log", "--follow", "HEAD"][..], &["log"], &["status"]] {
        assert!(!shown(arguments).contains("waiting"), "{arguments:?}");
    }
}

#[test]
fn lines_that_come_while_they_are_followed_have_times() {
    let fixture = Fixture::new();
    let running = Running::start(&fixture.repo);
    let mut following = spawn(&fixture.repo, &["log", "--follow", "--times"]);
    let mut output = BufReader::new(following.stdout.take().unwrap());
    assert!(line(&mut output).ends_with("  begun\n"));
    running.tell("pass");
    let told = line(&mut output);
    let (time, text) = told.split_at(14);
    assert_eq!(text, "told pass\n");
    assert!(time.starts_with("00:00:"), "{told}");
    let _ = finish(following).success();
}

#[test]
fn a_run_that_dies_while_it_is_followed_is_said_to_have() {
    let fixture = Fixture::new();
    let running = Running::start(&fixture.repo);
    let mut following = spawn(&fixture.repo, &["log", "-f"]);
    let mut output = BufReader::new(following.stdout.take().unwrap());
    assert_eq!(line(&mut output), "begun\n");
    running.die();
    let said = finish(following).exits(4).stderr();
    let id = said.split("the run ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert_snapshot!(said.replace(&id, "[run]"), @"
    error: the run [run] ended without being stored
    hint: type `git jci show [run]`: it first stores what is left of the run
    ");
    let shown = jci(&fixture.repo, &["show", &id]).success().stdout();
    assert!(shown.starts_with(&format!("✗ err  {id}\nreason     interrupted\n")), "{shown}");
    assert_eq!(jci(&fixture.repo, &["log", &id]).success().stdout(), "begun\n");
}

#[test]
fn each_work_tree_has_a_head_of_its_own() {
    let printed = the_same_in_all_formats(|fixture| {
        let linked = fixture.repo.environment.path("linked");
        fixture.repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "HEAD~1"]);
        fixture.shown(&jci_in(&fixture.repo, &linked, &["log"]))
    });
    assert_snapshot!(printed, @"
    exit 0
    --- stdout
    begin
    oh no
    ");
}

#[test]
fn without_a_commit_there_is_no_log() {
    let repo = TestRepo::new();
    assert_snapshot!(crate::jci::shown(&repo, &jci(&repo, &["log"])), @"
    exit 3
    --- stderr
    error: this repository has no commit yet
    hint: a run belongs to a commit: type `git commit` first
    ");
}
