//! Logs that somebody looks at, each read once for all who do.

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use thiserror::Error;

use super::Log;

/// So many logs are kept that nobody looks at any more.
const KEPT: usize = 16;
/// So many bytes those may take on disk.
const KEPT_BYTES: u64 = 4 << 30;
/// So many logs may be looked at at once; each may take a thread while it grows.
const MOST: usize = 64;

/// A log with a claim to it: it is read for as long as somebody has one.
#[derive(Debug, Clone)]
pub struct SharedLog {
    pub(crate) log: Log,
    /// Whether it is one that grew as it was opened.
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

/// Tells whoever reads a log whether anybody still wants it.
#[derive(Debug, Clone)]
pub struct Interest(Weak<Claim>);

impl Interest {
    /// Tells whether nobody does.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }
}

/// Fails because as many logs are looked at as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{most} logs are looked at already; close one of them, or wait a moment")]
pub struct TooManyLogs {
    /// How many may be.
    pub most: usize,
}

/// The logs that are open, by what they are of; the one asked for last is at the end.
///
/// So many may be looked at at once; of those that nobody looks at any more some are kept for the
/// next who does.
#[derive(Debug)]
pub struct LogShelf<K> {
    open: Mutex<Vec<(K, u64, SharedLog)>>,
    taken: Arc<AtomicUsize>,
}

impl<K> Default for LogShelf<K> {
    fn default() -> Self {
        Self { open: Mutex::default(), taken: Arc::default() }
    }
}

impl<K: PartialEq> LogShelf<K> {
    /// Returns the log of a key, and opens it if it is not open; the size is what it takes on disk,
    /// 0 for one that is read where it is.
    ///
    /// # Errors
    ///
    /// If too many logs are looked at, or opening it fails.
    pub fn get<E: From<TooManyLogs>>(
        &self,
        key: K,
        size: u64,
        grows: bool,
        open: impl FnOnce(Interest) -> Result<Log, E>,
    ) -> Result<SharedLog, E> {
        let mut logs = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = logs.iter().position(|(known, ..)| *known == key) {
            let found = logs.remove(at);
            let log = found.2.clone();
            logs.push(found);
            return Ok(log);
        }
        Self::make_room(&mut logs, size);
        if self.taken.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.taken.fetch_sub(1, Ordering::Relaxed);
            return Err(TooManyLogs { most: MOST }.into());
        }
        let claim = Arc::new(Claim { taken: Arc::clone(&self.taken) });
        let log = open(Interest(Arc::downgrade(&claim)))?;
        let shared = SharedLog { log, grows, claim };
        logs.push((key, size, shared.clone()));
        Ok(shared)
    }

    /// Lets go of logs, those that were not asked for the longest first.
    fn make_room(logs: &mut Vec<(K, u64, SharedLog)>, size: u64) {
        let too_much = |logs: &[(K, u64, SharedLog)]| {
            let bytes: u64 = logs.iter().map(|(_, size, _)| size).sum();
            logs.len() >= KEPT || bytes.saturating_add(size) > KEPT_BYTES
        };
        while too_much(logs) && !logs.is_empty() {
            logs.remove(0);
        }
    }
}

/// Reads on for as long as somebody wants what is read.
#[derive(Debug)]
pub(crate) struct WhileWanted<R> {
    pub(crate) reader: R,
    pub(crate) interest: Interest,
}

impl<R: Read> Read for WhileWanted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interest.is_gone() {
            return Err(io::Error::other("nobody looks at it any more"));
        }
        self.reader.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Error)]
    enum OpenError {
        #[error(transparent)]
        TooMany(#[from] TooManyLogs),
        #[error(transparent)]
        Read(#[from] io::Error),
    }

    type Logs = LogShelf<String>;

    fn open(logs: &Logs, path: &str, size: u64) -> Result<SharedLog, OpenError> {
        logs.get(path.to_owned(), size, false, |interest| {
            let reader = WhileWanted { reader: io::repeat(b'x').take(10), interest };
            Ok(Log::read(reader, None)?)
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
        assert!(matches!(refused, Err(OpenError::TooMany(_))));
        drop((looked_at, last));
        drop(open(&logs, "again", 10).unwrap());
    }

    #[test]
    fn what_nobody_looks_at_is_not_read_on() {
        let claim = Arc::new(Claim { taken: Arc::new(AtomicUsize::new(1)) });
        let interest = Interest(Arc::downgrade(&claim));
        let mut reader = WhileWanted { reader: io::repeat(b'x'), interest };
        assert!(reader.read(&mut [0; 10]).is_ok());
        drop(claim);
        assert!(reader.read(&mut [0; 10]).is_err());
    }
}
