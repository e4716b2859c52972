//! How an attempt ended, as it is reported.

use jci_proto::Verdict;
use serde::{Deserialize, Serialize};

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
