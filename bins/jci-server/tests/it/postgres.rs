//! The queue in PostgreSQL: one server on it, and two.

use std::thread;

use jci_proto::{Fate, LogAcknowledged, Verdict};
use jci_testkit::Postgres;

use crate::runner::{Runner, run_script};
use crate::server::Server;
use crate::world::World;

#[test]
fn a_push_becomes_a_job_and_its_run_a_status() {
    let postgres = Postgres::start();
    let world = World::with(&[("JCI_DB", &postgres.database())]);
    world.hook();
    let commit = world.push("first");
    let offer = world.runner("one").wait().expect("the push is a job");
    assert_eq!(offer.commit_sha, commit);
    let _ = run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");
    world.forge.finish();
}

#[test]
fn a_restart_loses_nothing() {
    let postgres = Postgres::start();
    let mut world = World::with(&[("JCI_DB", &postgres.database())]);
    let (commit, job) = world.submit("first");
    let offer = world.runner("one").poll().unwrap();
    world.restart(Server::kill);
    let runner = world.runner("one");
    assert_eq!((&offer.job_id, runner.heartbeat(&offer)), (&job, Fate::Kept));
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.wait_for_status(&commit, "success");
}

#[test]
fn two_servers_share_a_queue_and_one_goes_on_alone() {
    let postgres = Postgres::start();
    let (database, data) = (postgres.database(), tempfile::tempdir().unwrap());
    let settings = [("JCI_DB", &*database), ("JCI_DATA", data.path().to_str().unwrap())];
    let mut world = World::with(&settings);
    let other = Server::start(&world.forge.url(), &world.token, &settings);

    // The one hears of the push, and a runner that waits at the other has the job.
    let address = other.address().to_owned();
    let waiting = thread::spawn(move || Runner::new(&address, "one").wait());
    other.wait_for_log("a runner waits");
    let (commit, job) = world.submit("first");
    let offer = waiting.join().unwrap().expect("the other server hears of it");
    assert_eq!(offer.job_id, job);
    assert_eq!(world.runner("two").poll(), None);

    // What was begun at the one goes on at the other when the first is gone.
    let offset = |answer: crate::client::Answer| answer.json::<LogAcknowledged>(200).offset;
    assert_eq!(offset(world.runner("one").log(&offer, 0, b"begun")), 5);
    world.server.kill();
    let runner = Runner::new(other.address(), "one");
    assert_eq!(runner.heartbeat(&offer), Fate::Kept);
    assert_eq!(offset(runner.log(&offer, 5, b" and ended")), 15);
    let _ = run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");

    world.client = other.client();
    let (commit, _) = world.submit("second");
    let offer = runner.wait().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    world.wait_for_status(&commit, "failure");
}
