//! Jobs in containers of Podman.

use std::net::TcpListener;

use jci_testkit::docker::Podman;

use super::left::{self, sleepers, unique_sleep, wait_until_no_container};
use super::{WAIT, let_go};
use crate::world::{World, bridge, wait_until};

/// Makes a world whose runner has Podman, and keeps no container for a look.
fn world(podman: &Podman, server: &[(&str, &str)]) -> World {
    World::on(
        podman.docker(),
        server,
        &[("DOCKER_HOST", &podman.host()), ("JCI_KEPT_CONTAINERS", "0")],
    )
}

#[test]
fn a_push_becomes_a_run_and_a_tick() {
    let podman = Podman::new();
    let world = world(&podman, &[]);
    let script = format!("echo begun\n{WAIT}seq 1 500000\necho done >\"$JCI_OUTPUT_DIR/file\"\n");
    let (commit, job) = world.push(&script);
    world.wait_for_line(&job, "begun\n");
    let_go(&world.site);
    world.wait_for(&job, "ok");
    world.site.wait_for_status(&commit, "jci", "success");
    let [run] = &world.runs()[..] else { panic!("{:?}", world.runs()) };
    assert_eq!(world.site.git(&["show", &format!("{run}:file")]).trim(), "done");
    let log = world.wait_for_line(&job, "\n500000\n");
    let numbers: Vec<String> = (1..=500_000).map(|number| number.to_string()).collect();
    assert!(log.contains(&numbers.join("\n")), "a line of the log is missing");
    left::nothing(world);
}

#[test]
fn a_job_that_fails_tells_why() {
    let podman = Podman::new();
    let world = world(&podman, &[]);
    let (commit, job) = world.push("exit 3\n");
    world.wait_for(&job, "err");
    let statuses = world.site.wait_for_status(&commit, "jci", "failure");
    assert_eq!(statuses.last().unwrap().description, "failed with exit code 3");
    left::nothing(world);
}

#[test]
fn a_job_that_takes_too_long_ends_with_all_its_processes() {
    let podman = Podman::new();
    let world = world(&podman, &[("JCI_JOB_TIMEOUT", "6s")]);
    let sleep = unique_sleep();
    let (_, job) = world.push(&format!(
        "trap '' TERM HUP INT; (setsid sleep {sleep} &); while :; do sleep {sleep}; done\n"
    ));
    wait_until("the job has processes", || (sleepers(&sleep).len() >= 2).then_some(()));
    world.wait_for(&job, "timed_out");
    wait_until_no_container(&world);
    assert_eq!(sleepers(&sleep), [""; 0]);
    left::nothing(world);
}

#[test]
fn a_job_reaches_its_server_and_nothing_else_of_this_machine() {
    let podman = Podman::new();
    let world = world(&podman, &[]);
    let listener = TcpListener::bind((bridge(), 0)).unwrap();
    let (server, other) = (world.address.replace(':', "/"), listener.local_addr().unwrap());
    let other = format!("{}/{}", other.ip(), other.port());
    let gateway = "$(set -- $(grep '^eth0.00000000' /proc/net/route); \
         printf '%d.%d.%d.%d' 0x${3:6:2} 0x${3:4:2} 0x${3:2:2} 0x${3:0:2})";
    let by_gateway = format!("{gateway}/{}", other.rsplit('/').next().unwrap());
    let (_, job) = world.push(&format!(
        "for target in {server} {other} \"{by_gateway}\"; do\n\
         (exec 3<>/dev/tcp/$target) 2>/dev/null && echo reached $target || echo kept $target\n\
         done; echo tried\n"
    ));
    world.wait_for(&job, "ok");
    let log = world.wait_for_line(&job, "tried\n");
    assert!(log.contains(&format!("reached {server}\nkept {other}\nkept 10.")), "{log}");
    left::nothing(world);
}

#[test]
fn a_service_that_is_killed_costs_nothing() {
    let mut podman = Podman::new();
    let world = world(&podman, &[]);
    let (commit, job) = world.push(&format!("echo it runs\n{WAIT}echo it ends\n"));
    world.wait_for_line(&job, "it runs\n");
    podman.restart();
    let_go(&world.site);
    let job = world.wait_for(&job, "ok");
    assert_eq!(job["attempts"].as_array().unwrap().len(), 1, "{job:#}");
    world.site.wait_for_status(&commit, "jci", "success");
    left::nothing(world);
}

#[test]
fn a_runner_that_was_killed_goes_on_with_its_container() {
    let podman = Podman::new();
    let mut world = world(&podman, &[]);
    let (_, job) = world.push(&format!("echo it runs\n{WAIT}echo it ends\n"));
    world.wait_for_line(&job, "it runs\n");
    world.runner.kill();
    world.runner.start("going on with a job after a restart");
    let_go(&world.site);
    let job = world.wait_for(&job, "ok");
    assert_eq!(job["attempts"].as_array().unwrap().len(), 1, "{job:#}");
    left::nothing(world);
}
