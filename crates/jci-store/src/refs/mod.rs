//! The seam between jci and the ways in which git keeps refs.
//!
//! gix reads and writes the files backend. It knows no reftable, so there git itself is asked.
//! Deletions go through git on both: one transaction for any number of refs, hooks included.

mod by_id;
mod files;
mod packed;
mod reftable;
mod stamp;

pub(crate) use files::lock_path;
pub use stamp::RefsStamp;

use std::fmt::Write as _;
use std::time::Duration;

use gix::ObjectId;

use crate::git::{GitError, git, output};
use crate::store::ResolveError;
use crate::{CommitId, RunName};

/// How long other writers of refs are waited for.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// The folders of refs that hold branches, local and of remotes.
const BRANCHES: [&str; 2] = ["refs/heads/", "refs/remotes/"];

/// How the repository keeps its refs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RefBackend {
    Files,
    Reftable,
}

impl RefBackend {
    /// Resolves a revision to the commit it leads to.
    pub(crate) fn resolve(
        self,
        repo: &gix::Repository,
        rev: &str,
    ) -> Result<CommitId, ResolveError> {
        if let Self::Files = self
            && let Some(commit) = files::resolve(repo, rev)
        {
            return Ok(commit);
        }
        // Whatever gix does not understand, git may: its word is final.
        reftable::resolve(repo, rev)
    }

    /// Returns the short name of the branch that is checked out.
    pub(crate) fn branch(self, repo: &gix::Repository) -> Option<String> {
        match self {
            Self::Files => files::branch(repo),
            Self::Reftable => reftable::branch(repo),
        }
    }

    /// Lists the runs of one commit, or of all, and the object that each ref points to.
    pub(crate) fn runs(
        self,
        repo: &gix::Repository,
        commit: Option<&CommitId>,
    ) -> Result<Vec<(RunName, ObjectId)>, RefError> {
        match self {
            Self::Files => files::runs(repo, commit),
            Self::Reftable => reftable::runs(repo, commit),
        }
    }

    /// Tells whether there is any run.
    pub(crate) fn has_runs(self, repo: &gix::Repository) -> Result<bool, RefError> {
        match self {
            Self::Files => files::has_runs(repo),
            Self::Reftable => reftable::has_runs(repo),
        }
    }

    /// Lists the runs of each of some commits, in the order of the commits.
    pub(crate) fn runs_of(
        self,
        repo: &gix::Repository,
        commits: &[CommitId],
    ) -> Result<Vec<Vec<(RunName, ObjectId)>>, RefError> {
        match self {
            // Each is found by halving `packed-refs` and by a look into one folder.
            Self::Files => commits.iter().map(|commit| files::runs(repo, Some(commit))).collect(),
            Self::Reftable => reftable::runs_of(repo, commits),
        }
    }

    /// Lists the branches, local and of remotes, by their full names.
    pub(crate) fn branches(
        self,
        repo: &gix::Repository,
    ) -> Result<Vec<(Vec<u8>, ObjectId)>, RefError> {
        match self {
            Self::Files => files::branches(repo),
            Self::Reftable => reftable::branches(repo),
        }
    }

    /// Lists the runs whose ids begin with `start`, and the object that each ref points to.
    pub(crate) fn runs_by_id(
        self,
        repo: &gix::Repository,
        start: &str,
    ) -> Result<Vec<(RunName, ObjectId)>, RefError> {
        match self {
            Self::Files => by_id::runs(repo, start),
            Self::Reftable => {
                let mut runs = reftable::runs(repo, None)?;
                runs.retain(|(name, _)| name.id.starts_with(start));
                Ok(runs)
            }
        }
    }

    /// Finds the object that the ref of one run points to.
    pub(crate) fn find(
        self,
        repo: &gix::Repository,
        name: &RunName,
    ) -> Result<Option<ObjectId>, RefError> {
        match self {
            Self::Files => files::find(repo, name),
            Self::Reftable => reftable::find(repo, name),
        }
    }

    /// Prepares to create the ref of a run: does what can be done before its objects are there.
    pub(crate) fn prepare(
        self,
        repo: &gix::Repository,
        name: &RunName,
        target: ObjectId,
    ) -> Result<PreparedRef, RefError> {
        Ok(match self {
            Self::Files => PreparedRef::Files(files::prepare(repo, name, target)?),
            // git would hold the one lock that all refs share.
            Self::Reftable => PreparedRef::Reftable { name: *name, target },
        })
    }

    /// Deletes refs in one transaction, each only if it still points to the object named.
    pub(crate) fn delete(
        self,
        repo: &gix::Repository,
        runs: &[(RunName, ObjectId)],
    ) -> Result<(), RefError> {
        if let Self::Files = self
            && packed::delete(repo, runs)?
        {
            return Ok(());
        }
        let mut input = String::new();
        for (name, target) in runs {
            let _ = writeln!(input, "delete {} {target}", name.ref_name());
        }
        match self {
            // git itself waits for locks of files.
            Self::Files => update_once(repo, &input)?,
            Self::Reftable => reftable::update(repo, &input)?,
        }
        Ok(())
    }
}

/// A ref that can be created at any moment; dropped, nothing has happened.
pub(crate) enum PreparedRef {
    Files(files::PreparedRef),
    Reftable { name: RunName, target: ObjectId },
}

impl PreparedRef {
    /// Creates the ref, durably, and only if it does not exist.
    pub(crate) fn commit(self, repo: &gix::Repository) -> Result<(), RefError> {
        match self {
            Self::Files(prepared) => prepared.commit(),
            Self::Reftable { name, target } => reftable::create(repo, &name, target),
        }
    }
}

/// Gives `git update-ref --stdin` one transaction.
fn update_once(repo: &gix::Repository, input: &str) -> Result<(), GitError> {
    let mut command = git(repo.common_dir());
    command.args(["-c", "core.fsync=committed", "update-ref", "--stdin"]);
    output(&mut command, input.as_bytes()).map(drop)
}

/// Why refs could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefError {
    /// The ref that was to be created is there already.
    #[error("the ref {ref_name} exists already")]
    Exists {
        /// The full name of the ref.
        ref_name: String,
    },
    /// The ref is not there any more, or points to something else than it did.
    #[error("the ref {ref_name} is not as it was listed")]
    Changed {
        /// The full name of the ref.
        ref_name: String,
    },
    /// Another process holds the lock of the ref.
    #[error("the ref {ref_name} is locked by {lock:?}")]
    Locked {
        /// The full name of the ref.
        ref_name: String,
        /// The lock file; it may be a leftover of a git that was killed.
        lock: std::path::PathBuf,
    },
    /// A ref has the name of a folder that the new one would be in.
    #[error("the ref {ref_name} cannot be written: a ref {other:?} is in the place of its folder")]
    InTheWay {
        /// The full name of the ref that was to be written.
        ref_name: String,
        /// The full name of the other.
        other: std::path::PathBuf,
    },
    /// The ref could not be written.
    #[error("could not write the ref {ref_name}")]
    Write {
        /// The full name of the ref.
        ref_name: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The refs could not be read.
    #[error("could not read the refs below {prefix}")]
    Read {
        /// The folder of refs that was read.
        prefix: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// git, which was asked to do it, failed.
    #[error(transparent)]
    Git(#[from] GitError),
}
