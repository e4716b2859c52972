//! Logs in windows.

use jci_proto::{LogMatches, LogOutline, LogWindow};
use jci_testkit::PlumbedRun;

use super::http::Events;
use super::server::Server;
use crate::fixture::{FACTS, Fixture};
use crate::running::Running;

const RUN: &str = "1767330000-00dd";

fn texts(window: &LogWindow) -> Vec<String> {
    let text = |line: &jci_proto::LogLine| line.spans.iter().map(|it| it.text.as_str()).collect();
    window.lines.iter().map(text).collect()
}

/// A server of a run with a long log, and the path of that log.
fn long_log() -> (Fixture, Server, String) {
    let fixture = Fixture::new();
    let log: String = (0..5000).map(|number| format!("line {number}\n")).collect();
    let run = PlumbedRun::new(RUN, "ok").facts(FACTS).log(log).file("notes/a.txt", "one\ntwo\n");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let path = format!("/api/commit/{}/{RUN}/log", fixture.second);
    (fixture, server, path)
}

#[test]
fn a_log_comes_in_windows() {
    let (_fixture, server, path) = long_log();
    let window: LogWindow = server.json(&path);
    assert_eq!((window.first, window.lines.len()), (0, 200));
    let window: LogWindow = server.json(&format!("{path}?first=4998&count=10"));
    assert_eq!(texts(&window), ["line 4998", "line 4999"]);
    assert_eq!((window.extent.lines, window.extent.complete), (5000, true));
    let window: LogWindow = server.json(&format!("{path}?file=notes%2Fa.txt"));
    assert_eq!(texts(&window), ["one", "two"]);
    let outline: LogOutline = server.json(&format!("{path}/outline"));
    assert_eq!((outline.extent.lines, outline.timed), (5000, false));
}

#[test]
fn a_text_is_found_from_a_line_on_and_before_it() {
    let (_fixture, server, path) = long_log();
    let found = |query: &str| -> (Vec<u64>, u64, u64) {
        let matches: LogMatches = server.json(&format!("{path}/search?{query}"));
        (matches.found.iter().map(|it| it.line).collect(), matches.lines, matches.before)
    };
    assert_eq!(found("text=LINE+42&count=3"), (vec![42, 420, 421], 111, 0));
    assert_eq!(found("text=line+42&from=422&count=2"), (vec![422, 423], 111, 3));
    assert_eq!(found("text=line+42&from=422&count=2&direction=back"), (vec![420, 421], 111, 1));
    assert_eq!(found("text=LINE&case=1").1, 0);
}

#[test]
fn the_events_of_a_log_that_is_read_come_to_an_end() {
    let (_fixture, server, path) = long_log();
    let mut events = Events::of(server.address, &format!("{path}/events"), &[]);
    let mut last = events.next().unwrap();
    while let Some(next) = events.next() {
        assert_eq!(last.0, "grown");
        last = next;
    }
    assert_eq!(last.0, "ended");
    assert_eq!(last.1["extent"]["lines"], 5000);
}

#[test]
fn the_log_of_a_run_that_goes_on_is_followed_to_its_end() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let running = Running::start(&fixture.repo);
    let commit = fixture.repo.git(&["rev-parse", "HEAD"]);
    let path = format!("/api/commit/{commit}/latest");
    let mut events = Events::of(server.address, &format!("{path}/log/events"), &[]);
    while events.next().unwrap().1["extent"]["lines"] != 1 {}
    let window: LogWindow = server.json(&format!("{path}/log"));
    assert_eq!(texts(&window), ["begun"]);
    assert!(!window.extent.complete);
    let detail: jci_proto::RunDetail = server.json(&path);
    assert_eq!(
        (detail.run.status.as_str(), detail.files.len(), detail.archive),
        ("running", 0, None)
    );
    let id = detail.run.run;
    let refused = server.problem(&format!("/jci/{commit}/{id}/kept.txt/raw"));
    assert_eq!(
        refused,
        format!(
            "409 the run goes on: the run {id} is still going on: until it ends there is only its log"
        )
    );

    running.tell("pass");
    let mut last = events.next().unwrap();
    while let Some(next) = events.next() {
        last = next;
    }
    assert_eq!(last.0, "ended");
    assert_eq!(last.1["extent"]["lines"], 2);
    let window: LogWindow = server.json(&format!("{path}/log"));
    assert_eq!(texts(&window), ["begun", "told pass"]);
    assert!(window.lines.iter().all(|line| line.time.is_some()));
    assert_eq!(server.get(&format!("/jci/{commit}/{id}/kept.txt/raw")).text(), "kept\n");
}
