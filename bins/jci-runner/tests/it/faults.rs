//! Engines, registries and networks that fail in the middle of a job.

use std::process::Command;

use jci_testkit::docker::{CallFault, EngineFront, OwnEngine};
use jci_testkit::{Finished, require};
use serde_json::Value;

use crate::world::{World, jobs_of, wait_until};

const BAD_DAY: &str = r#"{"message": "the engine has a bad day"}"#;

fn bad_day() -> CallFault {
    CallFault::Answers { status: 500, body: BAD_DAY.to_owned() }
}

/// What was reported of the attempts at a job.
fn reported(job: &Value) -> Vec<&str> {
    let attempts = job["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| attempt["status"].as_str().unwrap_or("nothing")).collect()
}

/// Why the first attempt ended.
fn reason(job: &Value) -> &str {
    job["attempts"][0]["reason"].as_str().unwrap_or_default()
}

fn socket(front: &EngineFront) -> String {
    format!("unix://{}", front.socket().display())
}

#[test]
fn an_engine_that_is_restarted_costs_an_attempt_and_not_the_job() {
    let mut engine = OwnEngine::new();
    let host = format!("unix://{}", engine.socket().display());
    let world = World::on(engine.docker(), &[], &[("DOCKER_HOST", &host)]);
    let (commit, job) = world.push("echo it runs; sleep 4; echo it ends\n");
    world.wait_for_line(&job, "it runs");

    engine.stop();
    engine.start();

    let job = world.wait_for(&job, "ok");
    assert_eq!(reported(&job), ["infra_error", "ok"], "{job:#}");
    assert!(reason(&job).contains("lost"), "{job:#}");
    world.site.wait_for_status(&commit, "jci", "success");
}

#[test]
fn an_engine_that_fails_for_a_moment_is_asked_again() {
    let front = EngineFront::before_machines();
    front.fail("POST /containers/create", bad_day());
    front.fail("POST /containers/create", CallFault::AnswerLost);
    front.fail("POST /containers/*/start", CallFault::Cut);
    front.fail("POST /containers/*/wait", bad_day());
    front.fail("POST /containers/*/wait", CallFault::Cut);
    front.fail("GET /containers/*/logs", CallFault::Cut);
    let world = World::with(&[], &[("DOCKER_HOST", &socket(&front))]);

    let (commit, job) = world.push("echo it runs\n");

    let job = world.wait_for(&job, "ok");
    assert_eq!(reported(&job), ["ok"], "{job:#}");
    world.site.wait_for_status(&commit, "jci", "success");
    assert_eq!(world.containers().len(), 1, "what did not start is gone");
}

#[test]
fn an_engine_that_goes_on_failing_is_quoted() {
    let front = EngineFront::before_machines();
    for _ in 0..10 {
        front.fail("POST /containers/*/start", bad_day());
    }
    let settings = [("DOCKER_HOST", &*socket(&front))];
    let world = World::with(&[("JCI_JOB_ATTEMPTS", "1")], &settings);

    let (_, job) = world.push("echo it runs\n");

    let job = world.wait_for(&job, "infra_error");
    assert!(reason(&job).contains("the engine has a bad day"), "{job:#}");
    assert_eq!(world.containers(), [""; 0]);
}

#[test]
fn an_image_that_no_registry_has_is_named() {
    let front = EngineFront::before_machines();
    let missing = r#"{"message": "manifest for ghcr.io/team/tools:9 not found: manifest unknown"}"#;
    let missing = CallFault::Answers { status: 404, body: missing.to_owned() };
    front.fail("POST /images/create", missing);
    let settings = [("DOCKER_HOST", &*socket(&front))];
    let world = World::with(&[("JCI_RUNNER_IMAGE", "ghcr.io/team/tools:9")], &settings);

    let (commit, job) = world.push("echo it runs\n");

    let job = world.wait_for(&job, "err");
    assert!(reason(&job).contains("ghcr.io/team/tools:9"), "{job:#}");
    assert_eq!(reported(&job), ["err"], "nobody else has it either");
    world.site.wait_for_status(&commit, "jci", "failure");
    assert_eq!(pulls(&front), 1);
}

#[test]
fn a_registry_that_is_busy_is_asked_again_and_not_for_ever() {
    let front = EngineFront::before_machines();
    let busy = r#"{"message": "toomanyrequests: retry-after: 10ms, allowed: 100/hour"}"#;
    for _ in 0..20 {
        let busy = CallFault::Answers { status: 500, body: busy.to_owned() };
        front.fail("POST /images/create", busy);
    }
    let settings = [("DOCKER_HOST", &*socket(&front))];
    let server = [("JCI_RUNNER_IMAGE", "ghcr.io/team/tools:9"), ("JCI_JOB_ATTEMPTS", "1")];
    let world = World::with(&server, &settings);

    let (_, job) = world.push("echo it runs\n");

    let job = world.wait_for(&job, "infra_error");
    let reason = reason(&job);
    assert!(reason.contains("ghcr.io/team/tools:9"), "{job:#}");
    assert!(reason.contains("toomanyrequests"), "{job:#}");
    assert!((2..10).contains(&pulls(&front)), "{} times", pulls(&front));
    assert_eq!(world.containers(), [""; 0]);
}

fn pulls(front: &EngineFront) -> usize {
    front.calls().iter().filter(|call| call.starts_with("POST /images/create")).count()
}

/// A network of its own for a runner, with a cable that can be cut.
struct Cable {
    name: String,
    /// The address of this machine at the end of the cable.
    address: String,
}

impl Cable {
    fn new() -> Self {
        let id = std::process::id();
        let (name, part) = (format!("jct{:x}", id & 0xff_ffff), id % 250);
        let cable = Self { address: format!("10.99.{part}.1"), name };
        let (name, inside) = (&cable.name, format!("{}r", cable.name));
        ip(&["netns", "add", name]);
        ip(&["link", "add", name, "type", "veth", "peer", "name", &inside, "netns", name]);
        ip(&["address", "add", &format!("{}/24", cable.address), "dev", name]);
        ip(&["link", "set", name, "up"]);
        let address = format!("10.99.{part}.2/24");
        ip(&["-n", name, "address", "add", &address, "dev", &inside]);
        ip(&["-n", name, "link", "set", &inside, "up"]);
        ip(&["-n", name, "link", "set", "lo", "up"]);
        cable
    }

    fn cut(&self) {
        ip(&["link", "set", &self.name, "down"]);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // Both ends of the cable go with the network that one of them is in.
        let _ = Command::new("ip").args(["link", "delete", &self.name]).status();
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

fn ip(arguments: &[&str]) {
    let _ = Finished::of(Command::new(require("ip", "iproute2")).args(arguments)).success();
}

#[test]
fn a_runner_that_is_cut_off_ends_its_container_before_another_begins() {
    let cable = Cable::new();
    // Four seconds without contact are too many for a runner then.
    // Within that network it cannot fence jobs off, which are outside.
    let runner = [("JCI_JOB_NETWORK", "open")];
    let mut world = World::without_runner(&[("JCI_LEASE", "6s")], &runner);
    let port = world.address.rsplit(':').next().unwrap().to_owned();
    world.runner.set("JCI_SERVER", &format!("{}:{port}", cable.address));
    world.runner.run_by(&["ip", "netns", "exec", &cable.name]);
    world.runner.start("taking jobs");
    let (commit, job) = world.push("echo it runs; sleep 15; echo it ends\n");
    world.wait_for_line(&job, "it runs");
    let (mark, mut other) = world.another_runner(&[]);
    other.start("taking jobs");
    let first = world.containers().remove(0);

    cable.cut();

    wait_until("another container runs", || (!jobs_of(&mark).is_empty()).then_some(()));
    let running = world.docker.words(&["inspect", "--format={{.State.Running}}", &first]);
    assert_eq!(running, ["false"]);
    let job = world.wait_for(&job, "ok");
    // A poll of the runner that is cut off may wait at the server yet, and get the job in vain.
    assert_eq!(reported(&job).last(), Some(&"ok"), "{job:#}");
    world.site.wait_for_status(&commit, "jci", "success");
}
