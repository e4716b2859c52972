//! The image of a job, as its repository names it.

use jci_proto::JobState;

use crate::world::World;

fn world() -> World {
    World::with(&[("JCI_JOB_IMAGES", "alpine:*, registry.example.org/team/*")])
}

/// Pushes a commit whose `.jci/image` holds something; returns it and its job.
fn submit(world: &World, image: &str) -> (String, String) {
    world.work.write(".jci/image", image);
    world.submit(image)
}

#[test]
fn a_commit_names_the_image_that_its_job_runs_in() {
    let world = world();
    let runner = world.runner("one");
    world.submit("without");
    assert_eq!(runner.poll().unwrap().image, "python:3.11");
    submit(&world, "alpine:3.20\n");
    submit(&world, "registry.example.org/team/image@sha256:0a\n");
    // Each as it is at the commit of the job, whatever came later.
    assert_eq!(runner.poll().unwrap().image, "alpine:3.20");
    assert_eq!(runner.poll().unwrap().image, "registry.example.org/team/image@sha256:0a");
}

#[test]
fn an_image_that_is_not_allowed_ends_the_job_and_the_next_one_is_given_out() {
    let world = world();
    let (refused, id) = submit(&world, "python:3\n");
    let (malformed, _) = submit(&world, "alpine:3 --privileged\n");
    let (fine, _) = submit(&world, "alpine:3\n");
    assert_eq!(world.runner("one").poll().unwrap().commit_sha, fine);
    let expected = ".jci/image names python:3, which this server does not allow; JCI_JOB_IMAGES \
                    is alpine:*,registry.example.org/team/*";
    let job = world.job(&id).job;
    assert_eq!((job.state, job.reason.as_deref()), (JobState::Err, Some(expected)));
    let told = world.wait_for_status(&refused, "failure");
    assert_eq!(told.last().unwrap().description, format!("failed: {expected}"));
    let told = world.wait_for_status(&malformed, "failure");
    let expected = "failed: .jci/image does not hold one line with the name of an image";
    assert_eq!(told.last().unwrap().description, expected);
}

#[test]
fn a_forge_that_does_not_say_costs_an_attempt_and_not_the_job() {
    let world = world();
    let (_, id) = submit(&world, "alpine:3\n");
    world.forge.go_down();
    let runner = world.runner("one");
    assert_eq!(runner.poll(), None);
    let job = world.job(&id);
    assert_eq!((job.job.state, job.attempts.len()), (JobState::Queued, 1));
    let reason = job.attempts[0].reason.clone().unwrap();
    assert!(reason.starts_with("the forge does not say what .jci/image holds"), "{reason}");
    world.forge.come_back();
    assert_eq!(runner.wait().unwrap().image, "alpine:3");
}

#[test]
fn a_server_that_allows_none_does_not_look() {
    let world = World::new();
    submit(&world, "alpine:3\n");
    assert_eq!(world.runner("one").poll().unwrap().image, "python:3.11");
    let asked = world.forge.requests();
    assert!(!asked.iter().any(|request| request.path.contains(".jci/image")), "{asked:?}");
}
