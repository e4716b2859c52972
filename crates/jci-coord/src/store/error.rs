//! What can go wrong with a store.

use std::error::Error;

use thiserror::Error;

/// Why a store could not do something.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Somebody else holds what is needed, for longer than we wait. It may be tried again.
    #[error("the database is locked by another program")]
    Busy {
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Two servers were in each other's way. It is tried again by itself.
    #[error("two servers were in each other's way")]
    Conflict {
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no room for it. Nothing is lost, and it works again when there is room.
    #[error("the disk of the database is full")]
    Full {
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database does not answer, or not in time.
    #[error("the database cannot be reached: {what}")]
    Unavailable {
        /// What was tried.
        what: &'static str,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A newer program has written the database.
    #[error(
        "the database has version {found}, and this program knows versions up to {known} only: \
         start a newer program"
    )]
    TooNew {
        /// The version of the database.
        found: i64,
        /// The newest version that is known.
        known: i64,
    },
    /// The database holds what this program cannot have written.
    #[error("the database holds a broken {what}: {found:?}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// The database refused, for a reason of which we know nothing better to say.
    #[error("the database refused: {what}")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Tells whether the same thing can work at once.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}
