//! What the one who reads a log and those who look at it share.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use jci_proto::LogExtent;

use super::block::Block;
use super::bytes::Bytes;
use super::marks::Found;
use super::search::Searches;
use super::stored::StoredLine;
use super::timing::Timing;

/// All that is known of a log.
#[derive(Debug)]
pub(super) struct Shared {
    /// The log, byte for byte.
    pub(super) raw: Bytes,
    /// Lines that would take too long to paint again, as they were painted.
    pub(super) kept: OnceLock<Bytes>,
    pub(super) timing: RwLock<Option<Timing>>,
    pub(super) searches: Searches,
    state: Mutex<State>,
    changed: Condvar,
}

/// How far the reading of a log has come.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) blocks: Vec<Block>,
    pub(super) lines: u64,
    pub(super) settled: u64,
    pub(super) bytes: u64,
    pub(super) complete: bool,
    /// The lines after those of the blocks, if only a screen knows them.
    pub(super) screen: Option<Arc<Painted>>,
    pub(super) found: Arc<Found>,
    pub(super) problem: Option<String>,
    wakers: Vec<Waker>,
}

/// Lines as they are on a screen.
#[derive(Debug)]
pub(super) struct Painted {
    /// The number of the first.
    pub(super) first: u64,
    pub(super) lines: Vec<StoredLine>,
}

impl State {
    pub(super) fn extent(&self) -> LogExtent {
        LogExtent {
            lines: self.lines,
            settled: self.settled,
            bytes: self.bytes,
            complete: self.complete,
            broken: self.problem.is_some(),
        }
    }
}

impl Shared {
    pub(super) fn new(raw: Bytes, timing: Option<Timing>) -> Self {
        Self {
            raw,
            kept: OnceLock::new(),
            timing: RwLock::new(timing),
            searches: Searches::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and tells all who wait for that.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Blocks until the extent differs from the one that was seen, or the time is over.
    pub(super) fn wait(&self, seen: LogExtent, at_most: Duration) -> LogExtent {
        let deadline = Instant::now() + at_most;
        let mut state = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.extent() != seen || left.is_zero() {
                return state.extent();
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Tells when the byte at an offset came.
    pub(super) fn time(&self, offset: Option<u64>) -> Option<u64> {
        let timing = self.timing.read().unwrap_or_else(PoisonError::into_inner);
        timing.as_ref()?.at(offset?)
    }
}

/// Waits, without a thread, until the extent differs from the one that was seen.
pub(super) struct Changed {
    pub(super) shared: Arc<Shared>,
    pub(super) seen: LogExtent,
}

impl Future for Changed {
    type Output = LogExtent;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<LogExtent> {
        let mut state = self.shared.lock();
        if state.extent() != self.seen {
            return Poll::Ready(state.extent());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            state.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }
}
