//! A job that somebody cancels, at any time of its life.

use jci_testkit::docker::{CallFault, EngineFront};

use super::left::{self, sleepers, unique_sleep, wait_until_no_container};
use crate::world::{World, wait_until};

const KEEP_NONE: [(&str, &str); 1] = [("JCI_KEPT_CONTAINERS", "0")];

/// Cancels a job; returns the status of the answer.
fn cancel(world: &World, job: &str) -> String {
    let arguments = ["--request", "POST", "--output", "/dev/null", "--write-out", "%{http_code}"];
    String::from_utf8(world.request(&arguments, &format!("jobs/{job}/cancel"))).unwrap()
}

#[test]
fn a_job_that_waits_never_runs() {
    let mut world = World::without_runner(&[], &KEEP_NONE);
    let (commit, job) = world.push("true\n");
    assert_eq!(cancel(&world, &job), "200");
    world.site.wait_for_status(&commit, "jci", "error");
    world.runner.start("taking jobs");
    // The runner was there, and another job was what it did.
    let (_, other) = world.push("echo other\n");
    world.wait_for(&other, "ok");
    assert_eq!(world.wait_for(&job, "cancelled")["attempts"].as_array().map_or(0, Vec::len), 0);
    left::nothing(world);
}

#[test]
fn a_job_whose_image_does_not_come_is_not_waited_for() {
    // A registry that nobody can reach is asked again and again.
    let server = [("JCI_RUNNER_IMAGE", "127.0.0.1:9/jci/none:1")];
    let world = World::with(&server, &KEEP_NONE);
    let (commit, job) = world.push("true\n");
    world.wait_for(&job, "assigned");
    assert_eq!(cancel(&world, &job), "202");
    world.wait_for(&job, "cancelled");
    world.site.wait_for_status(&commit, "jci", "error");
    left::nothing(world);
}

#[test]
fn a_job_whose_container_is_being_started_ends_with_it() {
    let front = EngineFront::before_machines();
    // It runs, and the runner does not know it yet.
    front.fail("POST /containers/*/start", CallFault::AnswerLate);
    let world = World::with(&[], &[KEEP_NONE[0], ("DOCKER_HOST", &front.host())]);
    let sleep = unique_sleep();
    let (commit, job) = world.push(&format!("while :; do sleep {sleep}; done\n"));
    wait_until("the job runs", || (!sleepers(&sleep).is_empty()).then_some(()));
    assert_eq!(cancel(&world, &job), "202");
    world.wait_for(&job, "cancelled");
    world.site.wait_for_status(&commit, "jci", "error");
    wait_until_no_container(&world);
    assert_eq!(sleepers(&sleep), [""; 0]);
    left::nothing(world);
}

#[test]
fn a_job_that_runs_ends_though_it_heeds_nobody_and_cannot_be_cancelled_afterwards() {
    let world = World::with(&[], &KEEP_NONE);
    let sleep = unique_sleep();
    let (commit, job) =
        world.push(&format!("trap '' TERM INT HUP; echo begun; while :; do sleep {sleep}; done\n"));
    world.wait_for(&job, "running");
    world.wait_for_line(&job, "begun\n");
    assert_eq!(cancel(&world, &job), "202");
    // Asked once more while it ends.
    let again = cancel(&world, &job);
    assert!(again == "202" || again == "409", "{again}");
    world.wait_for(&job, "cancelled");
    world.site.wait_for_status(&commit, "jci", "error");
    wait_until_no_container(&world);
    assert_eq!(sleepers(&sleep), [""; 0]);
    assert_eq!(cancel(&world, &job), "409");
    left::nothing(world);
}
