//! Runs whose programs died.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use jci_store::{DeadRun, FinishOptions, Reason, Run, Status, Store};
use jci_testkit::Formats;

use crate::embedder::{Embedder, PASSED, begin, entry, read};

/// Finds the run that has died, and nothing else.
///
/// Not at once, perhaps: what another thread starts at this moment shares our files until it has
/// become another program, and so keeps the run alive.
fn the_dead(store: &Store) -> DeadRun<'_> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let mut dead = store.dead_runs();
        assert!(dead.len() <= 1, "{dead:?}");
        if let Some(dead) = dead.pop() {
            return dead;
        }
        assert!(Instant::now() < end, "the run lives on");
        thread::yield_now();
    }
}

#[test]
fn a_run_whose_program_died_is_stored_by_the_next() {
    for formats in Formats::ALL {
        let it = Embedder::with_formats(formats);
        let run = begin(&it.store, &it.commit);
        let name = run.name();
        let output = run.create_output_dir(it.repo.path()).unwrap();
        fs::write(output.join("file"), "left").unwrap();
        // As the end of a process does.
        drop(run);

        let next = Store::discover(it.repo.path()).unwrap();
        let dead = the_dead(&next);
        assert_eq!((dead.name(), dead.record().status), (name, Status::Running), "{formats:?}");
        assert_eq!(dead.output_dir(), Some(output));
        // Held by us, it is nobody else's to store.
        assert!(it.store.dead_runs().is_empty());
        let stored = dead.store(&FinishOptions::default()).unwrap().unwrap();
        assert_eq!(stored.name, name);
        let record = &stored.record;
        assert_eq!((record.status, record.reason), (Status::Err, Some(Reason::Interrupted)));
        let run = Run::open(&next, &entry(&next, &stored)).unwrap();
        assert_eq!(read(&run, b"file"), b"left");
        assert_eq!(read(&run, b"run.output.txt"), b"hello\n");
        assert!(next.dead_runs().is_empty());
        it.repo.fsck();
        it.repo.assert_no_remains();
    }
}

#[test]
fn a_lifeline_keeps_a_run_alive() {
    let it = Embedder::new();
    let run = begin(&it.store, &it.commit);
    let lifeline = run.lifeline().unwrap();
    drop(run);
    assert!(it.store.dead_runs().is_empty());
    assert_eq!(it.store.active_runs().len(), 1);
    drop(lifeline);
    assert_eq!(the_dead(&it.store).record().status, Status::Running);
}

#[test]
fn a_run_that_died_may_be_forgotten() {
    let it = Embedder::new();
    let run = begin(&it.store, &it.commit);
    run.create_output_dir(it.repo.path()).unwrap();
    drop(run);
    the_dead(&it.store).discard(&|_| Ok(())).unwrap();
    assert!(it.store.runs(None).unwrap().is_empty());
    it.repo.assert_no_remains();
}

#[test]
fn a_result_that_was_known_is_kept_until_there_is_a_way_to_store_it() {
    let it = Embedder::new();
    let run = begin(&it.store, &it.commit);
    let name = run.name();
    let output = run.create_output_dir(it.repo.path()).unwrap();
    fs::write(output.join("file"), "left").unwrap();
    // A file in the place of the folder that the ref would be in.
    let runs = it.repo.path().join(".git/refs/jci-runs");
    fs::write(&runs, "").unwrap();
    let error = run.finish(&PASSED, &FinishOptions::default()).unwrap_err();
    assert!(error.to_string().contains("its log and files are kept in"), "{error}");
    assert!(!error.is_disk_full());
    assert!(!output.exists(), "nothing is left in the work tree");

    fs::remove_file(runs).unwrap();
    let dead = the_dead(&it.store);
    let stored = dead.store(&FinishOptions::default()).unwrap().unwrap();
    assert_eq!((stored.name, stored.record.status), (name, Status::Ok));
    let run = Run::open(&it.store, &entry(&it.store, &stored)).unwrap();
    assert_eq!(read(&run, b"file"), b"left");
    it.repo.fsck();
    it.repo.assert_no_remains();
}
