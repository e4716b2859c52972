//! Jobs that wait, run and end.
//!
//! A [`Coordinator`] keeps a queue of jobs for the commits of many repositories, hands them to
//! runners, watches over them, and remembers what the forge is to be told. It knows no forge, no
//! HTTP and no git.

mod audit;
mod clock;
mod coordinator;
mod ids;
mod labels;
mod random;
mod schedule;
mod settings;
mod spec;
mod state;
mod status;
pub mod store;
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
pub use labels::Labels;
pub use random::{Random, SystemRandom};
pub use schedule::{FieldsError, LineError, LineProblem};
pub use settings::{Backoff, Retention, Settings};
pub use spec::{JobSpec, NewJob, Trigger, Trust};
pub use state::{
    Attempt, AttemptEnd, AttemptState, Event, Job, JobState, Outcome, Refusal, Rules, TokenHash,
    Verdict, ViewKey,
};
pub use status::{NewStatus, Progress, Retry, Status};
pub use store::{
    Change, JobFilter, LabelDepth, MemoryStore, PostgresStore, Runner, Schedule, SqliteStore,
    Store, StoreError,
};
