//! What all endpoints have in common that change how a forge or a repository is set up.

use crate::client::error::RequestError;
use crate::client::retry::Retry;
use crate::ids::ForgeKind;

/// Fails because a forge was not set up as it should be: hooks, keys, comments, tokens.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The forge has no such thing, or not in a form that this library speaks.
    #[error("{what} of {forge} cannot be reached by this library")]
    Unsupported {
        /// The forge.
        forge: ForgeKind,
        /// What was wanted, as a noun.
        what: &'static str,
    },
    /// The forge did not answer as it should.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl ManageError {
    /// Says whether and when it is worth another try.
    ///
    /// What makes something new is sent once: after a failure that leaves open whether it came
    /// through, look first whether it is there.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unsupported { .. } => Retry::Never,
            Self::Request(error) => error.retry(),
        }
    }
}

/// Fails unless the forge is one of those whose API began as Gitea's.
pub(super) fn gitea_only(forge: ForgeKind, what: &'static str) -> Result<(), ManageError> {
    match forge {
        ForgeKind::Gitea | ForgeKind::Forgejo => Ok(()),
        ForgeKind::GitHub | ForgeKind::GitLab => Err(ManageError::Unsupported { forge, what }),
    }
}
