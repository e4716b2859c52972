//! What went wrong, as RFC 9457 has it.

use serde::{Deserialize, Serialize};

/// An error as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The status of the answer, again.
    pub status: u16,
    /// What kind of problem it is, always the same text for the same kind.
    pub title: String,
    /// What was asked for, what is wrong with it, and what would help.
    pub detail: String,
}
