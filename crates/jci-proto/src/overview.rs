//! What people ask a server about its runners, its queue and its audit log.

use serde::{Deserialize, Serialize};

use crate::AttemptName;

/// The runners that a server knows: `GET /api/v1/runners`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerList {
    /// The runners, by name.
    pub runners: Vec<RunnerInfo>,
}

/// A runner, as far as it has told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerInfo {
    /// Its name.
    pub name: String,
    /// What it has.
    pub labels: Vec<String>,
    /// When it was heard of, give or take some seconds.
    pub seen: String,
    /// The attempts that it is making.
    pub running: Vec<AttemptName>,
}

/// How much there is to do: `GET /api/v1/queue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDepth {
    /// Jobs that a runner may have now, by what they need.
    pub ready: Vec<LabelDepth>,
    /// Jobs that wait for the time of their next attempt.
    pub waiting: u64,
    /// Jobs that runners have.
    pub live: u64,
    /// Statuses that the forge is still to be told.
    pub unsent_statuses: u64,
}

/// How many jobs are ready that need the same labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelDepth {
    /// What they need.
    pub labels: Vec<String>,
    /// How many there are.
    pub jobs: u64,
    /// When the oldest of them was submitted.
    pub oldest: String,
}

/// A page of the audit log, the newest line first: `GET /api/v1/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The lines.
    pub entries: Vec<AuditLine>,
    /// What to send as `before` for the page that follows; `null` on the last.
    pub next: Option<i64>,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number.
    pub number: i64,
    /// When.
    pub time: String,
    /// Who, as `kind:name`, for example `person:api` or `runner:r1`; `server` and `git` alone.
    pub actor: String,
    /// What was done, in a word.
    pub action: String,
    /// Whether it was refused.
    pub refused: bool,
    /// The job that it was about.
    pub job: Option<String>,
    /// The repository that it was about.
    pub repository: Option<String>,
    /// What else there is to say, for people.
    pub detail: String,
}
