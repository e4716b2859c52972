//! Looking, without touching.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::Coordinator;
use super::claim::hash;
use crate::audit::{AuditEntry, AuditFilter};
use crate::ids::{AttemptId, JobId, RepositoryName, RunnerId};
use crate::state::{Attempt, Job};
use crate::status::Status;
use crate::store::{JobFilter, LabelDepth, Runner, Schedule, StoreError};

/// What a token lets its bearer do: act for this attempt, as long as it is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The attempt. When it has ended, the bearer may only report again what it has reported.
    pub attempt: Attempt,
    /// The job.
    pub job: Job,
}

/// How much there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Jobs that are ready, by what they need.
    pub ready: Vec<LabelDepth>,
    /// Jobs that wait for the time of their next attempt.
    pub waiting: u64,
    /// Jobs that are assigned or running.
    pub live: u64,
    /// Statuses that are still to be sent.
    pub unsent: u64,
}

/// A runner and what it is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerView {
    /// The runner.
    pub runner: Runner,
    /// The attempts that it is making.
    pub running: Vec<AttemptId>,
}

impl Coordinator {
    /// Reads a job.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        self.store.read().await?.job(id).await
    }

    /// Lists jobs, the newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, StoreError> {
        self.store.read().await?.jobs(filter, limit).await
    }

    /// Lists the attempts at a job, the first one first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn attempts(&self, job: &JobId) -> Result<Vec<Attempt>, StoreError> {
        self.store.read().await?.attempts(job).await
    }

    /// Lists the attempts that go on, of all jobs.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn live_attempts(&self) -> Result<Vec<Attempt>, StoreError> {
        self.store.read().await?.live_attempts().await
    }

    /// Lists what the forge was told of a job and is still to be told, the oldest first. What was
    /// overtaken before it was sent is not there.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn statuses(&self, job: &JobId) -> Result<Vec<Status>, StoreError> {
        self.store.read().await?.statuses(job).await
    }

    /// Finds out for which attempt a token was given; `None` for one that never was, or that was
    /// replaced by another.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn grant(&self, token: &SecretString) -> Result<Option<Grant>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(attempt) = tx.attempt_of_token(&hash(token)).await? else { return Ok(None) };
        let job = tx.job(&attempt.id.job).await?;
        Ok(job.map(|job| Grant { attempt, job }))
    }

    /// Counts what there is to do.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn queue_depth(&self) -> Result<Depth, StoreError> {
        let mut tx = self.store.read().await?;
        Ok(Depth {
            ready: tx.queue_depth().await?,
            waiting: tx.waiting_jobs().await?.len() as u64,
            live: tx.count_live_attempts().await?,
            unsent: tx.count_unsent().await?,
        })
    }

    /// Lists the runners by name, with what they are doing.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn runners(&self) -> Result<Vec<RunnerView>, StoreError> {
        let mut tx = self.store.read().await?;
        let mut running: BTreeMap<RunnerId, Vec<AttemptId>> = BTreeMap::new();
        for attempt in tx.live_attempts().await? {
            running.entry(attempt.runner).or_default().push(attempt.id);
        }
        let runners = tx.runners().await?.into_iter();
        Ok(runners
            .map(|runner| {
                let running = running.remove(&runner.id).unwrap_or_default();
                RunnerView { runner, running }
            })
            .collect())
    }

    /// Lists the schedules of a repository.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn schedules(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<Schedule>, StoreError> {
        self.store.read().await?.schedules(repository).await
    }

    /// Reads numbered lines of the audit log, the newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEntry)>, StoreError> {
        self.store.read().await?.audit(filter, limit).await
    }
}
