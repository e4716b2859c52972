//! Who did what, and who was refused.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{JobId, RepositoryName, RunnerId};

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Actor {
    /// The forge, on behalf of one of its users.
    Webhook(String),
    /// A runner.
    Runner(RunnerId),
    /// A person, by the API.
    Person(String),
    /// This server, by itself.
    Server,
    /// A run that was found in the repository.
    Git,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook(user) => write!(f, "webhook:{user}"),
            Self::Runner(runner) => write!(f, "runner:{runner}"),
            Self::Person(name) => write!(f, "person:{name}"),
            Self::Server => f.write_str("server"),
            Self::Git => f.write_str("git"),
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A job was submitted.
    Submitted,
    /// A job that waited for approval was approved.
    Approved,
    /// A job was given to a runner.
    Assigned,
    /// A runner began with a job.
    Started,
    /// A job was reported to have ended.
    Finished,
    /// A job was asked to stop.
    Cancelled,
    /// A new job was made of an old one.
    Rerun,
    /// A runner was not heard of for a lease.
    LeaseLost,
    /// A job took longer than it may.
    OverTime,
    /// The schedules of a repository were replaced.
    SchedulesSet,
    /// A status will never reach the forge.
    StatusGivenUp,
}

impl Action {
    /// All actions.
    pub(crate) const ALL: [Self; 11] = [
        Self::Submitted,
        Self::Approved,
        Self::Assigned,
        Self::Started,
        Self::Finished,
        Self::Cancelled,
        Self::Rerun,
        Self::LeaseLost,
        Self::OverTime,
        Self::SchedulesSet,
        Self::StatusGivenUp,
    ];

    /// Returns the word that is written down.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Assigned => "assigned",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Rerun => "rerun",
            Self::LeaseLost => "lease_lost",
            Self::OverTime => "over_time",
            Self::SchedulesSet => "schedules_set",
            Self::StatusGivenUp => "status_given_up",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub time: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// Whether it was refused.
    pub refused: bool,
    /// The job it was about, if any.
    pub job: Option<JobId>,
    /// The repository it was about, if any.
    pub repository: Option<RepositoryName>,
    /// What else there is to say, for people.
    pub detail: String,
}

/// Which lines of the audit log to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those about this job.
    pub job: Option<JobId>,
    /// Those about this repository.
    pub repository: Option<RepositoryName>,
    /// Only what was refused.
    pub refused_only: bool,
    /// Those before the line of this number.
    pub before: Option<i64>,
}
