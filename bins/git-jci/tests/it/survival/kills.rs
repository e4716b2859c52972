//! SIGKILL.

use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use jci_testkit::{Fault, Finished, Strace, thorough};

use super::trial::{CHECKOUT, DAEMON, LOOSE, PACK, REFTABLE, Trial, Workload};
use crate::jci::BINARY;

/// So many kills share a repository, and one `git fsck`.
const BATCH: usize = 40;

/// Kills a run at each of its system calls.
fn kill_everywhere(workload: Workload) {
    let points = Trial::new(workload).points();
    assert!(points.len() > 50, "there is something to kill: {points:?}");
    for batch in points.chunks(BATCH) {
        let mut trial = Trial::new(workload);
        trial.points();
        for point in batch {
            let strace = Strace::new(&trial.repo.environment);
            let mut command =
                strace.with_fault(Fault::Kill, point, BINARY, trial.arguments(), trial.repo.path());
            let finished = Finished::of(&mut command);
            trial.check(&format_args!("{workload:?} killed at {point} ({:?})", finished.code()));
        }
        trial.repo.fsck();
    }
}

#[test]
fn a_run_of_few_files_survives_a_kill_at_every_system_call() {
    kill_everywhere(LOOSE);
}

#[test]
fn a_run_of_many_files_survives_a_kill_at_every_system_call() {
    kill_everywhere(PACK);
}

#[test]
fn a_run_in_a_checkout_survives_a_kill_at_every_system_call() {
    kill_everywhere(CHECKOUT);
}

#[test]
fn a_run_in_a_reftable_repository_survives_a_kill_at_every_system_call() {
    kill_everywhere(REFTABLE);
}

/// The command that stores what died may die itself.
#[test]
fn recovery_survives_a_kill_at_every_system_call() {
    recovery_killed_everywhere(LOOSE);
    if thorough() {
        recovery_killed_everywhere(PACK);
        recovery_killed_everywhere(CHECKOUT);
    }
}

fn recovery_killed_everywhere(workload: Workload) {
    let first = Trial::new(workload);
    let run_points = first.points();
    let dies = run_points.iter().find(|point| point.call == "fsync").expect("a run is synced");
    let die = |trial: &Trial| {
        let strace = Strace::new(&trial.repo.environment);
        let arguments = trial.arguments();
        let mut run = strace.with_fault(Fault::Kill, dies, BINARY, arguments, trial.repo.path());
        assert_eq!(Finished::of(&mut run).code(), None);
    };
    die(&first);
    let strace = Strace::new(&first.repo.environment);
    let calls = super::trial::CALLS;
    let (finished, calls) = strace.calls(&calls, false, BINARY, &["ls"], first.repo.path());
    assert!(finished.stderr().contains("note: stored the run"), "{finished:?}");
    let mut trial = Trial::new(workload);
    trial.points();
    for point in super::trial::points(&calls) {
        die(&trial);
        let strace = Strace::new(&trial.repo.environment);
        let mut recovery =
            strace.with_fault(Fault::Kill, &point, BINARY, &["ls"], trial.repo.path());
        let _ = Finished::of(&mut recovery);
        trial.check(&format_args!("{workload:?} died at {dies}, recovery killed at {point}"));
    }
    trial.repo.fsck();
}

/// Kills at any time, also while the script runs, and whatever thread is at work.
#[test]
fn a_run_survives_a_kill_at_any_time() {
    let seed = std::env::var("JCI_TEST_SEED").map_or(20_260_102, |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    let count = if thorough() { 3000 } else { 120 };
    let workloads = [LOOSE, PACK, CHECKOUT, REFTABLE, DAEMON];
    let mut trials = workloads.map(|workload| (Trial::new(workload), workload));
    for round in 0..count {
        let (trial, workload) = &mut trials[random.usize(..workloads.len())];
        let delay = Duration::from_micros(random.u64(..120_000));
        // A git that is killed leaves its lock on the refs of a reftable, for people to remove.
        let with_git = workload.formats != REFTABLE.formats && random.bool();
        let mut command = trial.repo.environment.command(BINARY, trial.repo.path());
        command.args(trial.arguments()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.process_group(0).spawn().unwrap();
        std::thread::sleep(delay);
        if with_git {
            let group = format!("-{}", child.id());
            let _ = trial.repo.run("kill", &["-KILL", "--", &group]).success();
        } else {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        let what = format!("{workload:?} killed after {delay:?}, with its git: {with_git}");
        trial.check(&format_args!("seed {seed}, round {round}: {what}"));
    }
    for (trial, _) in trials {
        trial.repo.fsck();
    }
}
