//! A job is run once more, as a new job.

use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use crate::audit::{Action, Actor};
use crate::ids::JobId;
use crate::state::{Job, JobState, ViewKey};
use crate::store::StoreError;

/// Why a job cannot be run once more.
#[derive(Debug, Error)]
pub enum RerunError {
    /// There is no such job.
    #[error("there is no job {job}")]
    Unknown {
        /// The job that was named.
        job: JobId,
    },
    /// It has not ended.
    #[error("job {job} has not ended: it is {state}")]
    NotEnded {
        /// The job.
        job: JobId,
        /// Where it is.
        state: JobState,
    },
    /// It was never approved, and running it once more is no approval.
    #[error("job {job} was never approved")]
    NotApproved {
        /// The job.
        job: JobId,
    },
    /// Another job of the same commit has not ended.
    #[error("the commit of job {job} has a job that has not ended: {active}")]
    Active {
        /// The job.
        job: JobId,
        /// The other one.
        active: JobId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(RerunError);

impl Coordinator {
    /// Makes a new job that does what an old one did.
    ///
    /// # Errors
    ///
    /// If the old one has not ended or was never approved, if its commit has another job that has
    /// not ended, or the store fails.
    pub async fn rerun(&self, id: &JobId, by: &Actor) -> Result<JobId, RerunError> {
        retry(|| self.try_rerun(id, by)).await
    }

    async fn try_rerun(&self, id: &JobId, by: &Actor) -> Result<JobId, RerunError> {
        let mut work = self.begin().await?;
        let Some(old) = work.tx.job(id).await? else {
            return Err(RerunError::Unknown { job: id.clone() });
        };
        let active = work.tx.active_job(&old.spec.repository, &old.spec.commit).await?;
        if let Some(error) = refusal(&old, active.as_ref()) {
            work.audit_refusal(by, Action::Rerun, &old, error.to_string()).await?;
            work.commit().await?;
            return Err(error);
        }
        let mut spec = old.spec.clone();
        spec.requested_by = by.clone();
        let new = JobId::new(work.now, &*self.random);
        let mut job = Job::new(new, spec, ViewKey::new(&*self.random), old.approved, work.now);
        job.rerun_of = Some(old.id);
        if !work.tx.insert_job(&job).await? {
            return Err(
                StoreError::Conflict { source: "two servers ran a job again".into() }.into()
            );
        }
        work.tell_of_new(&job).await?;
        work.audit(by, Action::Rerun, &job, format!("of {id}")).await?;
        work.commit().await?;
        Ok(job.id)
    }
}

fn refusal(old: &Job, active: Option<&Job>) -> Option<RerunError> {
    let job = old.id.clone();
    if !old.state.is_final() {
        return Some(RerunError::NotEnded { job, state: old.state });
    }
    if !old.approved {
        return Some(RerunError::NotApproved { job });
    }
    active.map(|active| RerunError::Active { job, active: active.id.clone() })
}
