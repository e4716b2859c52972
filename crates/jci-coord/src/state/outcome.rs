//! How an attempt ended, as it is reported.

use serde::{Deserialize, Serialize};

use super::JobState;

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

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What came of it.
    pub verdict: Verdict,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// Why, in words for people, if there is more to say.
    pub reason: Option<String>,
    /// The id of the run that holds log and files, if there is one.
    pub run: Option<String>,
}

impl Outcome {
    /// Makes an outcome of which no more is known.
    #[must_use]
    pub fn new(verdict: Verdict) -> Self {
        Self { verdict, exit_code: None, reason: None, run: None }
    }

    /// Adds words for people.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}
