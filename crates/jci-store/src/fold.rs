//! Folding many small runs together, so that reading stays quick.
//!
//! A small run is a handful of loose objects and a loose ref. Ten thousand of them would make every
//! listing open tens of thousands of files. So each [`FOLD_EVERY`] runs git is asked to fold loose
//! objects and small packs into larger ones, in a geometric progression, and loose refs into
//! `packed-refs`. Each object is copied only a few times over the life of a repository.

use std::fs::{self, File};
use std::io::Write as _;

use crate::Store;
use crate::git::{GitError, git, output};

/// So many runs are stored between one folding and the next.
const FOLD_EVERY: u64 = 200;

impl Store {
    /// Counts a run that was stored.
    pub(crate) fn count_unfolded(&self) {
        let path = self.state_dir().join("unfolded");
        // A byte a run: appending needs no lock, and a count that is a little off does no harm.
        if let Ok(mut file) = File::options().create(true).append(true).open(path) {
            let _ = file.write_all(b".");
        }
    }

    /// Tells whether so many runs were stored since the last folding that it is time for one.
    #[must_use]
    pub fn wants_folding(&self) -> bool {
        let path = self.state_dir().join("unfolded");
        fs::metadata(path).is_ok_and(|metadata| metadata.len() >= FOLD_EVERY)
    }

    /// Folds loose objects, small packs and loose refs together. Nothing is deleted but copies.
    ///
    /// Does nothing where another process folds at the moment.
    pub fn fold(&self) -> Result<(), GitError> {
        let lock =
            File::options().create(true).append(true).open(self.state_dir().join("fold.lock"));
        let Ok(lock) = lock else { return Ok(()) };
        if lock.try_lock().is_err() {
            return Ok(());
        }
        let _ = fs::remove_file(self.state_dir().join("unfolded"));
        let common = self.common_dir();
        output(git(&common).args(["-c", "core.fsync=committed", "pack-refs", "--all"]), b"")?;
        let mut repack = git(&common);
        // Without deltas: contents of runs are compressed already, and reading them stays a stream.
        repack.args(["-c", "core.fsync=committed", "-c", "repack.writeBitmaps=false"]);
        repack.args(["repack", "--geometric=2", "-d", "-q", "--window=0"]);
        output(&mut repack, b"")?;
        Ok(())
    }
}
