//! Contests in which `git jci web` is asked what its page asks.

mod commits;
mod log;
mod request;

use std::path::Path;

use thiserror::Error;

use super::place::Place;
use super::server::{Server, ServerError, Start};

pub(super) use self::commits::{Asked, CommitsContest};
pub(super) use self::log::{LOG_SIZE, LogContest, LogQuestion};

/// Why the server was of no use.
#[derive(Debug, Error)]
pub(crate) enum WebError {
    #[error("no answer to {path}")]
    NoAnswer { path: String, source: std::io::Error },
    #[error("the answer to {path} is not what was expected: {answer}")]
    OtherAnswer { path: String, answer: String },
}

/// Starts `git jci web` on a port of its own.
fn start(place: &Place, repository: &Path) -> Result<Server, ServerError> {
    let words = ["git-jci", "web", "0"];
    Server::start(
        place,
        &Start { folder: repository, words: &words, variables: &[], address_file: None },
    )
}
