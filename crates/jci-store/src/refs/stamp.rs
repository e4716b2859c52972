//! Telling whether refs changed without reading them.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::RefBackend;
use crate::Store;

/// What changed this shortly before it was looked at may change again within the same tick of the
/// file system's clock, and look as it did.
const TICK: Duration = Duration::from_millis(100);

/// How the files and folders that hold refs looked at one moment.
#[derive(Debug, Clone, Copy)]
pub struct RefsStamp {
    hash: u64,
    settled: bool,
}

impl RefsStamp {
    /// Tells whether refs may have changed from this stamp to a later one.
    ///
    /// When in doubt, they may have.
    #[must_use]
    pub fn may_differ(&self, later: &Self) -> bool {
        !self.settled || self.hash != later.hash
    }
}

impl Store {
    /// Looks at the files and folders that hold `HEAD`, branches and runs, and reads none of them.
    #[must_use]
    pub fn refs_stamp(&self) -> RefsStamp {
        let common = self.common_dir();
        let mut look = Look { hasher: DefaultHasher::new(), newest: SystemTime::UNIX_EPOCH };
        let now = SystemTime::now();
        look.at(&self.git_dir().join("HEAD"));
        match self.refs() {
            RefBackend::Files => {
                look.at(&common.join("packed-refs"));
                look.tree(common.join("refs/heads"));
                look.tree(common.join("refs/remotes"));
                // A folder for each commit, and none in these.
                let runs = common.join("refs/jci-runs");
                look.at(&runs);
                for folder in look.folders(&runs) {
                    look.at(&folder);
                }
            }
            RefBackend::Reftable => {
                look.at(&common.join("reftable/tables.list"));
                look.at(&self.git_dir().join("reftable/tables.list"));
            }
        }
        let settled = now.duration_since(look.newest).is_ok_and(|age| age > TICK);
        RefsStamp { hash: look.hasher.finish(), settled }
    }
}

struct Look {
    hasher: DefaultHasher,
    newest: SystemTime,
}

impl Look {
    /// Notes how something looks, or that it is not there. A ref is written by giving a new file
    /// its name, which its folder shows.
    fn at(&mut self, path: &Path) -> bool {
        let metadata = fs::symlink_metadata(path).ok();
        path.hash(&mut self.hasher);
        if let Some(it) = &metadata {
            (it.ino(), it.size(), it.mtime(), it.mtime_nsec()).hash(&mut self.hasher);
            self.newest = self.newest.max(it.modified().unwrap_or(SystemTime::now()));
        }
        metadata.is_some()
    }

    fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()));
        let mut folders: Vec<_> = folders.map(|entry| entry.path()).collect();
        folders.sort_unstable();
        folders
    }

    fn tree(&mut self, folder: PathBuf) {
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            if self.at(&folder) {
                folders.extend(self.folders(&folder));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_testkit::{Formats, PlumbedRun, TestRepo};

    /// Waits until what changed last was long enough ago.
    fn settled(store: &Store) -> RefsStamp {
        loop {
            let stamp = store.refs_stamp();
            if stamp.settled {
                return stamp;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn every_change_of_refs_shows_and_nothing_else_does() {
        for formats in Formats::ALL {
            let repo = TestRepo::with_formats(formats);
            let commit = repo.commit("first");
            let store = Store::discover(repo.path()).unwrap();
            let run = |id: &str| repo.plumb_run(&commit, &PlumbedRun::new(id, "ok"));
            let changes: [(&str, &dyn Fn()); 7] = [
                ("a run", &|| drop(run("1767323000-0001"))),
                ("another run of the commit", &|| drop(run("1767323000-0002"))),
                ("a commit", &|| drop(repo.commit("second"))),
                ("a branch", &|| drop(repo.git(&["branch", "topic/one"]))),
                ("a moved branch", &|| drop(repo.git(&["branch", "-f", "topic/one", &commit]))),
                ("another branch", &|| drop(repo.git(&["checkout", "-q", "topic/one"]))),
                ("a run less", &|| {
                    let name = format!("refs/jci-runs/{commit}/1767323000-0002");
                    drop(repo.git(&["update-ref", "-d", &name]));
                }),
            ];
            for (what, change) in changes {
                let before = settled(&store);
                repo.git(&["hash-object", "-w", "--stdin"]);
                assert!(!before.may_differ(&store.refs_stamp()), "{what} in {formats:?}");
                change();
                assert!(before.may_differ(&store.refs_stamp()), "{what} in {formats:?}");
            }
        }
    }

    #[test]
    fn what_changed_just_now_may_change_unseen() {
        let repo = TestRepo::new();
        repo.commit("first");
        let store = Store::discover(repo.path()).unwrap();
        let stamp = RefsStamp { settled: false, ..store.refs_stamp() };
        assert!(stamp.may_differ(&stamp));
    }
}
