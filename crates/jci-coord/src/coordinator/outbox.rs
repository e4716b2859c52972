//! What the forge is to be told, and what became of it.

use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use super::work::Work;
use crate::audit::{Action, Actor};
use crate::clock::later;
use crate::ids::StatusId;
use crate::status::{Progress, Retry, Status};
use crate::store::{Change, StoreError};

/// Why the outbox could not be read or written.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// There is no such status; the job may have been pruned.
    #[error("there is no status {id}")]
    Unknown {
        /// The status that was named.
        id: StatusId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(OutboxError);

impl Coordinator {
    /// Takes statuses that are to be sent now, at most so many, and no two of the same commit.
    ///
    /// They belong to this server until it says what became of them; if it does not say so in time,
    /// because it died, another one takes them.
    ///
    /// # Errors
    ///
    /// If the store fails: then none is taken.
    pub async fn due_statuses(&self, limit: u32) -> Result<Vec<Status>, OutboxError> {
        self.release_lapsed().await?;
        let mut tx = self.store.read().await?;
        let now = self.now();
        let horizon = later(now, self.settings.status_backoff.greatest);
        let is_idle = tx.sendable_statuses(now, horizon, 1).await?.is_empty();
        drop(tx);
        if is_idle { Ok(Vec::new()) } else { retry(|| self.take_statuses(limit)).await }
    }

    async fn take_statuses(&self, limit: u32) -> Result<Vec<Status>, OutboxError> {
        let mut work = self.begin().await?;
        let (now, monotonic) = (work.now, self.clock.monotonic());
        let horizon = later(now, self.settings.status_backoff.greatest);
        let mut taken = work.tx.sendable_statuses(now, horizon, limit).await?;
        for status in &mut taken {
            status.claimed = true;
            status.claims += 1;
            work.tx.update_status(status).await?;
        }
        work.commit().await?;
        let mut sights = self.sights();
        for status in &taken {
            sights.statuses.look(&status.id, status.claims, monotonic);
        }
        Ok(taken)
    }

    /// Puts statuses back that a server took and then said nothing of.
    async fn release_lapsed(&self) -> Result<(), OutboxError> {
        let claimed = self.store.read().await?.claimed_statuses().await?;
        let monotonic = self.clock.monotonic();
        let lapsed: Vec<_> = {
            let mut sights = self.sights();
            sights.statuses.keep(|id| claimed.iter().any(|status| status.id == *id));
            let mut silent = |it: &Status| sights.statuses.look(&it.id, it.claims, monotonic);
            claimed.into_iter().filter(|it| silent(it) >= self.settings.claim).collect()
        };
        for status in lapsed {
            retry(|| self.release(&status)).await?;
        }
        Ok(())
    }

    async fn release(&self, seen: &Status) -> Result<(), OutboxError> {
        let mut work = self.begin().await?;
        let Some(mut status) = work.tx.status(seen.id).await? else { return Ok(()) };
        if !status.claimed || status.claims != seen.claims {
            return Ok(());
        }
        if work.tx.has_newer_status(&status.what.job, status.id).await? {
            work.tx.delete_status(status.id).await?;
        } else {
            status.claimed = false;
            work.tx.update_status(&status).await?;
        }
        Ok(work.commit().await?)
    }

    /// Notes that the forge has a status that this server took.
    ///
    /// If it took so long that another server has the status by now, nothing is noted: only who
    /// sends it last knows when it is on its way no more.
    ///
    /// # Errors
    ///
    /// If there is no such status or the store fails.
    pub async fn status_sent(&self, taken: &Status) -> Result<(), OutboxError> {
        retry(|| self.try_status_sent(taken)).await
    }

    async fn try_status_sent(&self, taken: &Status) -> Result<(), OutboxError> {
        let mut work = self.begin().await?;
        let Some(mut status) = held(&mut work, taken).await? else { return Ok(()) };
        status.progress = Progress::Sent;
        status.claimed = false;
        status.last_error = None;
        work.tx.update_status(&status).await?;
        // What comes next for this commit could not be sent before.
        work.note(Change::Status);
        Ok(work.commit().await?)
    }

    /// Notes that a status that this server took could not be sent, and what to do with it. One
    /// that is not the newest of its job any more is dropped: the newer one says it better. If
    /// another server has it by now, nothing is noted, as in [`Coordinator::status_sent`].
    ///
    /// # Errors
    ///
    /// If there is no such status or the store fails.
    pub async fn status_failed(&self, taken: &Status, verdict: &Retry) -> Result<(), OutboxError> {
        retry(|| self.try_status_failed(taken, verdict)).await
    }

    async fn try_status_failed(&self, taken: &Status, verdict: &Retry) -> Result<(), OutboxError> {
        let mut work = self.begin().await?;
        let Some(mut status) = held(&mut work, taken).await? else { return Ok(()) };
        let id = status.id;
        if work.tx.has_newer_status(&status.what.job, id).await? {
            work.tx.delete_status(id).await?;
            work.note(Change::Status);
            return Ok(work.commit().await?);
        }
        status.claimed = false;
        status.failures = status.failures.saturating_add(1);
        let greatest = self.settings.status_backoff.greatest;
        let (why, wait) = match verdict {
            Retry::Later { why } => {
                (why, Some(self.settings.status_backoff.after(status.failures)))
            }
            // A wait beyond the longest would look like a clock that has jumped.
            Retry::After { wait, why } => (why, Some((*wait).min(greatest))),
            Retry::Never { why } => (why, None),
        };
        status.last_error = Some(why.clone());
        match wait {
            Some(wait) => status.next_try = later(work.now, wait),
            None => status.progress = Progress::GivenUp,
        }
        work.tx.update_status(&status).await?;
        if let Some(job) = work.tx.job(&status.what.job).await?.filter(|_| wait.is_none()) {
            work.audit(&Actor::Server, Action::StatusGivenUp, &job, &**why).await?;
            work.note(Change::Status);
        }
        Ok(work.commit().await?)
    }
}

/// Reads a status, unless something was noted of it since it was taken, or another server has
/// taken it.
async fn held(work: &mut Work<'_>, taken: &Status) -> Result<Option<Status>, OutboxError> {
    let found = work.tx.status(taken.id).await?;
    let status = found.ok_or(OutboxError::Unknown { id: taken.id })?;
    let is_held = status.progress == Progress::Unsent && status.claims == taken.claims;
    Ok(is_held.then_some(status))
}
