//! Jobs that wait, run and end.
//!
//! A [`Coordinator`] keeps a queue of jobs for the commits of many repositories, hands them to
//! runners, watches over them, and remembers what the forge is to be told. It knows no forge, no
//! HTTP and no git.
//!
//! # Guarantees
//!
//! - An operation that has returned is durable. One that fails, is dropped or dies with its process
//!   has happened wholly or not at all.
//! - A commit of a repository has one active job. A job has one live attempt; of all that a lost
//!   one still says, nothing counts. How a job has ended never changes.
//! - Every change of a job's state is in the outbox in the same transaction. What was overtaken may
//!   be left out, the last word never is.
//! - Leases and time-outs are measured by monotonic clocks: a jump of the time of day ends nothing,
//!   and a server that was down gives every attempt one more lease.
//! - Time, randomness and ids come from a [`Clock`] and a [`Random`] alone.
//!
//! # Limits
//!
//! - [`SqliteStore`] is for one server; several share a [`PostgresStore`]; [`MemoryStore`] forgets.
//! - Without heartbeats there is no lease: that a runner is lost shows when its time is over.
//! - Nobody asks whether the work of a lost runner has stopped: it must stop what it cannot renew.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//! use jci_coord::{
//!     Actor, Claim, Claimed, Coordinator, JobState, Labels, NewJob, Outcome, Settings,
//!     SqliteStore, SystemClock, SystemRandom, Verdict,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let store = Arc::new(SqliteStore::open(folder.path().join("queue.db")).await?);
//! let (clock, random) = (Arc::new(SystemClock::new()), Arc::new(SystemRandom::new()));
//! let queue = Coordinator::new(store, Settings::default(), clock, random);
//!
//! let commit = "0123456789abcdef0123456789abcdef01234567".parse()?;
//! let by = Actor::Webhook("anna".to_owned());
//! let push = NewJob::new("owner/name".parse()?, commit, "refs/heads/main", by);
//! let job = queue.submit(push).await?.job;
//!
//! let (runner, labels) = ("runner-1".parse()?, Labels::default());
//! let claim = Claim { runner, labels, running: Some(Vec::new()), request: None };
//! let Claimed::Assigned(given) = queue.claim(&claim).await? else { panic!("a job waits") };
//! queue.start(&given.attempt.id).await?;
//! queue.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await?;
//!
//! // The last word is what the forge is told; the words before it were overtaken.
//! let told = queue.due_statuses(10).await?;
//! assert_eq!((told.len(), told[0].what.state), (1, JobState::Ok));
//! assert_eq!(queue.job(&job.id).await?.map(|job| job.state), Some(JobState::Ok));
//! # Ok(())
//! # }
//! ```

mod audit;
mod clock;
mod coordinator;
mod ids;
mod labels;
mod random;
mod settings;
mod spec;
mod state;
mod status;
mod store;
mod watch;

pub use audit::{Action, Actor, AuditEntry, AuditFilter};
pub use clock::{Clock, SystemClock};
pub use coordinator::{
    ApproveError, Assignment, CancelError, Cancelled, Claim, Claimed, Coordinator, Depth,
    DueSchedule, Expired, FinishError, Grant, OutboxError, Pruned, Renewal, Reported, RerunError,
    RunnerView, SetSchedulesError, SettleError, StartError, SubmitError, Submitted, Why,
};
pub use ids::{
    AttemptId, AttemptNumber, CommitId, JobId, NameError, RepositoryName, RunnerId, StatusId,
};
pub use jci_proto::Trigger;
pub use labels::Labels;
pub use random::{Random, SystemRandom};
pub use settings::{Backoff, Retention, Settings};
pub use spec::{JobSpec, NewJob, Trust};
pub use state::{
    Attempt, AttemptEnd, AttemptState, Event, Job, JobState, Outcome, Refusal, Rules, TokenHash,
    Verdict, ViewKey,
};
pub use status::{NewStatus, Progress, Retry, Status};
pub use store::{
    AttemptTable, Change, JobFilter, JobTable, LabelDepth, MemoryStore, PostgresStore, RecordTable,
    Runner, Schedule, ScheduleTable, SqliteStore, StatusTable, Store, StoreError, StoreResult,
    Transaction,
};
