//! Branches and where they end.

use crate::refs::RefError;
use crate::{CommitId, Store};

/// A branch and its newest commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Branch {
    /// The name without `refs/heads/` or `refs/remotes/`; what is not UTF-8 is shown as marks.
    pub name: String,
    /// Whether it is what was last seen of a branch of a remote.
    pub remote: bool,
    /// The commit that it leads to.
    pub commit: CommitId,
}

impl Store {
    /// Lists local branches, then those of remotes, each sorted by name. Reads refs only.
    ///
    /// Names that only point to another branch, as `origin/HEAD` does, are left out.
    pub fn branches(&self) -> Result<Vec<Branch>, RefError> {
        let found = self.refs().branches(&self.local())?;
        let mut branches: Vec<_> = found
            .into_iter()
            .filter_map(|(name, id)| {
                let (remote, name) = match name.strip_prefix(b"refs/heads/") {
                    Some(name) => (false, name),
                    None => (true, name.strip_prefix(b"refs/remotes/")?),
                };
                let name = String::from_utf8_lossy(name).into_owned();
                Some(Branch { name, remote, commit: CommitId(id) })
            })
            .collect();
        branches.sort_by(|a, b| (a.remote, &a.name).cmp(&(b.remote, &b.name)));
        Ok(branches)
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;
    use jci_testkit::{Formats, TestRepo};

    #[test]
    fn branches_are_found_in_all_formats() {
        for formats in Formats::ALL {
            let repo = TestRepo::with_formats(formats);
            let store = Store::discover(repo.path()).unwrap();
            assert_eq!(store.branches().unwrap(), []);
            let first = repo.commit("first");
            repo.git(&["branch", "topic/one"]);
            let second = repo.commit("second");
            repo.git(&["update-ref", "refs/remotes/origin/main", &first]);
            repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
            repo.git(&["tag", "v1"]);
            let found = store.branches().unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|branch| (branch.name.as_str(), branch.remote, branch.commit.to_string()))
                .collect();
            let expected = [
                ("main", false, second),
                ("topic/one", false, first.clone()),
                ("origin/main", true, first),
            ];
            assert_eq!(found, expected, "in {formats:?}");
        }
    }
}
