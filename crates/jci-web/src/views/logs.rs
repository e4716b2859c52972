//! Logs that somebody looks at, each read once for all who do.

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jci_store::{ActiveRun, Run, RunEntry, RunFile, RunName};

use super::{Found, ViewError, Views};
use crate::log::{Log, Timing};

/// The file that holds the log of a run.
const LOG: &[u8] = RunFile::LOG.as_bytes();

/// So many logs are kept that nobody looks at any more.
const KEPT: usize = 16;
/// So many bytes those may take on disk.
const KEPT_BYTES: u64 = 4 << 30;
/// So many logs may be looked at at once; each may take a thread while it grows.
const MOST: usize = 64;

/// A log with a claim to it: it is read for as long as somebody has one.
#[derive(Debug, Clone)]
pub(crate) struct SharedLog {
    pub(crate) log: Log,
    /// Whether it is that of a run that went on as it was opened.
    pub(crate) grows: bool,
    #[expect(dead_code, reason = "held, and given back when it is dropped")]
    claim: Arc<Claim>,
}

/// One of the places that there are for logs; given back when the last one lets go.
#[derive(Debug)]
struct Claim {
    taken: Arc<AtomicUsize>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a log is of.
#[derive(Debug, PartialEq, Eq)]
enum Key {
    /// A file of a run that is stored.
    Stored(RunName, Vec<u8>),
    /// The log of a run that goes on.
    Active(RunName),
}

/// The logs that are open, the one asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct Logs {
    open: Mutex<Vec<(Key, u64, SharedLog)>>,
    taken: Arc<AtomicUsize>,
}

impl Logs {
    fn get(
        &self,
        key: Key,
        size: u64,
        open: impl FnOnce(Weak<Claim>) -> Result<Log, ViewError>,
    ) -> Result<SharedLog, ViewError> {
        let mut logs = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = logs.iter().position(|(known, ..)| *known == key) {
            let found = logs.remove(at);
            let log = found.2.clone();
            logs.push(found);
            return Ok(log);
        }
        self.make_room(&mut logs, size);
        if self.taken.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.taken.fetch_sub(1, Ordering::Relaxed);
            return Err(ViewError::TooManyLogs { most: MOST });
        }
        let claim = Arc::new(Claim { taken: Arc::clone(&self.taken) });
        let log = open(Arc::downgrade(&claim))?;
        let grows = matches!(key, Key::Active(_));
        let shared = SharedLog { log, grows, claim };
        logs.push((key, size, shared.clone()));
        Ok(shared)
    }

    /// Lets go of logs, those that were not asked for the longest first.
    fn make_room(&self, logs: &mut Vec<(Key, u64, SharedLog)>, size: u64) {
        let too_much = |logs: &[(Key, u64, SharedLog)]| {
            let bytes: u64 = logs.iter().map(|(_, size, _)| size).sum();
            logs.len() >= KEPT || bytes.saturating_add(size) > KEPT_BYTES
        };
        while too_much(logs) && !logs.is_empty() {
            logs.remove(0);
        }
    }
}

/// Reads on for as long as somebody has a claim to what is read.
struct Claimed<R> {
    reader: R,
    claim: Weak<Claim>,
}

impl<R: Read> Read for Claimed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.claim.strong_count() == 0 {
            return Err(io::Error::other("nobody looks at it any more"));
        }
        self.reader.read(buffer)
    }
}

impl Views {
    /// Opens the log of a run, or another file of it that is to be shown as one.
    pub(crate) fn log(
        &self,
        commit: &str,
        run: &str,
        file: Option<&[u8]>,
    ) -> Result<SharedLog, ViewError> {
        let path = file.unwrap_or(LOG);
        match self.find(commit, run)? {
            Found::Stored(entry) => self.stored_log(&entry, path),
            Found::Active(run) if path == LOG => self.active_log(&run),
            Found::Active(run) => Err(ViewError::StillRunning { run: run.id().to_string() }),
        }
    }

    fn stored_log(&self, entry: &RunEntry, path: &[u8]) -> Result<SharedLog, ViewError> {
        let run = Run::open(&self.store, entry)?;
        let file = self.file(entry, path)?;
        let size = run.size(&file)?;
        self.logs.get(Key::Stored(entry.name, path.to_owned()), size, |claim| {
            let reader = Claimed { reader: run.read(&file)?, claim };
            let timing = if path == LOG { timing(&run)? } else { None };
            Log::read(reader, timing).map_err(|source| ViewError::Spool { source })
        })
    }

    fn active_log(&self, run: &ActiveRun) -> Result<SharedLog, ViewError> {
        let no_name = || ViewError::StillRunning { run: run.id().to_string() };
        let name = run.name().ok_or_else(no_name)?;
        self.logs.get(Key::Active(name), 0, |claim| {
            let (log, timing) = (run.log_path(), run.timing_path());
            let run = run.clone();
            let is_over = move || claim.strong_count() == 0 || !run.is_alive();
            Log::follow(log, Some(timing), is_over).map_err(|source| ViewError::Spool { source })
        })
    }
}

/// Reads when each piece of the log came; what makes no sense tells nothing.
fn timing(run: &Run<'_>) -> Result<Option<Timing>, ViewError> {
    let read = |file: RunFile| Ok(Timing::read(run.read(&file)?).ok());
    run.find(RunFile::TIMING.as_bytes())?.map_or(Ok(None), read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str) -> Key {
        let name = RunName {
            commit: "1".repeat(40).parse().unwrap(),
            id: "1767323000-0001".parse().unwrap(),
        };
        Key::Stored(name, path.as_bytes().to_owned())
    }

    fn open(logs: &Logs, path: &str, size: u64) -> Result<SharedLog, ViewError> {
        logs.get(key(path), size, |claim| {
            let reader = Claimed { reader: io::repeat(b'x').take(10), claim };
            Log::read(reader, None).map_err(|source| ViewError::Spool { source })
        })
    }

    #[test]
    fn a_log_is_opened_once() {
        let logs = Logs::default();
        let first = open(&logs, "a", 10).unwrap();
        let second = open(&logs, "a", 10).unwrap();
        assert_eq!(logs.taken.load(Ordering::Relaxed), 1);
        drop((first, second, logs.open.lock().unwrap().drain(..)));
        assert_eq!(logs.taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn those_that_nobody_looks_at_make_room_and_those_looked_at_are_bounded() {
        let logs = Logs::default();
        for number in 0..100 {
            drop(open(&logs, &number.to_string(), 10).unwrap());
        }
        assert_eq!(logs.taken.load(Ordering::Relaxed), KEPT);
        drop(open(&logs, "large", KEPT_BYTES).unwrap());
        assert_eq!(logs.taken.load(Ordering::Relaxed), 1);

        let looked_at: Vec<_> =
            (0..MOST - 1).map(|number| open(&logs, &number.to_string(), 10).unwrap()).collect();
        drop(open(&logs, "one more", 10));
        drop(logs.open.lock().unwrap().drain(..));
        let last = open(&logs, "last", 10).unwrap();
        let refused = open(&logs, "too many", 10);
        assert!(matches!(refused, Err(ViewError::TooManyLogs { .. })));
        drop((looked_at, last));
        drop(open(&logs, "again", 10).unwrap());
    }

    #[test]
    fn what_nobody_looks_at_is_not_read_on() {
        let claim = Arc::new(Claim { taken: Arc::new(AtomicUsize::new(1)) });
        let mut reader = Claimed { reader: io::repeat(b'x'), claim: Arc::downgrade(&claim) };
        assert!(reader.read(&mut [0; 10]).is_ok());
        drop(claim);
        assert!(reader.read(&mut [0; 10]).is_err());
    }
}
