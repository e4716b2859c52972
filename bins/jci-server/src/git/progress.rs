//! How much has moved, and whether anything still does.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Fails because nothing has moved for too long, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence;

/// The bytes of one request and its answer.
#[derive(Debug)]
pub(crate) struct Progress {
    started: Instant,
    limit: Duration,
    /// Milliseconds between the start and the last byte.
    last: AtomicU64,
    from_git: AtomicU64,
    to_git: AtomicU64,
}

impl Progress {
    /// Begins to watch; `limit` is how long nothing may move.
    pub(crate) fn new(limit: Duration) -> Self {
        let zero = || AtomicU64::new(0);
        Self { started: Instant::now(), limit, last: zero(), from_git: zero(), to_git: zero() }
    }

    /// Notes bytes that came from git.
    pub(crate) fn came(&self, bytes: usize) {
        self.from_git.fetch_add(bytes as u64, Ordering::Relaxed);
        self.moved();
    }

    /// Notes bytes that went to git.
    pub(crate) fn went(&self, bytes: usize) {
        self.to_git.fetch_add(bytes as u64, Ordering::Relaxed);
        self.moved();
    }

    /// Returns how many bytes came from git.
    pub(crate) fn received(&self) -> u64 {
        self.from_git.load(Ordering::Relaxed)
    }

    /// Returns how many bytes went to git.
    pub(crate) fn sent(&self) -> u64 {
        self.to_git.load(Ordering::Relaxed)
    }

    /// Waits for something as long as anything moves, be it somewhere else.
    ///
    /// A forge that says nothing while a pack goes to it is not silent.
    ///
    /// # Errors
    ///
    /// Fails once nothing has moved for too long.
    pub(crate) async fn watch<T>(&self, future: impl Future<Output = T>) -> Result<T, Silence> {
        let mut future = std::pin::pin!(future);
        // The wait itself begins now: what came before it may have taken its time.
        self.moved();
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                done = &mut future => return Ok(done),
                () = sleep_until(deadline) => {
                    if self.deadline() <= Instant::now() {
                        return Err(Silence);
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Instant {
        self.started + Duration::from_millis(self.last.load(Ordering::Relaxed)) + self.limit
    }

    fn moved(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.fetch_max(now, Ordering::Relaxed);
    }
}
