//! What the tests share: a folder for each, jobs on threads, and events to wait for.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jci_exec::{Cancel, Job, Outcome, OutputSink, StartError};
use tempfile::TempDir;

/// How long an event may take before its test fails: a bound for failures, nothing waits for it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A grace period that is only waited out when a test fails.
pub(crate) const LONG: Duration = DEADLINE;

/// A folder for the scripts and files of one test.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that nobody may execute.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }
}

/// Runs a job to its end and gives what it wrote.
pub(crate) fn run(job: &Job) -> (Outcome, String) {
    let mut heard = Heard::default();
    let outcome = job.run(&mut heard, &Cancel::new()).unwrap();
    (outcome, heard.text())
}

/// Keeps the output and lets other threads wait for it.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl OutputSink for Heard {
    fn output(&mut self, _at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(())
    }
}

impl Heard {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.0.lock().unwrap().clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    /// Waits until the output contains `line` and its newline.
    pub(crate) fn wait_for(&self, line: &str) {
        let line = format!("{line}\n");
        let missing = |heard: &mut Vec<u8>| !String::from_utf8_lossy(heard).contains(&line);
        let (heard, result) =
            self.0.1.wait_timeout_while(self.0.0.lock().unwrap(), DEADLINE, missing).unwrap();
        assert!(!result.timed_out(), "no {line:?} in {:?}", String::from_utf8_lossy(&heard));
    }
}

/// A job that runs on a thread of its own.
pub(crate) struct Running {
    pub(crate) heard: Heard,
    pub(crate) cancel: Cancel,
    thread: JoinHandle<Result<Outcome, StartError>>,
}

impl Running {
    pub(crate) fn start(job: &Job) -> Self {
        Self::start_with(job, Cancel::new())
    }

    pub(crate) fn start_with(job: &Job, cancel: Cancel) -> Self {
        let heard = Heard::default();
        let (job, mut sink, handle) = (job.clone(), heard.clone(), cancel.clone());
        let thread = thread::spawn(move || job.run(&mut sink, &handle));
        Self { heard, cancel, thread }
    }

    pub(crate) fn end(self) -> Outcome {
        self.thread.join().unwrap().unwrap()
    }
}

/// Fails if `since` is longer ago than a test may take: then something was waited out.
pub(crate) fn assert_prompt(since: Instant) {
    let taken = since.elapsed();
    assert!(taken < DEADLINE, "took {taken:?}");
}
