//! Deleting runs.

use std::collections::HashSet;

use crate::git::{GitError, git, output};
use crate::refs::RefError;
use crate::{CommitId, RunEntry, Store};

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

    /// Finds the commits among `commits` that are not in the repository.
    ///
    /// In a shallow or partial clone they may merely not have been fetched.
    pub fn missing_commits(
        &self,
        commits: impl IntoIterator<Item = CommitId>,
    ) -> Result<HashSet<CommitId>, GitError> {
        let commits: HashSet<_> = commits.into_iter().collect();
        let input: String = commits.iter().map(|commit| format!("{commit}\n")).collect();
        // Runs are deleted on the strength of this, so git is asked: it looks again where packs are
        // replaced at the very moment, which gix reports as missing.
        let mut command = git(&self.common_dir());
        command.args(["cat-file", "--buffer", "--batch-check"]);
        let printed = output(&mut command, input.as_bytes())?;
        let lines = printed.split(|byte| *byte == b'\n');
        let missing = lines.filter_map(|line| line.strip_suffix(b" missing"));
        Ok(missing.filter_map(|id| std::str::from_utf8(id).ok()?.parse().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_testkit::{Formats, TestRepo};

    #[test]
    fn commits_that_are_not_there_are_found() {
        for formats in Formats::ALL {
            let repo = TestRepo::with_formats(formats);
            let there: CommitId = repo.commit("first").parse().unwrap();
            let gone: CommitId = "5".repeat(there.to_string().len()).parse().unwrap();
            let store = Store::discover(repo.path()).unwrap();
            let missing = store.missing_commits([there, gone, there, gone]).unwrap();
            assert_eq!(missing, HashSet::from([gone]), "{formats:?}");
        }
    }
}
