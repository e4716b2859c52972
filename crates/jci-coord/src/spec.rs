//! What a job is asked to do, as it was when it was submitted.

use std::time::Duration;

use jci_proto::Trigger;
use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::ids::{CommitId, RepositoryName};
use crate::labels::Labels;

/// How far the code of a job is trusted. It is judged once, when the job is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// It comes from somebody who may push to the repository.
    Trusted,
    /// It comes from a fork: it waits until a person has approved this very commit.
    Untrusted,
}

/// A job to be submitted. The fields say themselves what they are; [`NewJob::new`] fills those that
/// most jobs do not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The repository.
    pub repository: RepositoryName,
    /// The commit that is run.
    pub commit: CommitId,
    /// The full ref it was found at, for example `refs/heads/main`.
    pub reference: String,
    /// Why there is a job.
    pub trigger: Trigger,
    /// How far its code is trusted.
    pub trust: Trust,
    /// Jobs of a higher priority come first; most have 0.
    pub priority: i32,
    /// What a runner must have to take it.
    pub labels: Labels,
    /// How long it may take; `None` for what the settings say.
    pub timeout: Option<Duration>,
    /// The image to run it in, if not the usual one.
    pub image: Option<String>,
    /// The script to run, if not the usual one.
    pub script: Option<String>,
    /// Who asks for it.
    pub requested_by: Actor,
    /// What names the event that asks for it: the same event asks for no second job, even when the
    /// first has long ended.
    pub delivery: Option<String>,
}

impl NewJob {
    /// Makes a trusted job for a push, without wishes of its own.
    #[must_use]
    pub fn new(repository: RepositoryName, commit: CommitId, reference: &str, by: Actor) -> Self {
        Self {
            repository,
            commit,
            reference: reference.to_owned(),
            trigger: Trigger::Push,
            trust: Trust::Trusted,
            priority: 0,
            labels: Labels::default(),
            timeout: None,
            image: None,
            script: None,
            requested_by: by,
            delivery: None,
        }
    }

    /// Freezes what is asked for.
    pub(crate) fn into_spec(self, timeout: Duration) -> JobSpec {
        JobSpec {
            repository: self.repository,
            commit: self.commit,
            reference: self.reference,
            trigger: self.trigger,
            trust: self.trust,
            priority: self.priority,
            labels: self.labels,
            timeout: self.timeout.unwrap_or(timeout),
            image: self.image,
            script: self.script,
            requested_by: self.requested_by,
        }
    }
}

/// What a job is asked to do. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The repository.
    pub repository: RepositoryName,
    /// The commit that is run.
    pub commit: CommitId,
    /// The full ref it was found at, for example `refs/heads/main`.
    pub reference: String,
    /// Why there is a job.
    pub trigger: Trigger,
    /// How far its code is trusted.
    pub trust: Trust,
    /// Jobs of a higher priority come first.
    pub priority: i32,
    /// What a runner must have to take it.
    pub labels: Labels,
    /// How long it may take.
    pub timeout: Duration,
    /// The image to run it in, if not the usual one.
    pub image: Option<String>,
    /// The script to run, if not the usual one.
    pub script: Option<String>,
    /// Who asked for it.
    pub requested_by: Actor,
}
