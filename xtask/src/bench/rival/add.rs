//! `git add` into an index of its own, and the tree that the index describes.

use std::path::Path;

use super::{RivalError, commit, git};
use crate::process;

/// Durable as jci is, the cheapest way that git has: all is written out, then flushed once.
const DURABLE: [&str; 4] = ["-c", "core.fsync=all", "-c", "core.fsyncMethod=batch"];

pub(super) fn store(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let git_dir = repository.join(".git");
    let git = || {
        let mut command = git(folder);
        command
            .args(DURABLE)
            .env("GIT_DIR", &git_dir)
            .env("GIT_WORK_TREE", folder)
            // It stays, so that a second run of a like folder finds it warm.
            .env("GIT_INDEX_FILE", git_dir.join("jci-bench-index"));
        command
    };
    process::run(git().args(["add", "--force", "--all", "."]))?;
    let tree = process::read(git().arg("write-tree"))?;
    commit(git, repository, &tree)
}
