//! Where the queue is kept: tables to read and write in transactions, and no rules.
//!
//! A store that is not one of ours, or is one with faults for a test, implements [`Store`] and the
//! traits that make a [`Transaction`]. Every rule of the queue is in
//! [`Coordinator`](crate::Coordinator) and in the state machine.

mod error;
mod memory;
mod rows;
mod sql;

use async_trait::async_trait;
use jiff::Timestamp;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use rows::{Change, JobFilter, LabelDepth, Runner, Schedule};
pub use sql::{PostgresStore, SqliteStore};

use crate::audit::{AuditEntry, AuditFilter};
use crate::ids::{AttemptId, CommitId, JobId, RepositoryName, RunnerId, StatusId};
use crate::labels::Labels;
use crate::state::{Attempt, Job, TokenHash};
use crate::status::{NewStatus, Status};

/// The result of reading or writing a table.
pub type StoreResult<T> = Result<T, StoreError>;

/// A place where the queue is kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins a transaction that may write. What it has read stays as it is until it ends.
    async fn write(&self) -> StoreResult<Box<dyn Transaction>>;

    /// Begins a transaction that only reads, and holds up nobody.
    async fn read(&self) -> StoreResult<Box<dyn Transaction>>;

    /// Waits for a change that was made through another server; a store that only one server
    /// uses waits for ever.
    async fn foreign_change(&self) -> StoreResult<Change> {
        std::future::pending().await
    }
}

/// Reads and writes that happen together or not at all: dropped without
/// [`Transaction::commit`], it has changed nothing.
#[async_trait]
pub trait Transaction:
    JobTable + AttemptTable + StatusTable + ScheduleTable + RecordTable + Send
{
    /// Makes everything durable and visible.
    async fn commit(self: Box<Self>) -> StoreResult<()>;

    /// Tells other servers of a change, if and when this transaction commits.
    async fn announce(&mut self, change: &Change) -> StoreResult<()>;
}

/// The jobs, and the deliveries that asked for them.
#[async_trait]
pub trait JobTable {
    /// Adds a job; `false` if an active job of the same repository and commit is there.
    async fn insert_job(&mut self, job: &Job) -> StoreResult<bool>;

    /// Reads a job. In a transaction that may write, the job stays as it is until that ends.
    async fn job(&mut self, id: &JobId) -> StoreResult<Option<Job>>;

    /// Reads the job of a commit that has not ended, as [`JobTable::job`] does.
    async fn active_job(
        &mut self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> StoreResult<Option<Job>>;

    /// Replaces a job that was read in this transaction.
    async fn update_job(&mut self, before: &Job, after: &Job) -> StoreResult<()>;

    /// Removes a job that has ended, with its attempts and statuses.
    async fn delete_job(&mut self, id: &JobId) -> StoreResult<()>;

    /// Finds the job that a runner with these labels is to have: of those that are ready, one of
    /// the highest priority, of these one of the repository that has the fewest jobs assigned or
    /// running, of these the one with the smallest id. Jobs that another transaction is just
    /// giving away are passed over.
    async fn next_job(&mut self, labels: &Labels) -> StoreResult<Option<Job>>;

    /// Lists the jobs that wait for the time of their next attempt.
    async fn waiting_jobs(&mut self) -> StoreResult<Vec<JobId>>;

    /// Lists jobs, those with the greatest id first.
    async fn jobs(&mut self, filter: &JobFilter, limit: u32) -> StoreResult<Vec<Job>>;

    /// Lists jobs that ended before a time, or after which `keep` newer ended jobs come, and whose
    /// statuses have all been sent or given up.
    async fn outdated_jobs(
        &mut self,
        ended_before: Timestamp,
        keep: Option<u64>,
        limit: u32,
    ) -> StoreResult<Vec<JobId>>;

    /// Counts the jobs that are ready, by what they need.
    async fn queue_depth(&mut self) -> StoreResult<Vec<LabelDepth>>;

    /// Finds the job that a delivery asked for.
    async fn delivery(&mut self, delivery: &str) -> StoreResult<Option<JobId>>;

    /// Remembers the job that a delivery asked for; `false` if the delivery is known, and its job
    /// is still there.
    async fn insert_delivery(
        &mut self,
        delivery: &str,
        job: &JobId,
        time: Timestamp,
    ) -> StoreResult<bool>;

    /// Forgets deliveries that came before a time; tells how many.
    async fn forget_deliveries(&mut self, before: Timestamp) -> StoreResult<u64>;
}

/// The attempts at jobs.
#[async_trait]
pub trait AttemptTable {
    /// Adds an attempt.
    async fn insert_attempt(&mut self, attempt: &Attempt) -> StoreResult<()>;

    /// Reads an attempt. In a transaction that may write, it stays as it is until that ends.
    async fn attempt(&mut self, id: &AttemptId) -> StoreResult<Option<Attempt>>;

    /// Replaces an attempt that was read in this transaction.
    async fn update_attempt(&mut self, attempt: &Attempt) -> StoreResult<()>;

    /// Lists the attempts at a job, the first one first.
    async fn attempts(&mut self, job: &JobId) -> StoreResult<Vec<Attempt>>;

    /// Lists the attempts that go on.
    async fn live_attempts(&mut self) -> StoreResult<Vec<Attempt>>;

    /// Counts the attempts that go on; of two transactions that both count before they add one,
    /// the second waits for the first.
    async fn count_live_attempts(&mut self) -> StoreResult<u64>;

    /// Finds the attempt of a token.
    async fn attempt_of_token(&mut self, token: &TokenHash) -> StoreResult<Option<Attempt>>;

    /// Finds the attempt that goes on and that a runner got for its request of this name.
    async fn attempt_of_request(
        &mut self,
        runner: &RunnerId,
        request: &str,
    ) -> StoreResult<Option<Attempt>>;
}

/// The outbox.
#[async_trait]
pub trait StatusTable {
    /// Adds a status that waits to be sent.
    async fn insert_status(&mut self, status: &NewStatus) -> StoreResult<()>;

    /// Reads a status. In a transaction that may write, it stays as it is until that ends.
    async fn status(&mut self, id: StatusId) -> StoreResult<Option<Status>>;

    /// Replaces a status that was read in this transaction, all but what it says.
    async fn update_status(&mut self, status: &Status) -> StoreResult<()>;

    /// Removes a status.
    async fn delete_status(&mut self, id: StatusId) -> StoreResult<()>;

    /// Removes the statuses of a job that are unsent and that no server is sending.
    async fn drop_unsent(&mut self, job: &JobId) -> StoreResult<()>;

    /// Tells whether a job has a status after this one.
    async fn has_newer_status(&mut self, job: &JobId, id: StatusId) -> StoreResult<bool>;

    /// Lists statuses that are unsent, that no server is sending, that are the first unsent ones
    /// of their repository and commit, and whose time to be sent is not between the two that are
    /// given; those whose time came first, first. What another transaction is just looking at is
    /// passed over.
    async fn sendable_statuses(
        &mut self,
        now: Timestamp,
        horizon: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Status>>;

    /// Lists statuses that some server is sending.
    async fn claimed_statuses(&mut self) -> StoreResult<Vec<Status>>;

    /// Lists the statuses of a job, the oldest first.
    async fn statuses(&mut self, job: &JobId) -> StoreResult<Vec<Status>>;

    /// Counts the statuses that are unsent.
    async fn count_unsent(&mut self) -> StoreResult<u64>;
}

/// The time tables of repositories.
#[async_trait]
pub trait ScheduleTable {
    /// Lists the schedules of a repository, sorted by their entries.
    async fn schedules(&mut self, repository: &RepositoryName) -> StoreResult<Vec<Schedule>>;

    /// Adds a schedule, or replaces the one of the same repository and entry.
    async fn put_schedule(&mut self, schedule: &Schedule) -> StoreResult<()>;

    /// Removes a schedule.
    async fn delete_schedule(
        &mut self,
        repository: &RepositoryName,
        entry: &str,
    ) -> StoreResult<()>;

    /// Lists schedules whose time has come or that have come due and are not done. What another
    /// transaction is just looking at is passed over.
    async fn due_schedules(&mut self, now: Timestamp) -> StoreResult<Vec<Schedule>>;
}

/// Runners and the audit log.
#[async_trait]
pub trait RecordTable {
    /// Reads what is known of a runner.
    async fn runner(&mut self, id: &RunnerId) -> StoreResult<Option<Runner>>;

    /// Adds a runner, or replaces what is known of it.
    async fn put_runner(&mut self, runner: &Runner) -> StoreResult<()>;

    /// Lists the runners by name.
    async fn runners(&mut self) -> StoreResult<Vec<Runner>>;

    /// Forgets runners that were not heard of since a time; tells how many.
    async fn forget_runners(&mut self, before: Timestamp) -> StoreResult<u64>;

    /// Adds a line to the audit log.
    async fn insert_audit(&mut self, entry: &AuditEntry) -> StoreResult<()>;

    /// Reads numbered lines of the audit log, the newest first.
    async fn audit(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> StoreResult<Vec<(i64, AuditEntry)>>;

    /// Forgets lines of the audit log from before a time; tells how many.
    async fn forget_audit(&mut self, before: Timestamp) -> StoreResult<u64>;
}
