//! Making files and folders survive a power cut.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Waits until the names in a folder are on disk.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Waits until the content of a file is on disk.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Names the path in an error of the system, which says only what went wrong.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} {path:?}")]
pub struct PathError {
    /// What was to be done, a verb such as `write`.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl PathError {
    /// Makes a function for `map_err` that adds what was done to which path.
    pub(crate) fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { action, path, source }
    }

    /// Tells whether the disk, or this user's share of it, is full.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}
