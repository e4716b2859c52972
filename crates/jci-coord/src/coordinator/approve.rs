//! Somebody who may lets code of a stranger run.

use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use crate::audit::{Action, Actor};
use crate::ids::{CommitId, JobId};
use crate::state::{Event, Job, Refusal};
use crate::store::StoreError;

/// Why a job is not approved.
#[derive(Debug, Error)]
pub enum ApproveError {
    /// There is no such job.
    #[error("there is no job {job}")]
    Unknown {
        /// The job that was named.
        job: JobId,
    },
    /// Somebody has looked at another commit than the one that would run.
    #[error("job {job} runs {expected}, and what was approved is {found}")]
    OtherCommit {
        /// The job.
        job: JobId,
        /// The commit of the job.
        expected: CommitId,
        /// The commit that was approved.
        found: CommitId,
    },
    /// The job has ended: an approval that comes late revives nothing.
    #[error("job {job} cannot be approved")]
    Ended {
        /// The job.
        job: JobId,
        /// How it ended.
        source: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(ApproveError);

impl Coordinator {
    /// Lets a job run whose code is not trusted. Said twice, it is the same.
    ///
    /// # Errors
    ///
    /// If there is no such job, `commit` is not the one that it runs, it has ended, or the store
    /// fails.
    pub async fn approve(
        &self,
        id: &JobId,
        commit: &CommitId,
        by: &Actor,
    ) -> Result<Job, ApproveError> {
        retry(|| self.try_approve(id, commit, by)).await
    }

    async fn try_approve(
        &self,
        id: &JobId,
        commit: &CommitId,
        by: &Actor,
    ) -> Result<Job, ApproveError> {
        let mut work = self.begin().await?;
        let Some(job) = work.tx.job(id).await? else {
            return Err(ApproveError::Unknown { job: id.clone() });
        };
        let error = if job.spec.commit == *commit {
            match work.step(&job, &Event::Approved).await? {
                Ok(after) => {
                    work.audit(by, Action::Approved, &after, commit.as_str()).await?;
                    work.commit().await?;
                    return Ok(after);
                }
                Err(source) => ApproveError::Ended { job: id.clone(), source },
            }
        } else {
            let (expected, found) = (job.spec.commit.clone(), commit.clone());
            ApproveError::OtherCommit { job: id.clone(), expected, found }
        };
        work.audit_refusal(by, Action::Approved, &job, error.to_string()).await?;
        work.commit().await?;
        Err(error)
    }
}
