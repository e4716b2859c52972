//! A job comes into the queue.

use jiff::Timestamp;
use thiserror::Error;

use super::retry::{operation_error, retry};
use super::{Coordinator, Work};
use crate::audit::Action;
use crate::ids::JobId;
use crate::spec::{NewJob, Trust};
use crate::state::{Event, Job, ViewKey};
use crate::store::StoreError;

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The job: a new one, the active one of the same commit, or the one that the same delivery
    /// asked for before.
    pub job: Job,
    /// Whether it is new.
    pub is_new: bool,
}

/// Why a job was not submitted.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// It is given no time.
    #[error("a job of {repository} with a time-out of 0 could never end well")]
    NoTime {
        /// The repository.
        repository: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(SubmitError);

impl Coordinator {
    /// Submits a job, unless there is one for it.
    ///
    /// There is one if the delivery is known, even if its job has ended long ago; and if a job of
    /// the same repository and commit has not ended. If that one waits for approval and the new one
    /// is trusted, it need not wait any more: the same commit has come from somebody who may push.
    ///
    /// # Errors
    ///
    /// If the time-out is 0 or the store fails.
    pub async fn submit(&self, new: NewJob) -> Result<Submitted, SubmitError> {
        if new.timeout.unwrap_or(self.settings.timeout).is_zero() {
            return Err(SubmitError::NoTime { repository: new.repository.to_string() });
        }
        retry(|| self.try_submit(&new)).await
    }

    /// The everyday case comes first: the commit and the delivery are new, and nothing is asked
    /// before they are written.
    async fn try_submit(&self, new: &NewJob) -> Result<Submitted, SubmitError> {
        let mut work = self.begin().await?;
        let job = self.new_job(new, work.now);
        let is_new = work.tx.insert_job(&job).await?;
        let job = if is_new {
            work.tell_of_new(&job).await?;
            work.audit(&new.requested_by, Action::Submitted, &job, &*new.reference).await?;
            job
        } else {
            join(&mut work, new).await?
        };
        if let Some(delivery) = &new.delivery {
            let now = work.now;
            if !work.tx.insert_delivery(delivery, &job.id, now).await? {
                drop(work);
                return self.known_delivery(delivery).await;
            }
        }
        work.commit().await?;
        Ok(Submitted { job, is_new })
    }

    fn new_job(&self, new: &NewJob, now: Timestamp) -> Job {
        let spec = new.clone().into_spec(self.settings.timeout);
        let id = JobId::new(now, &*self.random);
        let key = ViewKey::new(&*self.random);
        Job::new(id, spec, key, new.trust == Trust::Trusted, now)
    }

    /// Returns the job that the same delivery asked for before.
    async fn known_delivery(&self, delivery: &str) -> Result<Submitted, SubmitError> {
        let mut tx = self.store.read().await?;
        let known = tx.delivery(delivery).await?;
        let Some(id) = known else { return Err(conflict("a delivery was forgotten").into()) };
        let job = tx.job(&id).await?;
        let job = job.ok_or_else(|| conflict("the job of a delivery was forgotten"))?;
        Ok(Submitted { job, is_new: false })
    }
}

/// Joins a submission with the job of the same commit that has not ended.
async fn join(work: &mut Work<'_>, new: &NewJob) -> Result<Job, StoreError> {
    let active = work.tx.active_job(&new.repository, &new.commit).await?;
    let job = active.ok_or_else(|| conflict("the job of the same commit has just ended"))?;
    if !job.is_held() || new.trust != Trust::Trusted {
        return Ok(job);
    }
    match work.step(&job, &Event::Approved).await? {
        Ok(approved) => {
            let detail = format!("pushed as {}", new.reference);
            work.audit(&new.requested_by, Action::Approved, &approved, detail).await?;
            Ok(approved)
        }
        Err(_) => Ok(job),
    }
}

fn conflict(what: &'static str) -> StoreError {
    StoreError::Conflict { source: what.into() }
}
