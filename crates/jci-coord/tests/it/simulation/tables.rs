//! The tables of the watched store: each read and write may stop or fail, then goes to the store
//! within. What is broken on purpose is broken here.

use std::cmp::Reverse;

use async_trait::async_trait;
use jci_coord::{
    Attempt, AttemptId, AttemptTable, AuditEntry, AuditFilter, CommitId, Job, JobFilter, JobId,
    JobState, JobTable, LabelDepth, Labels, NewStatus, RecordTable, RepositoryName, Runner,
    RunnerId, Schedule, ScheduleTable, Status, StatusId, StatusTable, StoreResult, TokenHash,
};
use jiff::Timestamp;

use super::mutations::Mutation;
use super::store::{Watched, Write};

#[async_trait]
impl JobTable for Watched {
    async fn insert_job(&mut self, job: &Job) -> StoreResult<bool> {
        self.hub.step("a new job").await?;
        let mut job = job.clone();
        job.approved |= self.hub.is(Mutation::StrangersAreTrusted);
        let is_new = self.inner.insert_job(&job).await?;
        if is_new {
            self.writes.push(Write::NewJob(Box::new(job)));
        }
        Ok(is_new)
    }

    async fn job(&mut self, id: &JobId) -> StoreResult<Option<Job>> {
        self.hub.step("a job").await?;
        let job = self.inner.job(id).await?;
        Ok(job.map(|mut job| {
            if self.hub.is(Mutation::EndsAreForgotten) && job.state.is_final() {
                job.state = JobState::Running;
            }
            job
        }))
    }

    async fn active_job(
        &mut self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> StoreResult<Option<Job>> {
        self.hub.step("the active job").await?;
        self.inner.active_job(repository, commit).await
    }

    async fn update_job(&mut self, before: &Job, after: &Job) -> StoreResult<()> {
        self.hub.step("a changed job").await?;
        self.inner.update_job(before, after).await?;
        self.writes.push(Write::Job(Box::new(after.clone())));
        Ok(())
    }

    async fn delete_job(&mut self, id: &JobId) -> StoreResult<()> {
        self.hub.step("a job that goes").await?;
        self.inner.delete_job(id).await
    }

    async fn next_job(&mut self, labels: &Labels) -> StoreResult<Option<Job>> {
        self.hub.step("the next job").await?;
        if !self.hub.is(Mutation::TurnsAreIgnored) {
            return self.inner.next_job(labels).await;
        }
        let filter = JobFilter { state: Some(JobState::Queued), ..JobFilter::default() };
        let fits = |job: &Job| job.is_ready() && labels.satisfy(&job.spec.labels);
        let jobs = self.inner.jobs(&filter, 1000).await?.into_iter().filter(fits);
        Ok(jobs.min_by_key(|job| (Reverse(job.spec.priority), job.id.clone())))
    }

    async fn waiting_jobs(&mut self) -> StoreResult<Vec<JobId>> {
        self.hub.step("jobs that wait").await?;
        self.inner.waiting_jobs().await
    }

    async fn jobs(&mut self, filter: &JobFilter, limit: u32) -> StoreResult<Vec<Job>> {
        self.hub.step("jobs").await?;
        self.inner.jobs(filter, limit).await
    }

    async fn outdated_jobs(
        &mut self,
        ended_before: Timestamp,
        keep: Option<u64>,
        limit: u32,
    ) -> StoreResult<Vec<JobId>> {
        self.hub.step("old jobs").await?;
        self.inner.outdated_jobs(ended_before, keep, limit).await
    }

    async fn queue_depth(&mut self) -> StoreResult<Vec<LabelDepth>> {
        self.hub.step("the depth").await?;
        self.inner.queue_depth().await
    }

    async fn delivery(&mut self, delivery: &str) -> StoreResult<Option<JobId>> {
        self.hub.step("a delivery").await?;
        self.inner.delivery(delivery).await
    }

    async fn insert_delivery(
        &mut self,
        delivery: &str,
        job: &JobId,
        time: Timestamp,
    ) -> StoreResult<bool> {
        self.hub.step("a new delivery").await?;
        self.inner.insert_delivery(delivery, job, time).await
    }

    async fn forget_deliveries(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.hub.step("old deliveries").await?;
        self.inner.forget_deliveries(before).await
    }
}

#[async_trait]
impl AttemptTable for Watched {
    async fn insert_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        self.hub.step("a new attempt").await?;
        self.inner.insert_attempt(attempt).await?;
        self.writes.push(Write::NewAttempt(Box::new(attempt.clone())));
        Ok(())
    }

    async fn attempt(&mut self, id: &AttemptId) -> StoreResult<Option<Attempt>> {
        self.hub.step("an attempt").await?;
        self.inner.attempt(id).await
    }

    async fn update_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        self.hub.step("a changed attempt").await?;
        let mut attempt = attempt.clone();
        if self.hub.is(Mutation::RenewalsAreLost) {
            attempt.beat = attempt.beat.map(|_| 0);
        }
        self.inner.update_attempt(&attempt).await?;
        self.writes.push(Write::Attempt(Box::new(attempt)));
        Ok(())
    }

    async fn attempts(&mut self, job: &JobId) -> StoreResult<Vec<Attempt>> {
        self.hub.step("attempts").await?;
        self.inner.attempts(job).await
    }

    async fn live_attempts(&mut self) -> StoreResult<Vec<Attempt>> {
        self.hub.step("live attempts").await?;
        self.inner.live_attempts().await
    }

    async fn count_live_attempts(&mut self) -> StoreResult<u64> {
        self.hub.step("the count of attempts").await?;
        let count = self.inner.count_live_attempts().await?;
        Ok(if self.hub.is(Mutation::TheLimitIsIgnored) { 0 } else { count })
    }

    async fn attempt_of_token(&mut self, token: &TokenHash) -> StoreResult<Option<Attempt>> {
        self.hub.step("the attempt of a token").await?;
        self.inner.attempt_of_token(token).await
    }

    async fn attempt_of_request(
        &mut self,
        runner: &RunnerId,
        request: &str,
    ) -> StoreResult<Option<Attempt>> {
        self.hub.step("the attempt of a request").await?;
        self.inner.attempt_of_request(runner, request).await
    }
}

#[async_trait]
impl StatusTable for Watched {
    async fn insert_status(&mut self, status: &NewStatus) -> StoreResult<()> {
        self.hub.step("a new status").await?;
        if self.hub.is(Mutation::TheLastWordIsLost) && status.state.is_final() {
            return Ok(());
        }
        self.inner.insert_status(status).await?;
        self.writes.push(Write::NewStatus(Box::new(status.clone())));
        Ok(())
    }

    async fn status(&mut self, id: StatusId) -> StoreResult<Option<Status>> {
        self.hub.step("a status").await?;
        self.inner.status(id).await
    }

    async fn update_status(&mut self, status: &Status) -> StoreResult<()> {
        self.hub.step("a changed status").await?;
        self.inner.update_status(status).await?;
        self.writes.push(Write::Status(Box::new(status.clone())));
        Ok(())
    }

    async fn delete_status(&mut self, id: StatusId) -> StoreResult<()> {
        self.hub.step("a status that goes").await?;
        self.inner.delete_status(id).await
    }

    async fn drop_unsent(&mut self, job: &JobId) -> StoreResult<()> {
        self.hub.step("statuses that go").await?;
        self.inner.drop_unsent(job).await
    }

    async fn has_newer_status(&mut self, job: &JobId, id: StatusId) -> StoreResult<bool> {
        self.hub.step("a newer status").await?;
        self.inner.has_newer_status(job, id).await
    }

    async fn sendable_statuses(
        &mut self,
        now: Timestamp,
        horizon: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Status>> {
        self.hub.step("statuses to send").await?;
        self.inner.sendable_statuses(now, horizon, limit).await
    }

    async fn claimed_statuses(&mut self) -> StoreResult<Vec<Status>> {
        self.hub.step("statuses on their way").await?;
        self.inner.claimed_statuses().await
    }

    async fn statuses(&mut self, job: &JobId) -> StoreResult<Vec<Status>> {
        self.hub.step("statuses").await?;
        self.inner.statuses(job).await
    }

    async fn count_unsent(&mut self) -> StoreResult<u64> {
        self.hub.step("the count of statuses").await?;
        self.inner.count_unsent().await
    }
}

#[async_trait]
impl ScheduleTable for Watched {
    async fn schedules(&mut self, repository: &RepositoryName) -> StoreResult<Vec<Schedule>> {
        self.inner.schedules(repository).await
    }

    async fn put_schedule(&mut self, schedule: &Schedule) -> StoreResult<()> {
        self.inner.put_schedule(schedule).await
    }

    async fn delete_schedule(
        &mut self,
        repository: &RepositoryName,
        entry: &str,
    ) -> StoreResult<()> {
        self.inner.delete_schedule(repository, entry).await
    }

    async fn due_schedules(&mut self, now: Timestamp) -> StoreResult<Vec<Schedule>> {
        self.inner.due_schedules(now).await
    }
}

#[async_trait]
impl RecordTable for Watched {
    async fn runner(&mut self, id: &RunnerId) -> StoreResult<Option<Runner>> {
        self.hub.step("a runner").await?;
        self.inner.runner(id).await
    }

    async fn put_runner(&mut self, runner: &Runner) -> StoreResult<()> {
        self.hub.step("a changed runner").await?;
        self.inner.put_runner(runner).await
    }

    async fn runners(&mut self) -> StoreResult<Vec<Runner>> {
        self.inner.runners().await
    }

    async fn forget_runners(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.inner.forget_runners(before).await
    }

    async fn insert_audit(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        self.hub.step("a line of the audit log").await?;
        self.inner.insert_audit(entry).await
    }

    async fn audit(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> StoreResult<Vec<(i64, AuditEntry)>> {
        self.inner.audit(filter, limit).await
    }

    async fn forget_audit(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.inner.forget_audit(before).await
    }
}
