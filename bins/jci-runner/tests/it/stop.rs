//! Signals, and jobs that are stopped.

use jci_testkit::Finished;
use rustix::process::Signal;

use crate::world::{World, wait_until};

/// A job that says that it runs, and goes on until it is allowed to end.
const LONG: &str = "echo it runs; while :; do sleep 0.1; done\n";

#[test]
fn a_runner_that_is_asked_to_stop_lets_its_jobs_end() {
    let mut world = World::new();
    let (commit, job) = world.push("echo it runs; sleep 3; echo it ends\n");
    world.wait_for_line(&job, "it runs");
    world.runner.signal(Signal::TERM);
    world.runner.wait_for_log("no more jobs are taken");
    let (_, second) = world.push("exit 0\n");
    assert!(world.runner.wait().success());
    world.wait_for(&job, "ok");
    world.site.wait_for_status(&commit, "jci", "success");
    assert!(String::from_utf8(world.log(&job)).unwrap().contains("it ends\n"));
    assert_eq!(world.job(&second)["state"], "queued", "nothing new is taken");
}

#[test]
fn a_second_signal_stops_them_and_others_try_again() {
    let mut world = World::with(&[("JCI_JOB_ATTEMPTS", "2")], &[]);
    let (_, job) = world.push(LONG);
    world.wait_for_line(&job, "it runs");
    world.runner.signal(Signal::TERM);
    world.runner.wait_for_log("no more jobs are taken");
    world.runner.signal(Signal::INT);
    assert!(world.runner.wait().success());
    let seen = world.job(&job);
    assert_eq!(seen["attempts"][0]["status"], "infra_error", "{seen:#}");
    let reason = seen["attempts"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("was stopped while it ran"), "{reason}");
    assert_eq!(running(&world), 0);
    // It waits for its second attempt.
    assert_eq!(seen["state"], "queued", "{seen:#}");
}

#[test]
fn a_job_that_is_cancelled_is_gone_soon() {
    let world = World::new();
    let (commit, job) = world.push(LONG);
    world.wait_for_line(&job, "it runs");
    world.request(&["--fail", "--request", "POST"], &format!("jobs/{job}/cancel"));
    world.wait_for(&job, "cancelled");
    assert_eq!(running(&world), 0);
    world.site.wait_for_status(&commit, "jci", "error");
}

#[test]
fn a_job_that_takes_too_long_is_stopped() {
    let world = World::with(&[("JCI_JOB_TIMEOUT", "4s")], &[]);
    let (_, job) = world.push(LONG);
    world.wait_for(&job, "timed_out");
    wait_until("the container is gone", || (running(&world) == 0).then_some(()));
}

#[test]
fn an_image_that_is_not_there_is_the_result_with_its_name() {
    let image = "jci-test/not-there:1";
    let world = World::with(&[("JCI_RUNNER_IMAGE", image)], &[("JCI_IMAGE_PULL", "never")]);
    let (_, job) = world.push("exit 0\n");
    let seen = world.wait_for(&job, "err");
    assert_eq!(seen["reason"], format!("there is no image {image} here"), "{seen:#}");
    assert_eq!(world.containers(), Vec::<String>::new());
}

#[test]
fn containers_that_have_ended_are_kept_for_a_look_but_not_all() {
    // What holds network namespaces has logs, too.
    let settings = [("JCI_KEPT_CONTAINERS", "1"), ("JCI_NETWORK_REUSE", "false")];
    let world = World::with(&[], &settings);
    for script in ["echo one\n", "echo two\n"] {
        let (_, job) = world.push(script);
        world.wait_for(&job, "ok");
    }
    wait_until("one container is left", || (world.containers().len() == 1).then_some(()));
    let [left] = &world.containers()[..] else { panic!("it is one") };
    let name = "{{index .Config.Labels \"jci-log-file\"}}";
    let name = world.docker.words(&["inspect", "--format", name, left]).remove(0);
    let logs = world.folder().join("jci-runner-data/containers");
    assert!(std::fs::read_to_string(logs.join(name)).unwrap().contains("two\n"));
    assert_eq!(std::fs::read_dir(logs).unwrap().count(), 1, "the other's log went with it");
}

#[test]
fn a_job_that_writes_without_end_is_stopped() {
    let limits = [("JCI_JOB_LOG", "8MiB"), ("JCI_STOP_GRACE", "1h")];
    let world = World::with(&[("JCI_LOG_LIMIT", "2MiB")], &limits);
    let (commit, job) = world.push("trap '' TERM; yes 'it writes on'\n");
    let seen = world.wait_for(&job, "err");
    let reason = seen["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("it wrote more to its log than it may: 8MiB (JCI_JOB_LOG"),
        "{seen:#}"
    );
    world.site.wait_for_status(&commit, "jci", "failure");
    wait_until("the container is gone", || (running(&world) == 0).then_some(()));
    let log = world.log(&job).len();
    assert!(
        ((2 << 20) - (32 << 10)..=2 << 20).contains(&log),
        "the server has {log} bytes, as many as it takes"
    );
}

/// Counts the containers of the runner that run.
fn running(world: &World) -> usize {
    let filter = format!("--filter=label={}", world.mark.label());
    let listed = ["ps", "--quiet", &filter, "--filter=label=jci-job"];
    let listed: Finished = world.docker.run(&listed);
    listed.success().stdout().lines().count()
}
