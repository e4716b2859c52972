//! Logs of jobs, at once and as they grow, with every byte that was sent.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jci_proto::{JobState, LogEnd, LogWindow, Verdict};

use crate::client::Answer;
use crate::runner::run_script;
use crate::server::API_TOKEN;
use crate::wire::Wire;
use crate::world::World;

/// All bytes there are, so that none can be lost on the way.
fn bytes() -> Vec<u8> {
    (0..=255).collect()
}

/// Reads a log through the API.
pub(crate) fn log(world: &World, id: &str, query: &str) -> Answer {
    world.get_as_person(&format!("/api/v1/jobs/{id}/log{query}"))
}

#[test]
fn a_log_is_read_whole_from_an_offset_and_in_parts() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let empty = log(&world, &id, "");
    assert_eq!((empty.status.as_u16(), empty.body.len()), (200, 0));
    assert_eq!(empty.headers["jci-log-complete"], "false");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, &bytes()).status, 200);
    let whole = log(&world, &id, "");
    assert_eq!(whole.body, bytes());
    assert_eq!(whole.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(whole.headers["x-content-type-options"], "nosniff");
    assert_eq!(log(&world, &id, "?offset=250").body, &bytes()[250..]);
    assert_eq!(log(&world, &id, "?attempt=1&offset=256").body, b"");
    let path = format!("/api/v1/jobs/{id}/log");
    let request = world.client.request(Method::GET, &path).bearer_auth(API_TOKEN);
    let part = world.client.send(request.header("range", "bytes=16-31"));
    assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &bytes()[16..32]));
    assert_eq!(part.headers["content-range"], "bytes 16-31/256");
    let beyond = log(&world, &id, "?offset=257");
    assert_eq!(beyond.headers["content-range"], "bytes */256");
    assert_eq!(beyond.problem(416).detail, "the log has 256 bytes so far");
    assert_eq!(log(&world, &id, "?attempt=2").problem(404).detail, "the job has no such attempt");
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    assert_eq!(log(&world, &id, "").headers["jci-log-complete"], "false");
    assert_eq!(runner.end_log(&offer, 256, b"").status, 200);
    assert_eq!(log(&world, &id, "").headers["jci-log-complete"], "true");
}

#[test]
fn events_tell_a_log_from_before_it_began_to_the_result_and_go_on_where_they_broke_off() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let path = format!("/api/v1/jobs/{id}/log/events");
    let mut wire = Wire::get(&world, &path, "");
    assert_eq!(wire.head(), "HTTP/1.1 200 OK");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, &bytes()).status, 200);
    let (name, offset, data) = wire.event();
    assert_eq!((name.as_str(), offset.as_str()), ("log", "1:256"));
    assert_eq!(BASE64_STANDARD.decode(data).unwrap(), bytes());
    drop(wire);
    assert_eq!(runner.log(&offer, 256, b"more\n").status, 200);
    let mut wire = Wire::get(&world, &path, "last-event-id: 1:256\r\n");
    wire.head();
    let (_, offset, data) = wire.event();
    assert_eq!(
        (offset.as_str(), BASE64_STANDARD.decode(data).unwrap()),
        ("1:261", b"more\n".to_vec())
    );
    assert_eq!(runner.end_log(&offer, 261, b"").status, 200);
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    let (name, _, data) = wire.event();
    let end: LogEnd = serde_json::from_str(&data).unwrap();
    assert_eq!((name.as_str(), end.state, end.bytes), ("end", JobState::Err, 261));
    assert_eq!((end.exit_code, end.attempt.attempt), (Some(1), 1));
}

#[test]
fn who_goes_on_behind_an_attempt_that_is_lost_hears_of_the_next_one() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let first = runner.poll().unwrap();
    assert_eq!(runner.end_log(&first, 0, b"begun\n").status, 200);
    assert_eq!(runner.finish(&first, Verdict::InfraError).status, 204);
    let path = format!("/api/v1/jobs/{id}/log/events");
    let mut wire = Wire::get(&world, &path, "");
    wire.head();
    assert_eq!(wire.event().1, "1:6");
    let (_, _, data) = wire.event();
    let end: LogEnd = serde_json::from_str(&data).unwrap();
    assert_eq!((end.state, end.attempt.attempt), (JobState::Queued, 1));
    let mut next = Wire::get(&world, &format!("{path}?after=1"), "");
    assert_eq!(next.head(), "HTTP/1.1 200 OK");
    let second = runner.wait().unwrap();
    assert_eq!(runner.log(&second, 0, b"again\n").status, 200);
    let (_, place, data) = next.event();
    assert_eq!(
        (place.as_str(), BASE64_STANDARD.decode(data).unwrap()),
        ("2:6", b"again\n".to_vec())
    );
    // Of the first attempt, whoever lost the connection to it still gets the rest of the first.
    let mut wire = Wire::get(&world, &path, "last-event-id: 1:3\r\n");
    wire.head();
    assert_eq!(BASE64_STANDARD.decode(wire.event().2).unwrap(), b"un\n");
    let wrong = Wire::get(&world, &path, "last-event-id: 3\r\n").head();
    assert_eq!(wrong, "HTTP/1.1 400 Bad Request");
}

#[test]
fn a_socket_tells_a_log_as_it_is_and_only_to_pages_of_this_server() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, &bytes()).status, 200);
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let path = format!("/api/v1/jobs/{id}/log/socket?offset=200");
    let elsewhere = format!("{upgrade}origin: https://evil.example\r\n");
    assert_eq!(Wire::get(&world, &path, &elsewhere).head(), "HTTP/1.1 403 Forbidden");
    assert_eq!(world.get_as_person(&path).problem(426).title, "not a websocket");
    let mut wire = Wire::get(&world, &path, upgrade);
    assert_eq!(wire.head(), "HTTP/1.1 101 Switching Protocols");
    assert_eq!(wire.message(), (2, bytes()[200..].to_vec()));
    assert_eq!(runner.end_log(&offer, 256, b"more\n").status, 200);
    assert_eq!(wire.message(), (2, b"more\n".to_vec()));
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    let (kind, text) = wire.message();
    let end: LogEnd = serde_json::from_slice(&text).unwrap();
    assert_eq!((kind, end.state, end.bytes), (1, JobState::Ok, 261));
    assert_eq!(wire.message().0, 8);
}

#[test]
fn who_does_not_read_a_log_is_cut_off() {
    let world = World::with(&[("JCI_CLIENT_PATIENCE", "1s")]);
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let piece = vec![b'x'; 4 << 20];
    for number in 0..5 {
        assert_eq!(runner.log(&offer, number * (4 << 20), &piece).status, 200);
    }
    let path = format!("/api/v1/jobs/{id}/log/events");
    let mut wire = Wire::get(&world, &path, "");
    wire.head();
    // Nothing is read until the server has given up, which it says.
    world.server.wait_for_log("the other end does not read");
    let mut rest = Vec::new();
    let _ = wire.0.read_to_end(&mut rest);
    assert!(rest.len() < 20 << 20, "all of it came: {}", rest.len());
}

#[test]
fn a_log_that_no_runner_sent_is_read_from_the_run() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let offer = world.runner("one").poll().unwrap();
    let _ = run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");
    assert_eq!(log(&world, &id, "").body, b"the output of the run\n");
}

#[test]
fn the_page_is_told_a_log_in_lines_while_it_grows() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let key = world.key(&commit, "pending");
    let lines = |what: &str| world.client.get(&format!("/jobs/{id}/log{what}?{key}"));
    assert_eq!(lines("").problem(404).detail, "nothing of this log has come yet");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"\x1b[32mgreen\x1b[m\nhalf").status, 200);
    let mut wire = Wire::get(&world, &format!("/jobs/{id}/log/events?{key}"), "");
    wire.head();
    while !wire.event().2.contains("\"bytes\":18") {}
    let window: LogWindow = lines("").json(200);
    assert_eq!(window.lines[0].spans[0].text, "green");
    assert_eq!(window.lines[0].spans[0].style.fg.as_deref(), Some("green"));
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    assert_eq!(runner.end_log(&offer, 18, b" and half\n").status, 200);
    while wire.event().0 != "ended" {}
    let window: LogWindow = lines("").json(200);
    assert!(window.extent.complete);
    assert_eq!(window.lines[1].spans[0].text, "half and half");
    assert_eq!(lines("/outline").status, 200);
}
