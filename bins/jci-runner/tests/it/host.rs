//! Jobs that are plain processes of this machine.

use std::fs;

use crate::world::{World, wait_until};

const HOST: [(&str, &str); 2] = [("JCI_RUNTIME", "host"), ("JCI_KEPT_CONTAINERS", "0")];

/// A job that would end by itself, for a test that fails leaves it.
const LONG: &str = "echo it runs; for n in $(seq 300); do sleep 0.1; done; echo it ends\n";

/// Waits until the runner has nothing of jobs any more.
fn wait_until_gone(world: &World) {
    let processes = world.folder().join("jci-runner-data/processes");
    wait_until("the processes are gone", || {
        (fs::read_dir(&processes).unwrap().count() == 0).then_some(())
    });
}

#[test]
fn a_push_becomes_a_green_tick_without_an_engine() {
    let mut world = World::without_runner(&[], &HOST);
    world.runner.set("DOCKER_HOST", "unix:///there/is/none");
    world.runner.start("nothing keeps them from its files");
    let (commit, job) =
        world.push("echo it runs in $TMPDIR; echo kept > \"$JCI_OUTPUT_DIR/file\"\n");
    world.wait_for(&job, "ok");
    world.site.wait_for_status(&commit, "jci", "success");
    let log = world.wait_for_line(&job, "it runs in ");
    assert!(log.contains("jci-runner-data/processes"), "{log}");
    assert_eq!(world.runs().len(), 1, "{:?}", world.runs());
    wait_until_gone(&world);
}

#[test]
fn processes_that_are_cancelled_are_gone() {
    let world = World::with(&[], &HOST);
    let (_, job) = world.push(LONG);
    world.wait_for_line(&job, "it runs");
    world.request(&["--fail", "--request", "POST"], &format!("jobs/{job}/cancel"));
    world.wait_for(&job, "cancelled");
    wait_until_gone(&world);
}

#[test]
fn a_runner_that_was_killed_goes_on_with_its_processes() {
    let mut world = World::with(&[], &HOST);
    let (_, job) = world.push("echo it runs; sleep 4; echo it ends\n");
    world.wait_for_line(&job, "it runs");
    world.runner.kill();
    world.runner.start("going on with a job after a restart");
    let ended = world.wait_for(&job, "ok");
    assert_eq!(ended["attempts"].as_array().unwrap().len(), 1, "{ended:#}");
    world.wait_for_line(&job, "it ends\n");
    wait_until_gone(&world);
}
