//! Somebody wants a job to stop.

use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use crate::audit::{Action, Actor};
use crate::ids::{AttemptId, JobId};
use crate::state::{Event, Job, JobState, Refusal};
use crate::store::StoreError;

/// What became of the wish to stop a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It waited, and is cancelled.
    Now(Job),
    /// A runner has it and is told to stop it when it renews. If it does not say so in time, the
    /// job is cancelled without it.
    Asked(Job),
}

/// Why a job cannot be stopped.
#[derive(Debug, Error)]
pub enum CancelError {
    /// There is no such job.
    #[error("there is no job {job}")]
    Unknown {
        /// The job that was named.
        job: JobId,
    },
    /// It has ended.
    #[error("job {job} has ended: it is {state}")]
    Ended {
        /// The job.
        job: JobId,
        /// How it ended.
        state: JobState,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(CancelError);

impl Coordinator {
    /// Stops a job: at once if it waits, else with the help of its runner.
    ///
    /// # Errors
    ///
    /// If there is no such job, it has ended, or the store fails.
    pub async fn cancel(&self, id: &JobId, by: &Actor) -> Result<Cancelled, CancelError> {
        retry(|| self.try_cancel(id, by)).await
    }

    async fn try_cancel(&self, id: &JobId, by: &Actor) -> Result<Cancelled, CancelError> {
        let mut work = self.begin().await?;
        let Some(job) = work.tx.job(id).await? else {
            return Err(CancelError::Unknown { job: id.clone() });
        };
        let after = match work.step(&job, &Event::CancelAsked { by: by.clone() }).await? {
            Ok(after) => after,
            Err(refusal) => {
                work.audit_refusal(by, Action::Cancelled, &job, refusal.to_string()).await?;
                work.commit().await?;
                return Err(refused(id, &job, &refusal));
            }
        };
        if let Some(number) = job.attempt.filter(|_| job.state.is_live()) {
            let attempt = AttemptId { job: id.clone(), number };
            if let Some(mut attempt) = work.tx.attempt(&attempt).await? {
                attempt.cancel = true;
                work.tx.update_attempt(&attempt).await?;
            }
        }
        work.audit(by, Action::Cancelled, &after, "").await?;
        work.commit().await?;
        let is_over = after.state.is_final();
        Ok(if is_over { Cancelled::Now(after) } else { Cancelled::Asked(after) })
    }
}

fn refused(id: &JobId, job: &Job, refusal: &Refusal) -> CancelError {
    let state = match refusal {
        Refusal::Ended { state } | Refusal::NotNow { state, .. } | Refusal::Stale { state, .. } => {
            *state
        }
    };
    debug_assert_eq!(state, job.state, "a refusal names the state of its job");
    CancelError::Ended { job: id.clone(), state }
}
