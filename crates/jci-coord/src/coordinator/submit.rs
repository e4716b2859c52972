//! A job comes into the queue.

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

    async fn try_submit(&self, new: &NewJob) -> Result<Submitted, SubmitError> {
        let mut work = self.begin().await?;
        if let Some(job) = known_delivery(&mut work, new).await? {
            return Ok(Submitted { job, is_new: false });
        }
        let submitted = match work.tx.active_job(&new.repository, &new.commit).await? {
            Some(job) => Submitted { job: join(&mut work, job, new).await?, is_new: false },
            None => self.insert(&mut work, new).await?,
        };
        if let Some(delivery) = &new.delivery {
            let now = work.now;
            if !work.tx.insert_delivery(delivery, &submitted.job.id, now).await? {
                return Err(conflict("the same delivery came to two servers").into());
            }
        }
        work.commit().await?;
        Ok(submitted)
    }

    async fn insert(&self, work: &mut Work<'_>, new: &NewJob) -> Result<Submitted, SubmitError> {
        let spec = new.clone().into_spec(self.settings.timeout);
        let id = JobId::new(work.now, &*self.random);
        let key = ViewKey::new(&*self.random);
        let job = Job::new(id, spec, key, new.trust == Trust::Trusted, work.now);
        if !work.tx.insert_job(&job).await? {
            return Err(conflict("the same commit came to two servers").into());
        }
        work.tell(&job, true).await?;
        work.audit(&new.requested_by, Action::Submitted, &job, &*new.reference).await?;
        Ok(Submitted { job, is_new: true })
    }
}

/// Finds the job that the same delivery asked for; one that is pruned is asked for anew.
async fn known_delivery(work: &mut Work<'_>, new: &NewJob) -> Result<Option<Job>, StoreError> {
    let Some(delivery) = &new.delivery else { return Ok(None) };
    let Some(id) = work.tx.delivery(delivery).await? else { return Ok(None) };
    work.tx.job(&id).await
}

/// Joins a submission with the job that is there.
async fn join(work: &mut Work<'_>, job: Job, new: &NewJob) -> Result<Job, StoreError> {
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
