//! What the forge is to be told: the rows of the outbox.

use std::time::Duration;

use jiff::Timestamp;

use crate::ids::{AttemptNumber, CommitId, JobId, RepositoryName, StatusId};
use crate::state::{Job, JobState};

/// A status as it is put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    /// The repository.
    pub repository: RepositoryName,
    /// The commit that bears the status.
    pub commit: CommitId,
    /// The job it tells of.
    pub job: JobId,
    /// The attempt it tells of, if there was one.
    pub attempt: Option<AttemptNumber>,
    /// Where the job is.
    pub state: JobState,
    /// The same in words for people.
    pub description: String,
    /// When the job came there.
    pub created: Timestamp,
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its number.
    pub id: StatusId,
    /// What it says.
    pub what: NewStatus,
    /// How far it has come.
    pub progress: Progress,
    /// How often it was sent in vain.
    pub failures: u32,
    /// When to send it.
    pub next_try: Timestamp,
    /// How often a server took it.
    pub claims: u64,
    /// Whether a server is sending it.
    pub claimed: bool,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// How far a status has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// It waits.
    Unsent,
    /// The forge has it.
    Sent,
    /// It will never reach the forge.
    GivenUp,
}

/// What to do with a status that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    /// Send it again after a while that grows with every failure.
    Later {
        /// What went wrong.
        why: String,
    },
    /// Send it again when the forge said.
    After {
        /// How long to wait.
        wait: Duration,
        /// What went wrong.
        why: String,
    },
    /// Give it up: no time will help.
    Never {
        /// What went wrong.
        why: String,
    },
}

impl NewStatus {
    /// Tells of a job as it is now.
    pub(crate) fn of(job: &Job, max_attempts: u32, now: Timestamp) -> Self {
        Self {
            repository: job.spec.repository.clone(),
            commit: job.spec.commit.clone(),
            job: job.id.clone(),
            attempt: job.attempt,
            state: job.state,
            description: description(job, max_attempts),
            created: now,
        }
    }
}

/// Says in a few words where a job is.
fn description(job: &Job, max_attempts: u32) -> String {
    let reason = job.reason.as_deref();
    match job.state {
        JobState::Queued if !job.approved => "waits for approval".to_owned(),
        JobState::Queued => match (job.attempt, reason) {
            (Some(last), Some(reason)) => {
                format!("waits for attempt {} of {max_attempts}: {reason}", last.next())
            }
            _ => "waits for a runner".to_owned(),
        },
        JobState::Assigned => "given to a runner".to_owned(),
        JobState::Running => "running".to_owned(),
        JobState::Ok => "passed".to_owned(),
        JobState::Err => match (job.exit_code, reason) {
            (_, Some(reason)) => format!("failed: {reason}"),
            (Some(code), None) => format!("failed with exit code {code}"),
            (None, None) => "failed".to_owned(),
        },
        JobState::Cancelled => with_reason("cancelled", " ", reason),
        JobState::TimedOut => with_reason("timed out", ": ", reason),
        JobState::InfraError => with_reason("could not be run", ": ", reason),
    }
}

fn with_reason(what: &str, between: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| what.to_owned(), |reason| format!("{what}{between}{reason}"))
}
