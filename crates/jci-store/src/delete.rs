//! Deleting runs.

use crate::refs::RefError;
use crate::{RunEntry, Store};

impl Store {
    /// Deletes the refs of runs in one transaction, each only if it is still as it was listed.
    ///
    /// Their objects stay until git collects what nothing refers to.
    pub fn delete_runs(&self, runs: &[RunEntry]) -> Result<(), RefError> {
        if runs.is_empty() {
            return Ok(());
        }
        let refs: Vec<_> = runs.iter().map(|run| (run.name, run.object)).collect();
        self.refs().delete(&self.local(), &refs)
    }

    /// Tells whether the commit of a run is in the repository.
    #[must_use]
    pub fn has_commit(&self, run: &RunEntry) -> bool {
        self.local().has_object(run.name.commit.0)
    }
}
