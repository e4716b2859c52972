//! A run that was found in the repository says how a job ended.

use thiserror::Error;

use super::retry::{operation_error, retry};
use super::{Coordinator, Reported};
use crate::audit::{Action, Actor};
use crate::ids::{AttemptId, JobId};
use crate::state::{AttemptEnd, Event, JobState, Outcome, Refusal, Verdict};
use crate::store::StoreError;

/// Why a result does not count.
#[derive(Debug, Error)]
pub enum SettleError {
    /// There is no such job.
    #[error("there is no job {job}")]
    Unknown {
        /// The job that was named.
        job: JobId,
    },
    /// The job has ended otherwise, and the first word counts.
    #[error("a run says {now:?} of job {job}, which is {before}")]
    Contradicts {
        /// The job.
        job: JobId,
        /// How it ended.
        before: JobState,
        /// What the run says.
        now: Verdict,
    },
    /// Nobody was ever told to run the job, so that the run is none of it.
    #[error("a run says how job {job} ended, which nobody has begun")]
    NotBegun {
        /// The job.
        job: JobId,
        /// Where it is.
        source: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(SettleError);

impl Coordinator {
    /// Takes the result of a run that was found in the repository for the job that made it.
    ///
    /// It ends the attempt that goes on, as a report of its runner does; and it ends a job that
    /// waits for another attempt, since the runner that was lost had done its work after all.
    ///
    /// # Errors
    ///
    /// If there is no such job, it has ended otherwise, or was never begun; or the store fails.
    pub async fn settle(&self, id: &JobId, outcome: &Outcome) -> Result<Reported, SettleError> {
        retry(|| self.try_settle(id, outcome)).await
    }

    async fn try_settle(&self, id: &JobId, outcome: &Outcome) -> Result<Reported, SettleError> {
        let mut work = self.begin().await?;
        let Some(job) = work.tx.job(id).await? else {
            return Err(SettleError::Unknown { job: id.clone() });
        };
        if job.state == outcome.verdict.state() {
            return Ok(Reported::Again(job));
        }
        let after = match work.step(&job, &Event::Settled { outcome: outcome.clone() }).await? {
            Ok(after) => after,
            Err(refusal) => {
                let why = format!("a run says {}: {refusal}", outcome.verdict.state());
                work.audit_refusal(&Actor::Git, Action::Finished, &job, why).await?;
                work.commit().await?;
                return Err(match refusal {
                    Refusal::Ended { state } => SettleError::Contradicts {
                        job: id.clone(),
                        before: state,
                        now: outcome.verdict,
                    },
                    Refusal::NotNow { .. } | Refusal::Stale { .. } => {
                        SettleError::NotBegun { job: id.clone(), source: refusal }
                    }
                });
            }
        };
        if let Some(number) = job.attempt.filter(|_| job.state.is_live()) {
            let attempt = AttemptId { job: id.clone(), number };
            if let Some(mut attempt) = work.tx.attempt(&attempt).await? {
                attempt.end(AttemptEnd::Reported { outcome: outcome.clone() }, work.now);
                work.tx.update_attempt(&attempt).await?;
            }
        }
        let detail = format!("a run says {}", outcome.verdict.state());
        work.audit(&Actor::Git, Action::Finished, &after, detail).await?;
        work.commit().await?;
        Ok(Reported::Now(after))
    }
}
