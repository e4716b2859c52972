//! Contests in which `git jci web` is asked what its page asks.

mod commits;
mod log;
mod request;
mod server;

use std::path::PathBuf;

use thiserror::Error;

pub(super) use self::commits::{Asked, CommitsContest};
pub(super) use self::log::{LOG_SIZE, LogContest, LogQuestion};
use crate::files::FileError;
use crate::process::ProcessError;

/// Why the server was of no use.
#[derive(Debug, Error)]
pub(crate) enum WebError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("`git jci web` printed no address; what it said is in {}", log.display())]
    NoAddress { log: PathBuf },
    #[error("no answer to {path}")]
    NoAnswer { path: String, source: std::io::Error },
    #[error("the answer to {path} is not what was expected: {answer}")]
    OtherAnswer { path: String, answer: String },
}
