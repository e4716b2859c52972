//! Waiting for something to change, for threads and for tasks, without looking again and again.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long anybody waits before the test fails: far longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells all who wait that something changed.
#[derive(Debug)]
pub(super) struct Changes {
    count: Mutex<u64>,
    condition: Condvar,
    tasks: watch::Sender<u64>,
}

impl Changes {
    pub(super) fn new() -> Self {
        Self { count: Mutex::new(0), condition: Condvar::new(), tasks: watch::Sender::new(0) }
    }

    /// Says that something changed.
    pub(super) fn announce(&self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        self.condition.notify_all();
        self.tasks.send_replace(*count);
    }

    /// Looks after each change until there is something to see.
    #[track_caller]
    pub(super) fn wait<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            // The count is read before the look: a change in between cuts the wait short.
            let seen = *self.count.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = look() {
                return found;
            }
            let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            let left = end.saturating_duration_since(Instant::now());
            let (count, timeout) = self
                .condition
                .wait_timeout_while(count, left, |count| *count == seen)
                .unwrap_or_else(PoisonError::into_inner);
            drop(count);
            assert!(!timeout.timed_out(), "waited in vain for {what}");
        }
    }

    /// Looks after each change until there is something to see.
    pub(super) async fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let mut changes = self.tasks.subscribe();
        let seeing = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look() {
                    return found;
                }
                changes.changed().await.expect("whoever waits keeps the sender");
            }
        };
        let found = tokio::time::timeout(PATIENCE, seeing).await;
        found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }
}
