//! What keeps a runner from starting, and what does not.

use std::fs;

use jci_testkit::Finished;

use crate::world::World;

/// Starts a runner that must not come to take jobs; returns what it says.
fn refused(world: &World, settings: &[(&str, &str)]) -> String {
    let mut command = world.runner.command();
    command.envs(settings.iter().copied());
    let finished = Finished::of(&mut command).exits(4);
    let said = finished.stderr();
    let last = said.lines().rev().find(|line| line.starts_with("jci-runner: ")).unwrap();
    last.replace(&world.address, "<server>").replace(world.folder().to_str().unwrap(), "<folder>")
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let world = World::without_runner(&[], &[]);
    insta::assert_snapshot!(refused(&world, &[("JCI_RUNNER_SECRET", "another")]),
        @"jci-runner: the server http://<server>/ does not take the secret: JCI_RUNNER_SECRET must be the same there and here");
    insta::assert_snapshot!(refused(&world, &[("DOCKER_HOST", "unix:///not/there.sock")]),
        @"jci-runner: no containers can be run: start Docker, or name the socket of an engine in DOCKER_HOST (unix:///run/podman/podman.sock): cannot reach unix:///not/there.sock: Socket not found: /not/there.sock");
    insta::assert_snapshot!(refused(&world, &[("JCI_BINARY", "/not/there")]),
        @"jci-runner: failed to read the git-jci for jobs, /not/there; JCI_BINARY says which it is: No such file or directory (os error 2)");
    let script = world.folder().join("git-jci");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    insta::assert_snapshot!(refused(&world, &[("JCI_BINARY", script.to_str().unwrap())]),
        @"jci-runner: <folder>/git-jci is not a program for Linux, and cannot be the git-jci for jobs; JCI_BINARY says which it is");
}

#[test]
fn a_check_says_that_all_is_well_and_takes_no_job() {
    let world = World::without_runner(&[], &[]);
    let (_, job) = world.push("exit 0\n");
    let mut command = world.runner.command();
    let finished = Finished::of(command.arg("--check")).success();
    assert_eq!(finished.stdout(), "all is well\n");
    assert_eq!(world.job(&job)["state"], "queued");
}

#[test]
fn a_name_stays_and_who_sets_another_is_told() {
    let mut world = World::new();
    let name = world.mark.value().to_owned();
    assert!(world.runner.stop().success());
    world.runner.set("JCI_RUNNER_NAME", "another");
    let line = world.runner.start("JCI_RUNNER_NAME is another");
    assert!(line.contains(&format!("this runner stays {name}")), "{line}");
    world.runner.wait_for_log(&format!("taking jobs runner={name}"));
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    let mut world = World::without_runner(&[], &[]);
    world.server.kill();
    world.runner.start("taking jobs");
    let said = world.runner.wait_for_log("the server cannot be asked now");
    assert_eq!(said.matches("cannot reach the server").count(), 1, "{said}");
    world.runner.wait_for_log("no work can be had now");
    world.server.start("listening");
    let (_, job) = world.push("exit 0\n");
    world.wait_for(&job, "ok");
}

#[test]
fn a_disk_that_is_low_is_said_and_no_job_is_taken() {
    let mut world = World::with(&[], &[("JCI_DISK_LOW", "1000000GiB")]);
    world.runner.wait_for_log("the disk is low: no job is taken until 1000000GiB are free");
    let (_, job) = world.push("exit 0\n");
    assert_eq!(world.job(&job)["state"], "queued");
    assert!(world.runner.stop().success());
    assert_eq!(world.job(&job)["state"], "queued");
}
