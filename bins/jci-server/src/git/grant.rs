//! Who may do what: the words between the proxy and whoever knows the jobs.

use futures_util::future::BoxFuture;
use jci_coord::AttemptId;
use jci_forge::{ObjectId, RepoName};
use jci_store::RunId;
use secrecy::SecretString;

/// What the token of a job allows.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The attempt that the token was made for.
    pub(crate) attempt: AttemptId,
    /// The only repository that can be read.
    pub(crate) repository: RepoName,
    /// The commit whose runs can be pushed.
    pub(crate) commit: ObjectId,
    /// Whether runs can be pushed at all.
    pub(crate) may_push: bool,
}

/// Fails because a token allows nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// No attempt that goes on has this token; whether one ever had it is not told.
    #[error("the token of this job is not valid, or not any more: it ends with the job")]
    Dead,
    /// The token is for another repository.
    #[error("the token of this job is for another repository")]
    OtherRepository,
    /// It could not be looked up.
    #[error("the server cannot look up tokens at the moment; try again")]
    Unavailable,
}

/// Looks tokens up.
///
/// Whoever does so holds SHA-256 hashes of tokens, and finds one by the hash of the token that
/// came, so that the time it takes says nothing about the tokens themselves.
pub(crate) trait Grants: Send + Sync + 'static {
    /// Tells what a token allows in a repository, now.
    fn grant<'a>(
        &'a self,
        token: &'a SecretString,
        repository: &'a RepoName,
    ) -> BoxFuture<'a, Result<Grant, Refused>>;
}

/// A run that the forge has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushedRun {
    /// The full name of its ref.
    pub(crate) reference: String,
    /// Its id, the end of that name.
    pub(crate) run: RunId,
    /// The commit that holds it.
    pub(crate) id: ObjectId,
}

/// Hears of runs that were pushed.
pub(crate) trait PushObserver: Send + Sync + 'static {
    /// Is called for each run that the forge has taken, before git knows that it has.
    ///
    /// It is called too if git is gone by then.
    fn pushed<'a>(&'a self, grant: &'a Grant, run: &'a PushedRun) -> BoxFuture<'a, ()>;
}
