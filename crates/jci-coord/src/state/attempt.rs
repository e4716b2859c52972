//! One attempt at a job, by one runner.

use std::fmt;

use jci_proto::AttemptState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::ids::{AttemptId, RunnerId};
use crate::random::hex;

/// How an attempt came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum AttemptEnd {
    /// Its runner reported, or its run was found.
    Reported {
        /// What was reported.
        outcome: Outcome,
    },
    /// Its runner was not heard of for a lease.
    LeaseLost,
    /// It took longer than it may.
    OverTime,
    /// Somebody cancelled it, and its runner did not say so in time.
    Cancelled,
}

/// The SHA-256 of the token of an attempt: the token itself is kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", hex(&self.0[..4]))
    }
}

/// An attempt at a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which one.
    pub id: AttemptId,
    /// Who makes it.
    pub runner: RunnerId,
    /// Where it is.
    pub state: AttemptState,
    /// How often it was renewed; `None` for a runner of the old protocol, which sends no
    /// heartbeats: its attempt has no lease and ends by a result or by its time-out.
    pub beat: Option<u64>,
    /// Whether the runner is to stop it.
    pub cancel: bool,
    /// What the runner called its request, to be given the same attempt if it asks again.
    pub request: Option<String>,
    /// What proves that somebody acts for this attempt.
    pub token: TokenHash,
    /// When it was given to the runner.
    pub assigned: Timestamp,
    /// When the runner began.
    pub started: Option<Timestamp>,
    /// When it must have ended.
    pub deadline: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub end: Option<AttemptEnd>,
}

impl Attempt {
    /// Tells whether it goes on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state != AttemptState::Ended
    }

    /// Ends the attempt, and with it its lease and its token.
    pub(crate) fn end(&mut self, end: AttemptEnd, now: Timestamp) {
        self.state = AttemptState::Ended;
        self.end = Some(end);
        self.ended = Some(now);
    }

    /// Returns what was reported of it, if anything was.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match self.end.as_ref()? {
            AttemptEnd::Reported { outcome } => Some(outcome),
            AttemptEnd::LeaseLost | AttemptEnd::OverTime | AttemptEnd::Cancelled => None,
        }
    }
}
