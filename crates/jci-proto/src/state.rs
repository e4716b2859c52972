//! Where jobs and the attempts at them are, in the words of the queue and of all who ask for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why there is a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody pushed a branch or a tag.
    Push,
    /// Somebody opened or changed a pull request.
    PullRequest {
        /// Its number.
        number: u64,
    },
    /// It was time.
    Schedule {
        /// The name of the line of the crontab, if it has one.
        name: Option<String>,
    },
    /// Somebody asked for it.
    Manual,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits: for a runner, for approval, or for the time of its next attempt.
    Queued,
    /// A runner was told to begin.
    Assigned,
    /// A runner has begun.
    Running,
    /// It passed.
    Ok,
    /// It failed.
    Err,
    /// Somebody cancelled it.
    Cancelled,
    /// It took longer than it may.
    TimedOut,
    /// Every attempt met trouble that was not its own.
    InfraError,
}

impl JobState {
    /// All states, in the order of a job's life.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Assigned,
        Self::Running,
        Self::Ok,
        Self::Err,
        Self::Cancelled,
        Self::TimedOut,
        Self::InfraError,
    ];

    /// Tells whether a runner has it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Assigned | Self::Running)
    }

    /// Tells whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Assigned | Self::Running)
    }

    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Assigned => "assigned",
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Err => "err",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::InfraError => "infra_error",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// The runner was told to begin.
    Assigned,
    /// The runner has begun.
    Running,
    /// It is over.
    Ended,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The script ended with 0.
    Ok,
    /// The script failed. It is not tried again by itself.
    Err,
    /// It took longer than it may.
    TimedOut,
    /// The runner had trouble of its own: the job says nothing. It is tried again.
    InfraError,
    /// It was stopped because somebody asked for that.
    Cancelled,
}

impl Verdict {
    /// Returns the state of a job that ends with this verdict.
    #[must_use]
    pub fn state(self) -> JobState {
        match self {
            Self::Ok => JobState::Ok,
            Self::Err => JobState::Err,
            Self::TimedOut => JobState::TimedOut,
            Self::InfraError => JobState::InfraError,
            Self::Cancelled => JobState::Cancelled,
        }
    }
}
