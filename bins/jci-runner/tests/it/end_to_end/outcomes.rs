//! How jobs end.

use super::left::{self, sleepers, unique_sleep, wait_until_no_container};
use super::{WAIT, let_go};
use crate::world::{World, wait_until};

/// No container is kept for a look.
const KEEP_NONE: [(&str, &str); 1] = [("JCI_KEPT_CONTAINERS", "0")];

#[test]
fn the_log_is_there_while_the_job_runs_and_the_tick_when_it_has_ended() {
    let world = World::with(&[], &KEEP_NONE);
    let script = format!("echo begun\n{WAIT}echo done >\"$JCI_OUTPUT_DIR/file\"\n");
    let (commit, job) = world.push(&script);
    world.wait_for(&job, "running");
    world.wait_for_line(&job, "begun\n");
    assert!(world.runs().is_empty());
    let_go(&world.site);
    world.wait_for(&job, "ok");
    let statuses = world.site.wait_for_status(&commit, "jci", "success");
    assert_eq!(statuses.last().unwrap().description, "passed");
    let [run] = &world.runs()[..] else { panic!("{:?}", world.runs()) };
    assert_eq!(world.site.git(&["show", &format!("{run}:file")]).trim(), "done");
    left::nothing(world);
}

#[test]
fn a_job_that_fails_tells_why_in_its_run() {
    let world = World::with(&[], &KEEP_NONE);
    let (commit, job) = world.push("echo nothing works >&2; exit 3\n");
    world.wait_for(&job, "err");
    let statuses = world.site.wait_for_status(&commit, "jci", "failure");
    assert_eq!(statuses.last().unwrap().description, "failed with exit code 3");
    let [run] = &world.runs()[..] else { panic!("{:?}", world.runs()) };
    let log = world.site.git(&["show", &format!("{run}:run.output.txt")]);
    assert!(log.contains("nothing works"), "{log}");
    left::nothing(world);
}

#[test]
fn a_job_that_takes_too_long_ends_with_all_its_processes() {
    let world = World::with(&[("JCI_JOB_TIMEOUT", "4s")], &KEEP_NONE);
    let sleep = unique_sleep();
    // What heeds no wish to end, and what has left its parents, ends all the same.
    let (commit, job) = world.push(&format!(
        "trap '' TERM HUP INT; (setsid sleep {sleep} &); while :; do sleep {sleep}; done\n"
    ));
    wait_until("the job has processes", || (sleepers(&sleep).len() >= 2).then_some(()));
    let ended = world.wait_for(&job, "timed_out");
    let statuses = world.site.wait_for_status(&commit, "jci", "failure");
    assert!(statuses.last().unwrap().description.contains("long"), "{ended:#} {statuses:?}");
    wait_until_no_container(&world);
    assert_eq!(sleepers(&sleep), [""; 0]);
    left::nothing(world);
}

#[test]
fn a_job_that_takes_too_much_memory_is_told_so_and_how_much_it_may_have() {
    let runner = [KEEP_NONE[0], ("JCI_JOB_MEMORY", "96MiB")];
    // A script of the server's own, in which nothing stands between the container and the kernel.
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("job.sh");
    std::fs::write(&script, "#!/bin/sh\necho growing; exec tail /dev/zero\n").unwrap();
    let world = World::with(&[("JCI_RUNNER_SCRIPT", script.to_str().unwrap())], &runner);
    let (commit, job) = world.push("true\n");
    let ended = world.wait_for(&job, "err");
    let statuses = world.site.wait_for_status(&commit, "jci", "failure");
    let said = format!("{ended:#} {:?}", statuses.last().unwrap());
    assert!(said.contains("memory") && said.contains("96MiB"), "{said}");
    left::nothing(world);
}

#[test]
fn a_script_that_takes_too_much_memory_is_told_so_in_its_run() {
    let world = World::with(&[], &[KEEP_NONE[0], ("JCI_JOB_MEMORY", "96MiB")]);
    let (commit, job) = world.push("echo growing\ntail /dev/zero\n");
    let ended = world.wait_for(&job, "err");
    let statuses = world.site.wait_for_status(&commit, "jci", "failure");
    let said = &statuses.last().unwrap().description;
    assert!(said.contains("out-of-memory: 96MiB is the limit"), "{ended:#} {said}");
    left::nothing(world);
}

#[test]
fn what_a_job_leaves_running_ends_with_it() {
    let world = World::with(&[], &KEEP_NONE);
    let sleep = unique_sleep();
    let (_, job) = world.push(&format!(
        "setsid nohup sleep {sleep} >/dev/null 2>&1 &\n\
         (setsid sh -c 'trap \"\" TERM HUP; sleep {sleep} & exec sleep {sleep}' &)\n\
         exit 0\n"
    ));
    world.wait_for(&job, "ok");
    wait_until_no_container(&world);
    assert_eq!(sleepers(&sleep), [""; 0]);
    left::nothing(world);
}
