//! The system fails a call: a full disk, a broken one, a limit that is reached.

use jci_testkit::{Fault, Finished, Point, Strace};

use super::trial::{CHECKOUT, LOOSE, PACK, Trial, Workload};
use crate::jci::BINARY;

/// What each call may fail with.
const ERRORS: [(&str, &str); 16] = [
    ("openat", "ENOSPC"),
    ("write", "ENOSPC"),
    ("fsync", "EIO"),
    ("rename", "EIO"),
    ("renameat", "EIO"),
    ("mkdir", "ENOSPC"),
    ("rmdir", "EBUSY"),
    ("unlink", "EROFS"),
    ("unlinkat", "EBUSY"),
    ("symlink", "ENOSPC"),
    ("fchmod", "EPERM"),
    ("ftruncate", "EIO"),
    ("utimensat", "EACCES"),
    ("flock", "ENOLCK"),
    ("clone3", "EAGAIN"),
    ("vfork", "EAGAIN"),
];

/// Lets each call of a run fail once, or from there on, and checks what is said and kept.
fn fail_everywhere(workload: Workload, fault: fn(&'static str) -> Fault) {
    let mut trial = Trial::new(workload);
    for point in trial.points() {
        let Some((_, error)) = ERRORS.iter().find(|(call, _)| *call == point.call) else {
            continue;
        };
        let fault = fault(error);
        let what = format!("{workload:?}, {fault:?} at {point}");
        let before = trial.started().len();
        let finished = run_with(&trial, fault, &point);
        assert_told(&finished, fault, &point, &what);
        if finished.stderr().contains("error: failed to start the script") {
            // It may have begun before there turned out to be no thread to watch over it.
            trial.forget_from(before);
        }
        trial.check(&what);
        if finished.code() == Some(0) {
            assert_eq!(trial.started().len(), before + 1, "{what}: {finished:?}");
        }
    }
    trial.repo.fsck();
}

fn run_with(trial: &Trial, fault: Fault, point: &Point) -> Finished {
    let strace = Strace::new(&trial.repo.environment);
    let (arguments, path) = (trial.arguments(), trial.repo.path());
    Finished::of(&mut strace.with_fault(fault, point, BINARY, arguments, path))
}

/// Asserts that a run passed, told of its failure, or was stored as one whose log is not complete.
#[track_caller]
fn assert_told(finished: &Finished, fault: Fault, point: &Point, what: &str) {
    let said = finished.stderr();
    // Where nothing can be written, nothing can be said.
    let mute = matches!(fault, Fault::ErrorFromHere(_)) && point.call == "write";
    let told = match finished.code() {
        Some(0) => true,
        Some(1) => said.contains("jci: err (log-incomplete)"),
        Some(4) if mute => true,
        Some(4) => said.lines().any(|line| line.starts_with("error: failed to ")),
        _ => false,
    };
    assert!(told, "{what}: {finished:?}");
}

#[test]
fn a_run_of_few_files_tells_of_every_call_that_fails() {
    fail_everywhere(LOOSE, Fault::Error);
}

#[test]
fn a_run_of_many_files_tells_of_every_call_that_fails() {
    fail_everywhere(PACK, Fault::Error);
}

#[test]
fn a_run_in_a_checkout_tells_of_every_call_that_fails() {
    fail_everywhere(CHECKOUT, Fault::Error);
}

#[test]
fn a_run_tells_of_a_disk_that_fails_from_any_call_on() {
    fail_everywhere(LOOSE, Fault::ErrorFromHere);
}
