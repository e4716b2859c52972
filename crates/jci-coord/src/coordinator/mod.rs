//! Everything that can be done with the queue, each thing in one transaction.

mod approve;
mod cancel;
mod claim;
mod expire;
mod finish;
mod outbox;
mod prune;
mod read;
mod renew;
mod rerun;
mod retry;
mod schedules;
mod settle;
mod start;
mod submit;
mod work;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::broadcast;

pub use approve::ApproveError;
pub use cancel::{CancelError, Cancelled};
pub use claim::{Assignment, Claim, Claimed};
pub use expire::{Expired, Why};
pub use finish::{FinishError, Reported};
pub use outbox::OutboxError;
pub use prune::Pruned;
pub use read::{Depth, Grant, RunnerView};
pub use renew::Renewal;
pub use rerun::RerunError;
pub use schedules::{DueSchedule, SetSchedulesError};
pub use settle::SettleError;
pub use start::StartError;
pub use submit::{SubmitError, Submitted};

use crate::clock::Clock;
use crate::random::Random;
use crate::settings::Settings;
use crate::state::Rules;
use crate::store::{Change, Store, StoreError};
use expire::Sights;
use work::Work;

/// So many changes may happen before a listener that does not listen misses some.
const CHANGES: usize = 1024;

/// The queue: the one place where its rules are.
///
/// Several coordinators, in several processes, may work on one store. Every operation is one
/// transaction: it has happened when it returns, and if it fails, or its future is dropped, it has
/// happened wholly or not at all.
pub struct Coordinator {
    store: Arc<dyn Store>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sights: Mutex<Sights>,
    changes: broadcast::Sender<Change>,
}

impl Coordinator {
    /// Makes a coordinator. Time and randomness come from nowhere but the two that are given.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (changes, _) = broadcast::channel(CHANGES);
        let sights = Mutex::new(Sights::new());
        Self { store, settings, clock, random, sights, changes }
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Listens to changes, from now on. A listener that lags behind must look at everything again.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Hands on the changes that other servers make on the same store, until that fails. Changes
    /// made through this server may be heard twice.
    ///
    /// # Errors
    ///
    /// If the store cannot be listened to. Whoever calls this again listens again; in between,
    /// changes may have been missed, which listeners are told with [`Change::Missed`].
    pub async fn follow_other_servers(&self) -> Result<(), StoreError> {
        loop {
            let change = self.store.foreign_change().await.inspect_err(|_| {
                // There may be no listener, which is fine.
                let _ = self.changes.send(Change::Missed);
            })?;
            let _ = self.changes.send(change);
        }
    }

    /// Tells the time for records, in the milliseconds that every store can keep.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn rules(&self, now: Timestamp) -> Rules {
        Rules { now, max_attempts: self.settings.max_attempts, backoff: self.settings.job_backoff }
    }

    /// Begins an operation that may write.
    async fn begin(&self) -> Result<Work<'_>, StoreError> {
        Ok(Work::new(self, self.store.write().await?))
    }

    /// Locks what this process has seen of attempts and claims.
    fn sights(&self) -> MutexGuard<'_, Sights> {
        // What is in there is right after every step, so that a panic elsewhere spoils nothing.
        self.sights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Coordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coordinator").field("settings", &self.settings).finish_non_exhaustive()
    }
}
