//! What went wrong, as RFC 9457 has it.

use serde::{Deserialize, Serialize};

/// An error as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that stands for the kind of problem; absent where the title alone says it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The status of the answer, again.
    pub status: u16,
    /// What kind of problem it is, always the same text for the same kind.
    pub title: String,
    /// What was asked for, what is wrong with it, and what would help.
    pub detail: String,
    /// A URI that stands for this one occurrence, by which a log knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}
