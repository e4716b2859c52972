//! Writing git objects fast and durably, and reading them as streams.

pub(crate) mod ahead;
pub(crate) mod deflate;
pub(crate) mod known;
pub(crate) mod loose;
pub(crate) mod pack;
pub(crate) mod pack_index;
pub(crate) mod read;
pub(crate) mod stream;

use gix::ObjectId;
use gix::hash::{Hasher, Kind as HashKind, hasher};
use gix::objs::Kind;

use crate::durable::PathError;

/// Why objects could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file of the object database could not be written.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The content was made to collide with another object's id.
    #[error("the content of {what} is a SHA-1 collision attack and cannot be stored")]
    Collision {
        /// Which content.
        what: String,
    },
}

impl WriteError {
    /// Tells whether the disk is full, so that trying again after making room will help.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Path(error) if error.is_disk_full())
    }
}

/// Computes the id of an object that is in memory.
pub(crate) fn hash(kind: HashKind, object: Kind, data: &[u8]) -> Result<ObjectId, WriteError> {
    gix::objs::compute_hash(kind, object, data)
        .map_err(|_| WriteError::Collision { what: format!("an object of {} bytes", data.len()) })
}

/// Begins to compute the id of a blob of `size` bytes that come piece by piece.
pub(crate) fn blob_hasher(hash: HashKind, size: u64) -> Hasher {
    let mut hasher = hasher(hash);
    hasher.update(&gix::objs::encode::loose_header(Kind::Blob, size));
    hasher
}
