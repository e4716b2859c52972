//! Runners and servers that die in the middle of a job.

use crate::world::{World, wait_until};

/// A job that counts up, so that every byte that is missing or there twice shows.
const COUNTING: &str = "for n in $(seq 1 60); do echo line $n; sleep 0.1; done\n";

/// Returns the lines that have arrived, once the last one has: a job may have ended before its log
/// is there, for the run that it pushed says how it went.
fn counted(world: &World, job: &str) -> Vec<String> {
    let log = world.wait_for_line(job, "line 60\n");
    log.lines().filter(|line| line.starts_with("line ")).map(ToOwned::to_owned).collect()
}

fn all() -> Vec<String> {
    (1..=60).map(|n| format!("line {n}")).collect()
}

#[test]
fn a_runner_that_was_killed_goes_on_with_its_container_and_log() {
    let mut world = World::new();
    let (commit, job) = world.push(COUNTING);
    world.wait_for_line(&job, "line 5\n");
    let before = world.containers();
    world.runner.kill();
    world.runner.start("going on with a job after a restart");
    world.wait_for(&job, "ok");
    assert_eq!(counted(&world, &job), all());
    assert_eq!(world.containers(), before, "it is the same container");
    let attempts = world.job(&job)["attempts"].as_array().unwrap().len();
    assert_eq!(attempts, 1);
    world.site.wait_for_status(&commit, "jci", "success");
}

#[test]
fn a_job_that_ended_while_its_runner_was_dead_is_told() {
    let mut world = World::new();
    let (_, job) = world.push("echo it runs; sleep 1; echo it ends; exit 3\n");
    world.wait_for_line(&job, "it runs");
    world.runner.kill();
    let container = world.containers().remove(0);
    let _ = world.docker.run(&["wait", &container]).success();
    world.runner.start("going on with a job after a restart");
    world.wait_for(&job, "err");
    // The run that the job pushed told how it ended; its log comes from the runner.
    world.wait_for_line(&job, "it ends\n");
}

#[test]
fn a_job_that_had_no_container_yet_is_asked_for_until_the_server_is_back() {
    // No registry has the image.
    let mut world = World::with(&[], &[("JCI_IMAGE_PULL", "always")]);
    let (commit, job) = world.push("echo it runs\n");
    world.runner.wait_for_log("the image cannot be fetched now");
    world.runner.kill();
    world.server.kill();
    world.runner.set("JCI_IMAGE_PULL", "missing");
    world.runner.start("a job that has no container yet is asked for again");
    world.server.start("listening");
    let ended = world.wait_for(&job, "ok");
    assert_eq!(ended["attempts"].as_array().unwrap().len(), 1, "{ended:#}");
    world.site.wait_for_status(&commit, "jci", "success");
}

#[test]
fn a_server_that_was_killed_loses_nothing() {
    let mut world = World::new();
    let (commit, job) = world.push(COUNTING);
    world.wait_for_line(&job, "line 5\n");
    world.server.kill();
    world.runner.wait_for_log("the log cannot be sent now");
    world.server.start("listening");
    world.wait_for(&job, "ok");
    assert_eq!(counted(&world, &job), all());
    world.site.wait_for_status(&commit, "jci", "success");
}

#[test]
fn a_container_that_nobody_has_in_hand_goes() {
    let mut world = World::new();
    let (_, job) = world.push("echo it runs; while :; do sleep 0.1; done\n");
    world.wait_for_line(&job, "it runs");
    world.runner.kill();
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(world.folder().join(format!("jci-runner.db{end}")));
    }
    // The name is set, so that it is the same runner, with another memory.
    world.runner.start("removing a container that nobody has in hand");
    wait_until("the container is gone", || world.containers().is_empty().then_some(()));
}
