//! Opening a repository.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::odb::store::init::Slots;
use gix::sec::trust::Mapping;

use crate::CommitId;
use crate::refs::RefBackend;

/// So many packs there is room for in a store that lasts; they are folded long before.
const MANY_PACKS: usize = 4096;

/// A git repository as a place where runs are kept.
///
/// Cheap to share: all methods take `&self`, and a `Store` may be used from several threads.
pub struct Store {
    repo: gix::ThreadSafeRepository,
    refs: RefBackend,
}

impl Store {
    /// Finds the repository that holds `directory`, as git does, `GIT_DIR` and its kin included.
    ///
    /// For programs that soon end: when many packs come to the repository while it is open, not all
    /// objects are found any more. See [`Store::discover_lasting`].
    pub fn discover(directory: &Path) -> Result<Self, OpenError> {
        Self::discover_with(directory, Mapping::default())
    }

    /// Finds the repository as [`Store::discover`] does, for a program that lives on while others
    /// write: there is room for the packs that come.
    pub fn discover_lasting(directory: &Path) -> Result<Self, OpenError> {
        let slots = Slots::AsNeededByDiskState { multiplier: 2.0, minimum: MANY_PACKS };
        let Mapping { full, reduced } = Mapping::<gix::open::Options>::default();
        let options = Mapping {
            full: full.object_store_slots(slots),
            reduced: reduced.object_store_slots(slots),
        };
        Self::discover_with(directory, options)
    }

    fn discover_with(
        directory: &Path,
        options: Mapping<gix::open::Options>,
    ) -> Result<Self, OpenError> {
        let repo = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
            directory,
            gix::discover::upwards::Options::default(),
            options,
        );
        let repo = repo.map_err(|error| OpenError::NotARepository {
            directory: directory.to_owned(),
            source: error.into(),
        })?;
        Self::from_repo(repo)
    }

    fn from_repo(repo: gix::ThreadSafeRepository) -> Result<Self, OpenError> {
        let local = repo.to_thread_local();
        let refs = match local.config_snapshot().string("extensions.refStorage") {
            None => RefBackend::Files,
            Some(value) if value.eq_ignore_ascii_case(b"files") => RefBackend::Files,
            Some(value) if value.eq_ignore_ascii_case(b"reftable") => RefBackend::Reftable,
            Some(value) => {
                return Err(OpenError::RefStorage {
                    git_dir: local.git_dir().to_owned(),
                    found: value.to_str_lossy().into_owned(),
                });
            }
        };
        Ok(Self { repo, refs })
    }

    /// Returns the folder of this work tree's own git data, `.git` or `.git/worktrees/<name>`.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.repo.git_dir()
    }

    /// Returns the folder that all work trees of the repository share, where objects and runs are.
    #[must_use]
    pub fn common_dir(&self) -> PathBuf {
        absolute(self.local().common_dir())
    }

    /// Returns the root of the work tree, or `None` in a bare repository.
    #[must_use]
    pub fn work_dir(&self) -> Option<PathBuf> {
        self.repo.work_dir().map(absolute)
    }

    /// Tells which hash the repository names its objects by: `sha1` or `sha256`.
    #[must_use]
    pub fn object_format(&self) -> &'static str {
        match self.hash_kind() {
            gix::hash::Kind::Sha256 => "sha256",
            _ => "sha1",
        }
    }

    /// Tells how the repository keeps its refs: `files` or `reftable`.
    #[must_use]
    pub fn ref_format(&self) -> &'static str {
        match self.refs {
            RefBackend::Files => "files",
            RefBackend::Reftable => "reftable",
        }
    }

    /// Reads one value of the repository's git configuration, for example `jci.maxOutputSize`.
    #[must_use]
    pub fn config(&self, key: &str) -> Option<String> {
        self.local().config_snapshot().string(key).map(|value| value.to_str_lossy().into_owned())
    }

    /// Reads a number of the configuration, with git's suffixes `k`, `m` and `g`.
    ///
    /// `Some(Err(text))` if the value is there and is no such number.
    #[must_use]
    pub fn config_number(&self, key: &str) -> Option<Result<u64, String>> {
        let repo = self.local();
        let config = repo.config_snapshot();
        let text = config.string(key)?;
        let number = config.try_integer(key).ok().flatten().and_then(|n| n.try_into().ok());
        Some(number.ok_or_else(|| text.to_str_lossy().into_owned()))
    }

    /// Reads all values of a setting that may be given several times.
    #[must_use]
    pub fn config_values(&self, key: &str) -> Vec<String> {
        let values = self.local().config_snapshot().plumbing().strings(key).unwrap_or_default();
        values.iter().map(|value| value.to_str_lossy().into_owned()).collect()
    }

    /// Lists the names of all settings of one section, such as `jci`, as they were spelled.
    #[must_use]
    pub fn config_keys(&self, section: &str) -> Vec<String> {
        let repo = self.local();
        let config = repo.config_snapshot();
        let mut keys = Vec::new();
        for part in config.plumbing().sections_by_name(section).into_iter().flatten() {
            keys.extend(part.value_names().map(|name| format!("{section}.{name}")));
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Lists the names of the remotes, sorted.
    #[must_use]
    pub fn remote_names(&self) -> Vec<String> {
        self.local().remote_names().iter().map(|name| name.to_str_lossy().into_owned()).collect()
    }

    /// Tells whether the history was cut when the repository was cloned.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        // Where that cannot be read, nobody should rely on a history that is whole.
        self.local().is_shallow().unwrap_or(true)
    }

    /// Tells whether objects were left out when the repository was cloned.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let repo = self.local();
        let config = repo.config_snapshot();
        let promises = |remote: &str| config.boolean(&format!("remote.{remote}.promisor"));
        config.string("extensions.partialClone").is_some()
            || self.remote_names().iter().any(|remote| promises(remote) == Some(true))
    }

    /// Resolves whatever git takes for a commit: a branch, `HEAD~2`, a tag, a short id.
    pub fn resolve_commit(&self, rev: &str) -> Result<CommitId, ResolveError> {
        self.refs.resolve(&self.local(), rev)
    }

    /// Returns the branch that is checked out, without `refs/heads/`; `None` on a detached HEAD.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        self.refs.branch(&self.local())
    }

    pub(crate) fn local(&self) -> gix::Repository {
        self.repo.to_thread_local()
    }

    pub(crate) fn refs(&self) -> &RefBackend {
        &self.refs
    }

    pub(crate) fn hash_kind(&self) -> gix::hash::Kind {
        self.local().object_hash()
    }

    pub(crate) fn objects_dir(&self) -> PathBuf {
        absolute(self.local().objects.store_ref().path())
    }

    /// The folder of jci's own state: locks and runs that are going on.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.common_dir().join("jci")
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("git_dir", &self.git_dir()).finish_non_exhaustive()
    }
}

fn absolute(path: &Path) -> PathBuf {
    // Not `canonicalize`: the path is shown to people and given to jobs, who know it as they typed
    // it.
    std::path::absolute(path).map_or_else(
        |_| path.to_owned(),
        |path| {
            gix::path::normalize(path.into(), Path::new("/"))
                .map_or_else(PathBuf::new, std::borrow::Cow::into_owned)
        },
    )
}

/// Why a repository could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No repository was found, or git would not trust or understand the one found.
    #[error("no usable git repository at {directory:?} or above it")]
    NotARepository {
        /// Where the search began.
        directory: PathBuf,
        /// What was wrong with what was found.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository keeps its refs in a way that this version does not know.
    #[error("the repository {git_dir:?} keeps its refs as {found:?}; known are files and reftable")]
    RefStorage {
        /// The git folder of the repository.
        git_dir: PathBuf,
        /// The value of `extensions.refStorage`.
        found: String,
    },
}

/// Why a revision did not lead to a commit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The repository has no commit yet, so that `HEAD` leads nowhere.
    #[error("{rev:?} has no commit yet")]
    Unborn {
        /// The revision as it was given.
        rev: String,
    },
    /// Nothing in the repository has this name.
    #[error("{rev:?} names no commit here")]
    NotFound {
        /// The revision as it was given.
        rev: String,
        /// What git or gix said of it.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_testkit::TestRepo;

    #[test]
    fn a_store_that_lasts_finds_what_comes_in_many_packs() {
        let repo = TestRepo::new();
        repo.git(&["config", "gc.auto", "0"]);
        repo.git(&["config", "maintenance.auto", "false"]);
        repo.commit("first");
        let store = Store::discover_lasting(repo.path()).unwrap();
        for number in 0..50 {
            repo.write("file", number.to_string());
            repo.commit("more");
            repo.git(&["repack", "-dq"]);
        }
        let tip = store.resolve_commit("HEAD").unwrap();
        assert_eq!(store.history(&tip).count(), 51);
    }

    #[test]
    fn settings_are_listed_as_they_are_spelled() {
        let repo = TestRepo::new();
        repo.git(&["config", "jci.timeout", "1m"]);
        repo.git(&["config", "--add", "jci.maskEnv", "A"]);
        repo.git(&["config", "--add", "jci.maskEnv", "B"]);
        repo.git(&["config", "jciother.key", "x"]);
        let store = Store::discover(repo.path()).unwrap();
        assert_eq!(store.config_keys("jci"), ["jci.maskEnv", "jci.timeout"]);
        assert_eq!(store.config_keys("nothing"), [""; 0]);
    }

    #[test]
    fn clones_know_what_they_lack() {
        let repo = TestRepo::new();
        repo.commit("first");
        repo.commit("second");
        repo.git(&["config", "uploadpack.allowFilter", "true"]);
        let url = format!("file://{}", repo.path().display());
        let clone = |name: &str, options: &[&str]| {
            let path = repo.environment.path(name);
            repo.git(&[&["clone", "--quiet", &url, path.to_str().unwrap()], options].concat());
            let store = Store::discover(&path).unwrap();
            assert_eq!(store.remote_names(), ["origin"]);
            (store.is_shallow(), store.is_partial())
        };
        assert_eq!(clone("whole", &[]), (false, false));
        assert_eq!(clone("shallow", &["--depth=1"]), (true, false));
        assert_eq!(clone("partial", &["--filter=blob:none"]), (false, true));
    }
}
