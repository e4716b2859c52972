//! Other ways to do what jci does, each as good as it gets in its kind.
//!
//! A rival runs in a process of its own, this very program called as `cargo xtask rival`, so that
//! one `wait4` measures it with all the programs that it starts.

mod add;
mod copy;
mod fast_import;
mod original;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use thiserror::Error;

use super::place::OWN_GIT;
use crate::files::FileError;
use crate::process::{self, ProcessError};

/// A way to store a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreRival {
    /// jci's forerunner: git hash-object for each file, git mktree for each folder; not synced
    Original,
    /// one git fast-import into one pack; core.fsync=all
    FastImport,
    /// git add -f with an index of its own, git write-tree; core.fsync=all in one batch
    Add,
    /// no git at all: cp -r, then sync --file-system
    Copy,
    /// cp -r and nothing else: a power cut may undo it
    CopyUnsynced,
}

/// What a rival stores, and where.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    rival: StoreRival,
    repository: PathBuf,
    folder: PathBuf,
}

/// Why a rival stored nothing.
#[derive(Debug, Error)]
pub(crate) enum RivalError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// Stores a folder the rival's way and prints where it is.
pub(crate) fn run(arguments: &Arguments) -> Result<(), RivalError> {
    let Arguments { rival, repository, folder } = arguments;
    println!("{}", rival.store(repository, folder)?);
    Ok(())
}

impl StoreRival {
    /// Returns the name by which the user knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::FastImport => "fast-import",
            Self::Add => "add",
            Self::Copy => "copy",
            Self::CopyUnsynced => "copy-unsynced",
        }
    }

    /// Tells whether git has no part in it.
    pub(crate) fn is_copy(self) -> bool {
        matches!(self, Self::Copy | Self::CopyUnsynced)
    }

    /// Stores a folder; returns the ref of the commit, or the path of the copy.
    fn store(self, repository: &Path, folder: &Path) -> Result<String, RivalError> {
        match self {
            Self::Original => original::store(repository, folder),
            Self::FastImport => fast_import::store(repository, folder),
            Self::Add => add::store(repository, folder),
            Self::Copy => copy::store(repository, folder).and_then(copy::sync),
            Self::CopyUnsynced => copy::store(repository, folder),
        }
    }
}

fn git(repository: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).envs(OWN_GIT);
    command
}

/// Makes a commit of a tree and a ref that names it, as all rivals but `fast-import` do.
fn commit(git: impl Fn() -> Command, repository: &Path, tree: &str) -> Result<String, RivalError> {
    let commit = process::read(git().args(["commit-tree", "-m", "run", tree]))?;
    let name = new_ref(repository)?;
    process::run(git().args(["update-ref", &name, &commit]))?;
    Ok(name)
}

/// Returns a ref that does not exist yet, named as jci names its own.
fn new_ref(repository: &Path) -> Result<String, RivalError> {
    let head = process::read(git(repository).args(["rev-parse", "HEAD"]))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let tail = now.subsec_micros() & 0xffff;
    Ok(format!("refs/jci-runs/{head}/{}-{tail:04x}", now.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository_and_folder() -> jci_testkit::TestRepo {
        let repo = jci_testkit::TestRepo::new();
        let _ = repo.commit("first");
        let out = |path: &str| format!("../out/{path}");
        repo.write(&out("top.txt"), "top\n");
        repo.write(&out("a/one"), "one\n");
        repo.write(&out("a/deeper/two"), b"\0\x01\xff".repeat(50_000));
        repo.write(&out("a.b"), "sorts between a and a/\n");
        repo.write(&out("same"), "top\n");
        repo
    }

    fn store(rival: StoreRival, repo: &jci_testkit::TestRepo) -> String {
        rival.store(repo.path(), &repo.environment.path("out")).unwrap()
    }

    #[test]
    fn every_rival_in_git_stores_the_whole_folder() {
        for rival in [StoreRival::Original, StoreRival::FastImport, StoreRival::Add] {
            let repo = repository_and_folder();
            let name = store(rival, &repo);
            assert_eq!(repo.run_refs(), [name.as_str()], "{rival:?}");
            repo.fsck();
            repo.git(&["worktree", "add", "--quiet", "--detach", "../checked-out", &name]);
            let same = ["-r", "--exclude=.git", "../out", "../checked-out"];
            let _ = repo.run("diff", &same).success();
        }
    }

    #[test]
    fn a_copy_is_a_copy() {
        for rival in [StoreRival::Copy, StoreRival::CopyUnsynced] {
            let repo = repository_and_folder();
            let copy = store(rival, &repo);
            let _ = repo.run("diff", &["-r", "../out", &copy]).success();
        }
    }

    #[test]
    fn storing_twice_makes_two_runs() {
        let repo = repository_and_folder();
        for rival in [StoreRival::Add, StoreRival::FastImport, StoreRival::Original] {
            let _ = store(rival, &repo);
        }
        assert_eq!(repo.run_refs().len(), 3);
    }
}
