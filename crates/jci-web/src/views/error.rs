//! Why something cannot be shown.

use crate::log::{LogError, TooManyLogs};
use jci_store::{ReadError, RefError, ResolveError, UnsafePath};

/// Why something cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// A part of what was asked for makes no sense.
    #[error("{name} is {given:?}; expected {expected}")]
    Malformed {
        /// The part.
        name: &'static str,
        /// What was given.
        given: String,
        /// What would make sense.
        expected: &'static str,
    },
    /// No commit has this id, and no run is of it.
    #[error("there is no commit {id} here, and no run of it; it may have to be fetched")]
    NoCommit {
        /// The id as it was given.
        id: String,
    },
    /// Nothing has this name.
    #[error("{revision:?} is no branch and no other revision here")]
    NoRevision {
        /// The name as it was given.
        revision: String,
        /// What git said of it.
        source: ResolveError,
    },
    /// The commit has no such run.
    #[error("the commit {commit} has no run {run} here; `git jci pull` gets runs made elsewhere")]
    NoRun {
        /// The id of the commit.
        commit: String,
        /// What was asked for: an id, or `latest`.
        run: String,
    },
    /// The run has no such file.
    #[error("the run {run} has no file {path:?}")]
    NoFile {
        /// The id of the run.
        run: String,
        /// The path as it was given.
        path: String,
    },
    /// The run has not ended, so that only its log is there.
    #[error("the run {run} is still going on: until it ends there is only its log")]
    StillRunning {
        /// The id of the run.
        run: String,
    },
    /// The run holds a path that must not be written to a file system.
    #[error(transparent)]
    Unsafe(#[from] UnsafePath),
    /// The file is not what it would have to be for this view of it.
    #[error("{path:?} is no {expected}: {why}; it can be looked at as text")]
    NotThat {
        /// The path of the file.
        path: String,
        /// What it would have to be.
        expected: &'static str,
        /// Why it is not.
        why: String,
    },
    /// More logs are looked at than there is room for.
    #[error(transparent)]
    TooManyLogs(#[from] TooManyLogs),
    /// There is no room to keep what is read of a file, or no thread to read it.
    #[error("the file could not be put where temporary files go")]
    Spool {
        /// What the system said.
        source: std::io::Error,
    },
    /// Lines of a log could not be had.
    #[error(transparent)]
    Log(LogError),
    /// The refs could not be read.
    #[error(transparent)]
    Refs(#[from] RefError),
    /// An object could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
