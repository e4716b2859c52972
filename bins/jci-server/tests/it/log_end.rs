//! When a log is complete: a job may be over before its runner has sent all of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jci_proto::{JobOffer, JobState, LogEnd, PollAnswer, Verdict};

use crate::client::Answer;
use crate::follow::log;
use crate::runner::run_script;
use crate::server::{API_TOKEN, Server};
use crate::wire::Wire;
use crate::world::World;

/// Tells whether an answer with a log says that it is complete.
#[track_caller]
fn is_complete(answer: &Answer) -> bool {
    match answer.headers["jci-log-complete"].to_str().unwrap() {
        "true" => true,
        "false" => false,
        other => panic!("it is {other:?}"),
    }
}

/// Follows a log from its first byte on.
fn follow(world: &World, id: &str) -> Wire {
    let mut wire = Wire::get(world, &format!("/api/v1/jobs/{id}/log/events"), "");
    assert_eq!(wire.head(), "HTTP/1.1 200 OK");
    wire
}

/// Reads the next piece of a log that is followed.
#[track_caller]
fn piece(wire: &mut Wire) -> Vec<u8> {
    let (name, _, data) = wire.event();
    assert_eq!(name, "log", "{data}");
    BASE64_STANDARD.decode(data).unwrap()
}

/// Reads the end of a log that is followed.
#[track_caller]
fn end(wire: &mut Wire) -> LogEnd {
    let (name, _, data) = wire.event();
    assert_eq!(name, "end", "{data}");
    serde_json::from_str(&data).unwrap()
}

/// Submits a job whose run ends it after the first piece of its log.
fn settled(world: &World) -> (String, JobOffer) {
    let (commit, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    assert_eq!(runner.log(&offer, 0, b"one\n").status, 200);
    let _ = run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");
    (id, offer)
}

#[test]
fn a_log_goes_on_behind_the_run_that_ended_its_job() {
    let world = World::new();
    let (id, offer) = settled(&world);
    let runner = world.runner("one");
    let mut wire = follow(&world, &id);
    assert_eq!(piece(&mut wire), b"one\n");
    assert!(!is_complete(&log(&world, &id, "")));

    assert_eq!(runner.log(&offer, 4, b"two\n").status, 200);

    assert_eq!(piece(&mut wire), b"two\n");
    assert!(!is_complete(&log(&world, &id, "")));

    assert_eq!(runner.end_log(&offer, 8, b"three\n").status, 200);

    assert_eq!(piece(&mut wire), b"three\n");
    let end = end(&mut wire);
    assert_eq!((end.state, end.bytes), (JobState::Ok, 14));
    assert!(is_complete(&log(&world, &id, "")));
}

#[test]
fn the_end_of_a_log_is_known_after_a_server_was_killed() {
    let mut world = World::new();
    let (id, offer) = settled(&world);
    world.restart(Server::kill);
    assert!(!is_complete(&log(&world, &id, "")));
    let mut wire = follow(&world, &id);
    assert_eq!(piece(&mut wire), b"one\n");
    assert_eq!(world.runner("one").end_log(&offer, 4, b"").status, 200);
    assert_eq!(end(&mut wire).bytes, 4);

    world.restart(Server::kill);

    assert!(is_complete(&log(&world, &id, "")));
    assert_eq!(log(&world, &id, "").body, b"one\n");
}

#[test]
fn a_log_may_be_complete_before_its_job_has_ended_and_followers_hear_of_both() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let mut wire = follow(&world, &id);
    assert_eq!(runner.end_log(&offer, 0, b"all\n").status, 200);
    // An answer that was lost has it said again.
    assert_eq!(runner.end_log(&offer, 0, b"all\n").status, 200);
    assert_eq!(piece(&mut wire), b"all\n");
    assert!(is_complete(&log(&world, &id, "")));

    // One that comes on after all is not.
    assert_eq!(runner.log(&offer, 4, b"and more\n").status, 200);

    assert!(!is_complete(&log(&world, &id, "")));
    assert_eq!(piece(&mut wire), b"and more\n");
    assert_eq!(runner.end_log(&offer, 0, b"").status, 200);
    assert!(is_complete(&log(&world, &id, "")));
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    let end = end(&mut wire);
    assert_eq!((end.state, end.bytes), (JobState::Err, 13));
}

#[test]
fn a_log_whose_end_comes_too_early_is_not_complete() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"one\n").status, 200);
    let early = runner.end_log(&offer, 5, b"three\n");
    assert_eq!(early.headers["jci-log-offset"], "4");
    assert_eq!(early.problem(409).title, "wrong offset");
    assert!(!is_complete(&log(&world, &id, "")));
}

#[test]
fn a_log_without_a_byte_is_complete_with_its_job() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.end_log(&offer, 0, b"").status, 200);
    // What the job pushes may yet stand in for it.
    assert!(!is_complete(&log(&world, &id, "")));
    let mut wire = follow(&world, &id);
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    assert_eq!(end(&mut wire).bytes, 0);
    assert!(is_complete(&log(&world, &id, "")));
}

#[test]
fn a_runner_that_never_says_that_a_log_is_at_its_end_is_waited_for_and_not_for_ever() {
    let world = World::with(&[("JCI_LEASE", "5s")]);
    let (_, id) = world.submit("first");
    let runner = world.runner("older");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"one\n").status, 200);
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    let mut wire = follow(&world, &id);
    assert_eq!(piece(&mut wire), b"one\n");
    assert_eq!(runner.log(&offer, 4, b"two\n").status, 200);
    assert_eq!(piece(&mut wire), b"two\n");
    let end = end(&mut wire);
    assert_eq!((end.state, end.bytes), (JobState::Ok, 8));
    assert!(is_complete(&log(&world, &id, "")));
}

#[test]
fn nobody_waits_for_a_runner_that_sends_nothing_any_more() {
    let world = World::with(&[("JCI_LEASE", "1s")]);
    // A runner of the original sends no log, and its run has one.
    let (commit, id) = world.submit("first");
    let answer = world.runner("old").poll_as_original();
    let offer = answer.json::<PollAnswer>(200).job.unwrap();
    let mut wire = follow(&world, &id);
    let _ = run_script(&offer, "ok").success();
    assert_eq!(piece(&mut wire), b"the output of the run\n");
    assert_eq!(end(&mut wire).state, JobState::Ok);
    world.wait_for_status(&commit, "success");
    assert!(is_complete(&log(&world, &id, "")));
    // Of one that was lost nothing has come for a lease.
    let (_, id) = world.submit("second");
    let offer = world.runner("lost").poll().unwrap();
    assert_eq!(world.runner("lost").log(&offer, 0, b"one\n").status, 200);
    let mut wire = follow(&world, &id);
    assert_eq!(piece(&mut wire), b"one\n");
    assert_eq!(end(&mut wire).state, JobState::Queued);
    assert!(is_complete(&log(&world, &id, "?attempt=1")));
    // And nobody has begun this one.
    let (_, id) = world.submit("third");
    assert!(!is_complete(&log(&world, &id, "")));
    let path = format!("/api/v1/jobs/{id}/cancel");
    let cancel = world.client.request(Method::POST, &path).bearer_auth(API_TOKEN);
    assert_eq!(world.client.send(cancel).status, 200);
    assert!(is_complete(&log(&world, &id, "")));
}
