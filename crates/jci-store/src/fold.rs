//! Folding many small runs together, so that reading stays quick.
//!
//! A small run is a handful of loose objects and a loose ref. Ten thousand of them would make every
//! listing open tens of thousands of files. So each [`FOLD_EVERY`] runs git is asked to fold loose
//! objects and small packs into larger ones, in a geometric progression, and loose refs into
//! `packed-refs`. Each object is copied only a few times over the life of a repository.

use std::fs::{self, File};
use std::io::Write as _;

use crate::Store;
use crate::durable::PathError;
use crate::git::{GitError, git, output};

/// Holds a byte for each run that was stored since the last folding.
const UNFOLDED: &str = "unfolded";
/// So many runs are stored between one folding and the next.
const FOLD_EVERY: u64 = 200;

impl Store {
    /// Counts runs that were stored, by us or by a git that fetched them.
    pub fn count_unfolded(&self, runs: usize) {
        let path = self.state_dir().join(UNFOLDED);
        // A byte a run: appending needs no lock, and a count that is a little off does no harm.
        if let Ok(mut file) = File::options().create(true).append(true).open(path) {
            let _ = file.write_all(&vec![b'.'; runs]);
        }
    }

    /// Tells whether so many runs were stored since the last folding that it is time for one.
    #[must_use]
    pub fn wants_folding(&self) -> bool {
        let path = self.state_dir().join(UNFOLDED);
        fs::metadata(path).is_ok_and(|metadata| metadata.len() >= FOLD_EVERY)
    }

    /// Folds loose objects, small packs and loose refs together. Nothing is deleted but copies.
    ///
    /// Does nothing where another process folds at the moment.
    pub fn fold(&self) -> Result<(), FoldError> {
        let path = self.state_dir().join("fold.lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(PathError::of("open", &path))?;
        if lock.try_lock().is_err() {
            return Ok(());
        }
        let _objects = self.lock_for_writing()?;
        let _ = fs::remove_file(self.state_dir().join(UNFOLDED));
        let common = self.common_dir();
        output(git(&common).args(["-c", "core.fsync=committed", "pack-refs", "--all"]), b"")?;
        // What a partial clone has from its remote is kept apart, which is git's own business.
        if self.is_partial() {
            return Ok(());
        }
        let mut repack = git(&common);
        // Without deltas: reading what a run holds stays a stream.
        repack.args(["-c", "core.fsync=committed", "-c", "repack.writeBitmaps=false"]);
        repack.args(["repack", "--geometric=2", "-d", "-q", "--window=0"]);
        output(&mut repack, b"")?;
        Ok(())
    }
}

/// Why runs could not be folded together. They are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// A lock could not be taken.
    #[error(transparent)]
    Path(#[from] PathError),
    /// git failed at it.
    #[error(transparent)]
    Git(#[from] GitError),
}
