//! What is asked for, checked.

use jci_store::{CommitId, RunId, Store};

use super::ViewError;

/// Which commits are asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct CommitQuery {
    /// A branch or any other revision; `HEAD` if none is named.
    pub(crate) branch: Option<String>,
    /// Where to go on, as the answer before said.
    pub(crate) page: Option<String>,
    /// `ok`, `err`, `running` or `none`, of the latest run.
    pub(crate) status: Option<String>,
    /// A part of the name or the address of the author.
    pub(crate) author: Option<String>,
    /// A part of the message, or the begin of the id.
    pub(crate) text: Option<String>,
}

/// Reads the full id of a commit, of the kind that this repository has.
pub(crate) fn parse_commit(store: &Store, given: &str) -> Result<CommitId, ViewError> {
    let digits = if store.object_format() == "sha256" { 64 } else { 40 };
    let parsed = given.parse().ok().filter(|_| given.len() == digits);
    parsed.ok_or_else(|| ViewError::Malformed {
        name: "the commit",
        given: given.to_owned(),
        expected: "the full id of a commit in hex, as this repository has them",
    })
}

/// Reads the id of a run.
pub(crate) fn parse_run(given: &str) -> Result<RunId, ViewError> {
    given.parse().map_err(|_| ViewError::Malformed {
        name: "the run",
        given: given.to_owned(),
        expected: "a run id, <unix seconds>-<4 hex>, or `latest`",
    })
}
