//! Engines, registries and networks that fail in the middle of a job.

use std::path::PathBuf;
use std::process::Command;

use jci_testkit::docker::{CallFault, EngineFront, OwnEngine, Podman};
use jci_testkit::{Finished, ip, require};
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

#[test]
fn an_engine_that_is_restarted_costs_an_attempt_and_not_the_job() {
    let mut engine = OwnEngine::new();
    let world = World::on(engine.docker(), &[], &[("DOCKER_HOST", &engine.host())]);
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
    let world = World::with(&[], &[("DOCKER_HOST", &front.host())]);

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
    let settings = [("DOCKER_HOST", &*front.host())];
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
    let settings = [("DOCKER_HOST", &*front.host())];
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
    let settings = [("DOCKER_HOST", &*front.host())];
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

/// A disk with little room in the place of a folder. Unlike a `SmallDisk` it is there for all of the
/// machine: the engine has to see it.
struct SharedDisk(PathBuf);

impl SharedDisk {
    fn at(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let mut mount = Command::new(require("mount", "mount"));
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(&folder);
        let _ = Finished::of(&mut mount).success();
        Self(folder)
    }
}

impl Drop for SharedDisk {
    fn drop(&mut self) {
        // Whoever still has a file open there loses it a moment later.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_runs_full_costs_an_attempt_and_not_the_job() {
    // With what the first attempt leaves for a look the disk is low, and the runner takes no more.
    let mut world = World::without_runner(&[], &[("JCI_DISK_LOW", "12MiB")]);
    let _disk = SharedDisk::at(world.folder().join("jci-runner-data"));
    world.runner.start("taking jobs");
    let (commit, job) = world.push("seq 1 5000000; echo it ends\n");
    world.runner.wait_for_log("No space left on device");
    let (_mark, mut other) = world.another_runner(&[]);
    other.start("taking jobs");

    let job = world.wait_for(&job, "ok");

    assert_eq!(reported(&job), ["infra_error", "ok"], "{job:#}");
    assert!(reason(&job).contains("No space left on device"), "{job:#}");
    world.site.wait_for_status(&commit, "jci", "success");
    // Before the disk that it works on.
    assert!(world.runner.stop().success());
}

/// A network of its own for a runner, with a cable that can be cut.
struct Cable {
    name: String,
    /// The address of this machine at the end of the cable.
    address: String,
}

impl Cable {
    fn new() -> Self {
        let (part, name) = Self::claim();
        let cable = Self { address: format!("10.99.{part}.1"), name };
        let (name, inside) = (&cable.name, format!("{}r", cable.name));
        let (here, there) = (format!("{}/24", cable.address), format!("10.99.{part}.2/24"));
        for step in [
            &["link", "add", name, "type", "veth", "peer", "name", &inside, "netns", name][..],
            &["address", "add", &here, "dev", name],
            &["link", "set", name, "up"],
            &["-n", name, "address", "add", &there, "dev", &inside],
            &["-n", name, "link", "set", &inside, "up"],
            &["-n", name, "link", "set", "lo", "up"],
        ] {
            let _ = ip(step).success();
        }
        cable
    }

    /// Makes a network that no other test has, and returns its part of the addresses as well.
    fn claim() -> (u8, String) {
        for part in 0..=u8::MAX {
            let name = format!("jct{part}");
            let made = ip(&["netns", "add", &name]);
            if !made.stderr().contains("File exists") {
                let _ = made.success();
                return (part, name);
            }
        }
        panic!("the networks jct0 to jct255 are all there: ip netns list");
    }

    /// Has the runner started in that network, where it finds the server by the cable.
    fn plug(&self, world: &mut World) {
        let port = world.address.rsplit(':').next().unwrap().to_owned();
        world.runner.set("JCI_SERVER", &format!("{}:{port}", self.address));
        world.runner.run_by(&["ip", "netns", "exec", &self.name]);
    }

    fn cut(&self) {
        let _ = ip(&["link", "set", &self.name, "down"]).success();
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // Both ends of the cable go with the network that one of them is in.
        let _ = ip(&["link", "delete", &self.name]);
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

#[test]
fn a_runner_that_is_cut_off_ends_its_container_before_another_begins() {
    let cable = Cable::new();
    // Four seconds without contact are too many for a runner then.
    // Within that network it cannot fence jobs off, which are outside.
    let runner = [("JCI_JOB_NETWORK", "open")];
    let mut world = World::without_runner(&[("JCI_LEASE", "6s")], &runner);
    cable.plug(&mut world);
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

#[test]
fn a_runner_that_does_not_see_the_bridge_of_its_job_ends_it() {
    // Podman makes the bridge with the first container, and not in the network of this runner.
    let (podman, cable) = (Podman::new(), Cable::new());
    let server = [("JCI_JOB_ATTEMPTS", "1")];
    let mut world = World::prepare(podman.docker(), &server, &[("DOCKER_HOST", &podman.host())]);
    cable.plug(&mut world);
    world.runner.start("taking jobs");

    let (_, job) = world.push("sleep 600\n");

    let job = world.wait_for(&job, "infra_error");
    assert!(reason(&job).contains("there is no network interface jci-"), "{job:#}");
    assert_eq!(world.containers(), [""; 0]);
}
