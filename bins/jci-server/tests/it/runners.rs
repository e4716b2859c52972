//! What runners and the server tell each other.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_proto::{Fate, LogAcknowledged, PollAnswer, Verdict};
use ring::digest::{SHA256, digest};

use crate::runner::{Runner, lease};
use crate::world::World;

#[test]
fn a_runner_that_waits_has_the_job_as_soon_as_there_is_one() {
    let world = World::new();
    let (address, commit) = (world.server.address().to_owned(), world.push("first"));
    let waiting = std::thread::spawn(move || Runner::new(&address, "one").wait());
    world.server.wait_for_log("a runner waits");
    world.tell("/webhook", &commit, crate::server::WEBHOOK_SECRET).json::<serde_json::Value>(200);
    assert_eq!(waiting.join().unwrap().unwrap().commit_sha, commit);
}

#[test]
fn as_many_jobs_run_as_may() {
    let world = World::with(&[("JCI_MAX_JOBS", "1")]);
    world.submit("first");
    world.submit("second");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let full = runner.ask(|_| {});
    assert_eq!(full.headers["retry-after"], "5");
    assert_eq!(full.problem(429).title, "too many jobs");
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    assert!(runner.poll().is_some());
}

#[test]
fn an_answer_that_was_lost_is_given_again() {
    let world = World::new();
    world.submit("first");
    let runner = world.runner("one");
    let ask = || {
        let answer = runner.ask(|request| request.request = Some("r1".to_owned()));
        answer.json::<PollAnswer>(200).job.unwrap()
    };
    let (lost, offer) = (ask(), ask());
    assert_eq!((&lost.job_id, lease(&lost).attempt), (&offer.job_id, lease(&offer).attempt));
    // The token of the lost answer opens nothing.
    assert_eq!(runner.start(&lost).problem(401).title, "not authorized");
    assert_eq!(runner.start(&offer).status, 204);
}

#[test]
fn a_runner_hears_of_its_attempts() {
    let world = World::new();
    world.submit("first");
    let (one, other) = (world.runner("one"), world.runner("other"));
    let offer = one.poll().unwrap();
    assert_eq!(one.heartbeat(&offer), Fate::Kept);
    assert_eq!(other.heartbeat(&offer), Fate::Stale);
    assert_eq!(one.finish(&offer, Verdict::Ok).status, 204);
    assert_eq!(one.heartbeat(&offer), Fate::Stale);
    assert_eq!(one.start(&offer).problem(409).title, "stale attempt");
}

#[test]
fn a_job_goes_to_a_runner_that_has_what_it_asks_for_and_names_are_checked() {
    let world = World::new();
    let runner = world.runner("a\nb");
    let answer = runner.ask(|_| {});
    assert!(answer.problem(400).detail.contains("is no name of a runner"), "{answer}");
    let answer = world.runner("one").ask(|request| request.labels = vec!["a b".to_owned()]);
    assert!(answer.problem(400).detail.contains("is no label"), "{answer}");
}

#[test]
fn a_log_comes_in_pieces_that_may_come_twice_but_not_before_their_time() {
    let world = World::new();
    world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let offset = |answer: crate::client::Answer| answer.json::<LogAcknowledged>(200).offset;
    assert_eq!(offset(runner.log(&offer, 0, b"hello ")), 6);
    let early = runner.log(&offer, 7, b"orld");
    assert_eq!(early.headers["jci-log-offset"], "6");
    assert_eq!(early.problem(409).title, "wrong offset");
    assert_eq!(offset(runner.log(&offer, 6, b"world")), 11);
    assert_eq!(offset(runner.log(&offer, 0, b"hello world")), 11);
    assert_eq!(offset(runner.log(&offer, 3, b"lo world!\xff\0")), 14);
    let name = format!("logs/{}/{}/1.log", &offer.job_id[30..], offer.job_id);
    let stored = std::fs::read(world.server.data().join(name)).unwrap();
    assert_eq!(stored, b"hello world!\xff\0");
}

#[test]
fn a_piece_of_a_log_that_changed_on_its_way_is_refused() {
    let world = World::new();
    world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let hash = BASE64_STANDARD.encode(digest(&SHA256, b"sent"));
    let send = |piece: &'static str| {
        let request = runner.log_request(&offer, 0);
        let request = request.header("content-digest", format!("sha-256=:{hash}:"));
        runner.send(request.body(piece))
    };
    assert_eq!(send("came").problem(422).title, "wrong digest");
    assert_eq!(send("sent").json::<LogAcknowledged>(200).offset, 4);
}

#[test]
fn a_log_has_a_limit() {
    let world = World::with(&[("JCI_LOG_LIMIT", "10")]);
    world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"0123456789").status, 200);
    assert_eq!(runner.log(&offer, 10, b"x").problem(413).title, "log too long");
}

#[test]
fn a_job_whose_runner_is_lost_goes_to_another_and_the_first_has_no_say_any_more() {
    let world = World::with(&[("JCI_LEASE", "1s")]);
    let (commit, job) = world.submit("first");
    let (lost, other) = (world.runner("lost"), world.runner("other"));
    let stale = lost.poll().unwrap();
    assert_eq!(lost.start(&stale).status, 204);
    let offer = other.wait().expect("the job comes again");
    assert_eq!((offer.job_id.as_str(), lease(&offer).attempt), (&*job, 2));
    assert_eq!(lost.heartbeat(&stale), Fate::Stale);
    assert_eq!(lost.finish(&stale, Verdict::Err).problem(409).title, "stale attempt");
    // What it has to say of its log is welcome.
    assert_eq!(lost.log(&stale, 0, b"the end").status, 200);
    assert_eq!(other.finish(&offer, Verdict::Ok).status, 204);
    let statuses = world.wait_for_status(&commit, "success");
    assert!(statuses.iter().all(|status| status.state != "failure"), "{statuses:?}");
}
