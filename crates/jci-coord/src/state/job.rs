//! A job.

use std::fmt;

use jci_proto::JobState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::ids::{AttemptNumber, JobId};
use crate::random::{Random, hex};
use crate::spec::JobSpec;

/// What lets somebody who was given the address of a job see it: 128 random bits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ViewKey(String);

impl ViewKey {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(hex(&bytes))
    }

    /// Takes a key as it was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the key, to be put into an address.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells whether this is the key, in a time that says nothing of how much of it is right.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        let differing = self.0.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        self.0.len() == given.len() && differing == 0
    }
}

impl fmt::Debug for ViewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewKey(…)")
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it is asked to do.
    pub spec: JobSpec,
    /// Lets those see it who were given its address.
    pub view_key: ViewKey,
    /// Where it is.
    pub state: JobState,
    /// Whether it may run: at once for trusted code, after approval for other code.
    pub approved: bool,
    /// The newest attempt, if there was one.
    pub attempt: Option<AttemptNumber>,
    /// If it waits for its next attempt: until when.
    pub not_before: Option<Timestamp>,
    /// Who asked a runner to stop it.
    pub cancelled_by: Option<Actor>,
    /// The job that this one repeats.
    pub rerun_of: Option<JobId>,
    /// When it was submitted.
    pub created: Timestamp,
    /// When the newest attempt began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// Why it is as it is, in words for people, where the state does not say it.
    pub reason: Option<String>,
    /// The id of the run that holds log and files, if there is one.
    pub run: Option<String>,
}

impl Job {
    /// Makes a job that waits.
    pub(crate) fn new(
        id: JobId,
        spec: JobSpec,
        view_key: ViewKey,
        approved: bool,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            spec,
            view_key,
            state: JobState::Queued,
            approved,
            attempt: None,
            not_before: None,
            cancelled_by: None,
            rerun_of: None,
            created,
            started: None,
            finished: None,
            exit_code: None,
            reason: None,
            run: None,
        }
    }

    /// Tells whether a runner may have it now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == JobState::Queued && self.approved && self.not_before.is_none()
    }

    /// Tells whether it waits for somebody to approve it.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.state == JobState::Queued && !self.approved
    }
}
