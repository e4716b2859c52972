//! What tables hold beside jobs, attempts and statuses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{CommitId, JobId, RepositoryName, RunnerId};
use crate::labels::Labels;
use crate::state::{Job, JobState};

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Those of this repository.
    pub repository: Option<RepositoryName>,
    /// Those of this commit.
    pub commit: Option<CommitId>,
    /// Those in this state.
    pub state: Option<JobState>,
    /// Those with a smaller id: the last one of the page before.
    pub before: Option<JobId>,
}

impl JobFilter {
    /// Tells whether a job is to be listed.
    pub(crate) fn matches(&self, job: &Job) -> bool {
        self.repository.as_ref().is_none_or(|it| *it == job.spec.repository)
            && self.commit.as_ref().is_none_or(|it| *it == job.spec.commit)
            && self.state.is_none_or(|it| it == job.state)
            && self.before.as_ref().is_none_or(|it| job.id < *it)
    }
}

/// How many jobs are ready that need the same labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelDepth {
    /// What they need.
    pub labels: Labels,
    /// How many there are.
    pub jobs: u64,
    /// When the oldest of them was submitted.
    pub oldest: Timestamp,
}

/// A runner, as far as it has told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// Its name.
    pub id: RunnerId,
    /// What it has.
    pub labels: Labels,
    /// When it was heard of, give or take some seconds.
    pub seen: Timestamp,
}

/// A line of the time table of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The repository.
    pub repository: RepositoryName,
    /// The line as it is compared: fields, branch and name with one space between them.
    pub entry: String,
    /// The five fields; `None` for `@reboot`, which never comes on a server.
    pub fields: Option<String>,
    /// The branch to run.
    pub branch: String,
    /// The name of the line, if it has one.
    pub name: Option<String>,
    /// When it comes next.
    pub next: Option<Timestamp>,
    /// When it came due, if nobody has done what it asks for.
    pub pending: Option<Timestamp>,
    /// How often a server took it.
    pub claims: u64,
    /// Whether a server is about to do what it asks for.
    pub claimed: bool,
}

/// Something changed that somebody may wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A job came into a state.
    Job {
        /// The job.
        job: JobId,
        /// Its repository.
        repository: RepositoryName,
        /// The state.
        state: JobState,
        /// Whether a runner may have it now.
        ready: bool,
        /// Whether somebody wants its runner to stop it.
        cancel: bool,
    },
    /// A status is to be sent.
    Status,
    /// Changes may have been missed: look at everything again.
    Missed,
}
