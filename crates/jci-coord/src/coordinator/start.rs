//! A runner has begun.

use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use crate::audit::{Action, Actor};
use crate::clock::later;
use crate::ids::AttemptId;
use crate::state::{AttemptState, Event, Job, Refusal};
use crate::store::StoreError;

/// Why an attempt cannot be said to have begun.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no such attempt.
    #[error("there is no attempt {attempt}")]
    Unknown {
        /// The attempt that was named.
        attempt: AttemptId,
    },
    /// The attempt is over: the runner must stop.
    #[error("attempt {attempt} cannot begin")]
    Stale {
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        source: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(StartError);

impl Coordinator {
    /// Notes that a runner has begun. Its time-out counts from now, and its lease begins anew. Said
    /// twice, it is the same, but for the lease.
    ///
    /// # Errors
    ///
    /// If the attempt is unknown or over, or the store fails.
    pub async fn start(&self, id: &AttemptId) -> Result<Job, StartError> {
        retry(|| self.try_start(id)).await
    }

    async fn try_start(&self, id: &AttemptId) -> Result<Job, StartError> {
        let unknown = || StartError::Unknown { attempt: id.clone() };
        let mut work = self.begin().await?;
        let job = work.tx.job(&id.job).await?.ok_or_else(unknown)?;
        let mut attempt = work.tx.attempt(id).await?.ok_or_else(unknown)?;
        let by = Actor::Runner(attempt.runner.clone());
        let started = match work.step(&job, &Event::Started { attempt: id.number }).await? {
            Ok(started) => started,
            Err(refusal) => {
                work.audit_refusal(&by, Action::Started, &job, refusal.to_string()).await?;
                work.commit().await?;
                return Err(StartError::Stale { attempt: id.clone(), source: refusal });
            }
        };
        // Whoever begins lives: a runner counts its lease from here, even if the answer to its
        // claim, or to the first time it said this, was long on its way.
        attempt.beat = attempt.beat.map(|beat| beat + 1);
        if attempt.state == AttemptState::Assigned {
            attempt.state = AttemptState::Running;
            attempt.started = Some(work.now);
            attempt.deadline = later(work.now, job.spec.timeout);
            work.audit(&by, Action::Started, &started, format!("attempt {}", id.number)).await?;
        }
        work.tx.update_attempt(&attempt).await?;
        work.commit().await?;
        self.see_attempt(&attempt);
        Ok(started)
    }
}
