//! The table of jobs, in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryTransaction;
use crate::ids::{CommitId, JobId, RepositoryName};
use crate::labels::Labels;
use crate::state::Job;
use crate::status::Progress;
use crate::store::{JobFilter, JobTable, LabelDepth, StoreResult};

impl MemoryTransaction {
    fn active(&self, repository: &RepositoryName, commit: &CommitId) -> Option<&Job> {
        self.tables.jobs.values().find(|job| {
            !job.state.is_final()
                && job.spec.repository == *repository
                && job.spec.commit == *commit
        })
    }

    fn has_unsent(&self, job: &JobId) -> bool {
        let mut statuses = self.tables.statuses.values();
        statuses.any(|it| it.what.job == *job && it.progress == Progress::Unsent)
    }
}

#[async_trait]
impl JobTable for MemoryTransaction {
    async fn insert_job(&mut self, job: &Job) -> StoreResult<bool> {
        if self.active(&job.spec.repository, &job.spec.commit).is_some() {
            return Ok(false);
        }
        self.change().jobs.insert(job.id.clone(), job.clone());
        Ok(true)
    }

    async fn job(&mut self, id: &JobId) -> StoreResult<Option<Job>> {
        Ok(self.tables.jobs.get(id).cloned())
    }

    async fn active_job(
        &mut self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> StoreResult<Option<Job>> {
        Ok(self.active(repository, commit).cloned())
    }

    async fn update_job(&mut self, _before: &Job, after: &Job) -> StoreResult<()> {
        self.change().jobs.insert(after.id.clone(), after.clone());
        Ok(())
    }

    async fn delete_job(&mut self, id: &JobId) -> StoreResult<()> {
        let tables = self.change();
        tables.jobs.remove(id);
        tables.attempts.retain(|attempt, _| attempt.job != *id);
        tables.statuses.retain(|_, status| status.what.job != *id);
        Ok(())
    }

    async fn next_job(&mut self, labels: &Labels) -> StoreResult<Option<Job>> {
        let tables = &self.tables;
        let waiting = tables.waiting_repositories();
        let running: BTreeMap<_, _> = waiting
            .into_iter()
            .map(|repository| (repository, tables.running(repository)))
            .collect();
        let fits = |job: &&Job| job.is_ready() && labels.satisfy(&job.spec.labels);
        let next = tables.jobs.values().filter(fits).min_by_key(|job| {
            (Reverse(job.spec.priority), running.get(&job.spec.repository), &job.id)
        });
        Ok(next.cloned())
    }

    async fn waiting_jobs(&mut self) -> StoreResult<Vec<JobId>> {
        let waiting = self.tables.jobs.values().filter(|job| job.not_before.is_some());
        Ok(waiting.map(|job| job.id.clone()).collect())
    }

    async fn jobs(&mut self, filter: &JobFilter, limit: u32) -> StoreResult<Vec<Job>> {
        let jobs = self.tables.jobs.values().rev().filter(|job| filter.matches(job));
        Ok(jobs.take(limit as usize).cloned().collect())
    }

    async fn outdated_jobs(
        &mut self,
        ended_before: Timestamp,
        keep: Option<u64>,
        limit: u32,
    ) -> StoreResult<Vec<JobId>> {
        let keep = keep.and_then(|keep| usize::try_from(keep).ok()).unwrap_or(usize::MAX);
        let ended = self.tables.jobs.values().rev().filter(|job| job.state.is_final());
        let mut outdated: Vec<_> = ended
            .enumerate()
            .filter(|(newer, job)| {
                *newer >= keep || job.finished.is_some_and(|time| time < ended_before)
            })
            .filter(|(_, job)| !self.has_unsent(&job.id))
            .map(|(_, job)| job.id.clone())
            .collect();
        outdated.sort();
        outdated.truncate(limit as usize);
        Ok(outdated)
    }

    async fn queue_depth(&mut self) -> StoreResult<Vec<LabelDepth>> {
        let mut depth: BTreeMap<String, LabelDepth> = BTreeMap::new();
        for job in self.tables.jobs.values().filter(|job| job.is_ready()) {
            let labels = &job.spec.labels;
            // By id, and so the oldest first.
            let first = || LabelDepth { labels: labels.clone(), jobs: 0, oldest: job.created };
            depth.entry(labels.to_string()).or_insert_with(first).jobs += 1;
        }
        Ok(depth.into_values().collect())
    }

    async fn delivery(&mut self, delivery: &str) -> StoreResult<Option<JobId>> {
        Ok(self.tables.deliveries.get(delivery).map(|(job, _)| job.clone()))
    }

    async fn insert_delivery(
        &mut self,
        delivery: &str,
        job: &JobId,
        time: Timestamp,
    ) -> StoreResult<bool> {
        let known = self.tables.deliveries.get(delivery);
        if known.is_some_and(|(job, _)| self.tables.jobs.contains_key(job)) {
            return Ok(false);
        }
        self.change().deliveries.insert(delivery.to_owned(), (job.clone(), time));
        Ok(true)
    }

    async fn forget_deliveries(&mut self, before: Timestamp) -> StoreResult<u64> {
        let count = self.tables.deliveries.len();
        self.change().deliveries.retain(|_, (_, time)| *time >= before);
        Ok((count - self.tables.deliveries.len()) as u64)
    }
}
