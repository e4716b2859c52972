//! The server goes and comes back, and nothing is lost.

use std::io::Read as _;
use std::time::Duration;

use jci_proto::{LogAcknowledged, Verdict};

use crate::runner::{lease, run_script};
use crate::server::{RUNNER_SECRET, Server};
use crate::world::World;

/// A way for a server to end.
type End = fn(&mut Server);

/// How a server may end.
fn ends() -> [(&'static str, End); 2] {
    let stop = |server: &mut Server| assert!(server.stop().success(), "it ends in order");
    [("SIGTERM", stop), ("SIGKILL", Server::kill)]
}

#[test]
fn a_job_goes_on_over_a_restart() {
    for (name, end) in ends() {
        let mut world = World::new();
        let (commit, job) = world.submit("first");
        let runner = world.runner("one");
        let mut offer = runner.poll().unwrap();
        assert_eq!(runner.log(&offer, 0, b"begun").status, 200);
        let before = world.server.address().to_owned();
        world.restart(end);
        let runner = world.runner("one");
        assert_eq!(runner.heartbeat(&offer), jci_proto::Fate::Kept, "{name}");
        let rest = runner.log(&offer, 5, b" and ended");
        assert_eq!(rest.json::<LogAcknowledged>(200).offset, 15, "{name}");
        // The server has another port now, which a real one would not.
        offer.clone_url = offer.clone_url.replace(&before, world.server.address());
        assert_eq!((offer.job_id.as_str(), lease(&offer).attempt), (&*job, 1));
        assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204, "{name}");
        let statuses = world.wait_for_status(&commit, "success");
        let ends = statuses.iter().filter(|status| status.state == "success").count();
        assert_eq!(ends, 1, "{name}");
    }
}

#[test]
fn jobs_and_statuses_that_wait_outlive_the_server() {
    for (name, end) in ends() {
        let mut world = World::new();
        world.forge.go_down();
        let commit = "1".repeat(40);
        let answer = world.tell("/webhook", &commit, crate::server::WEBHOOK_SECRET);
        assert_eq!(answer.status, 200, "{name}");
        world.restart(end);
        let again = world.tell("/webhook", &commit, crate::server::WEBHOOK_SECRET);
        let job = again.json::<jci_proto::WebhookAnswer>(200).job;
        world.forge.come_back();
        assert_eq!(world.runner("one").poll().map(|offer| offer.job_id), job, "{name}");
    }
}

#[test]
fn a_webhook_whose_answer_was_lost_with_the_server_is_no_second_job() {
    let mut world = World::new();
    let commit = world.push("first");
    let unread = world.begin_to_tell(&commit);
    // The job is on disk by then, and the forge does not know.
    world.server.wait_for_log("a webhook asks for a job");
    world.restart(Server::kill);
    drop(unread);
    // A person has the forge deliver again: this time under the same id, then under another.
    let mut again = world.begin_to_tell(&commit);
    let mut status = [0; 15];
    again.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    let other = world.tell("/webhook/gitea", &commit, crate::server::WEBHOOK_SECRET);
    let job = other.json::<jci_proto::WebhookAnswer>(200).job;
    let runner = world.runner("one");
    assert_eq!(runner.poll().map(|offer| offer.job_id), job);
    assert_eq!(runner.poll(), None);
}

#[test]
fn an_offer_that_was_lost_with_the_server_is_made_again() {
    let mut world = World::with(&[("JCI_LEASE", "1s")]);
    let (_, job) = world.submit("first");
    let poll = format!(r#"{{"runner_id":"one","secret":"{RUNNER_SECRET}","running":[]}}"#);
    let unread = world.begin("/poll", "", &poll);
    world.server.wait_for_log("a runner got a job");
    world.restart(Server::kill);
    drop(unread);
    let runner = world.runner("two");
    let offer = runner.wait().expect("nobody has the first attempt, and its lease ends");
    assert_eq!((&offer.job_id, lease(&offer).attempt), (&job, 2));
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
}

#[test]
fn a_server_that_was_away_for_longer_than_a_lease_gives_everybody_another() {
    let lease_length = Duration::from_secs(3);
    let mut world = World::with(&[("JCI_LEASE", "3s")]);
    world.submit("first");
    let offer = world.runner("one").poll().unwrap();
    world.restart(|server| {
        server.kill();
        std::thread::sleep(lease_length + Duration::from_millis(200));
    });
    assert_eq!(world.runner("one").heartbeat(&offer), jci_proto::Fate::Kept);
}

#[test]
fn who_waits_for_a_job_is_answered_when_the_server_stops() {
    let mut world = World::new();
    let address = world.server.address().to_owned();
    let waiting = std::thread::spawn(move || crate::runner::Runner::new(&address, "one").wait());
    world.server.wait_for_log("a runner waits");
    assert!(world.server.stop().success());
    assert_eq!(waiting.join().unwrap(), None);
}

#[test]
fn a_result_that_was_pushed_while_nobody_listened_is_found_later() {
    let mut world = World::with(&[("JCI_CREDENTIALS", "token"), ("JCI_RESULTS_EVERY", "1s")]);
    let (commit, _) = world.submit("first");
    let offer = world.runner("old").poll_as_original();
    let offer = offer.json::<jci_proto::PollAnswer>(200).job.unwrap();
    world.server.kill();
    let _ = run_script(&offer, "ok").success();
    world.server.start_again();
    world.wait_for_status(&commit, "success");
}
