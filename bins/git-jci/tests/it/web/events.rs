//! What is told to whoever looks on.

use jci_testkit::{Formats, PlumbedRun, TestRepo};

use super::http::Events;
use super::server::Server;
use crate::fixture::{Fixture, PASSED};
use crate::running::Running;

/// Waits for an event of this name, past others.
#[track_caller]
fn wait_for(events: &mut Events, name: &str) -> serde_json::Value {
    loop {
        let (found, data) = events.next().expect("the stream goes on");
        assert_eq!(data["event"], found);
        if found == name {
            return data;
        }
    }
}

/// Begins to listen and waits until it is certain that the next change will be seen.
fn listen(repo: &TestRepo, server: &Server) -> Events {
    let mut events = Events::of(server.address, "/api/events", &[]);
    // The first look tells nothing; what is told of comes after it.
    for number in 0.. {
        repo.git(&["update-ref", &format!("refs/heads/probe{number}"), "HEAD"]);
        if events.is_there_more() {
            break;
        }
    }
    wait_for(&mut events, "history_changed");
    events
}

#[test]
fn a_run_is_told_of_as_it_begins_ends_and_goes() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let mut events = listen(&fixture.repo, &server);
    let running = Running::start(&fixture.repo);
    let started = wait_for(&mut events, "run_started");
    assert_eq!(started["run"]["status"], "running");
    // Who comes later is told of it, too.
    let mut late = Events::of(server.address, "/api/events", &[]);
    assert_eq!(wait_for(&mut late, "run_started")["run"]["run"], started["run"]["run"]);
    running.tell("fail");
    for events in [&mut events, &mut late] {
        let stored = wait_for(events, "run_stored");
        assert_eq!(stored["run"]["run"], started["run"]["run"]);
        assert_eq!(stored["run"]["status"], "err");
    }
    let commit = started["run"]["commit"].as_str().unwrap();
    let id = started["run"]["run"].as_str().unwrap();
    fixture.repo.git(&["update-ref", "-d", &format!("refs/jci-runs/{commit}/{id}")]);
    let removed = wait_for(&mut events, "run_removed");
    assert_eq!((&removed["commit"], &removed["run"]), (&commit.into(), &id.into()));
}

#[test]
fn runs_from_elsewhere_and_new_commits_are_told_of_in_all_formats() {
    for formats in Formats::ALL {
        let fixture = Fixture::with_formats(formats);
        let server = Server::start(&fixture.repo);
        let mut events = listen(&fixture.repo, &server);
        fixture.repo.plumb_run(&fixture.first, &PlumbedRun::new("1767330000-00dd", "ok"));
        let stored = wait_for(&mut events, "run_stored");
        assert_eq!(stored["run"]["run"], "1767330000-00dd", "{formats:?}");
        assert_eq!(stored["run"]["subject"], "first steps", "{formats:?}");
        fixture.repo.commit("another");
        wait_for(&mut events, "history_changed");
        fixture.repo.git(&["checkout", "-q", "-b", "topic"]);
        wait_for(&mut events, "history_changed");
        let run = format!("refs/jci-runs/{}/{PASSED}", fixture.second);
        fixture.repo.git(&["update-ref", "-d", &run]);
        assert_eq!(wait_for(&mut events, "run_removed")["run"], PASSED, "{formats:?}");
    }
}

#[test]
fn who_comes_back_is_told_to_look_again() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let mut events = Events::of(server.address, "/api/events", &[("Last-Event-ID", "1")]);
    wait_for(&mut events, "history_changed");
}
