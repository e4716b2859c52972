//! A clone of what is committed here, as a stranger would get it.

use std::path::Path;
use std::process::Command;

use thiserror::Error;

use crate::files::{self, FileError};
use crate::process::{self, ProcessError};
use crate::workspace;

/// Why there is no clone.
#[derive(Debug, Error)]
pub(crate) enum CheckoutError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("failed to clone {}, which has to be a git repository with a commit", workspace::root().display())]
    Clone { source: ProcessError },
}

/// Clones `HEAD` into a folder of its own, removing what was there before.
///
/// What is not committed stays behind, and it is said that it does.
pub(crate) fn clone_head(folder: &Path) -> Result<(), CheckoutError> {
    let failed = |source| CheckoutError::Clone { source };
    let changes = process::read(git().args(["status", "--porcelain"])).map_err(failed)?;
    if !changes.is_empty() {
        let files = changes.lines().count();
        println!("note: only what is committed is cloned; {files} changed files are not in it");
    }
    let head = process::read(git().args(["rev-parse", "--verify", "HEAD"])).map_err(failed)?;
    files::remove_folder(folder)?;
    if let Some(parent) = folder.parent() {
        files::make_folder(parent)?;
    }
    let mut clone = git();
    clone.args(["clone", "--quiet", "--no-checkout", "."]).arg(folder);
    process::run(&mut clone).map_err(failed)?;
    // By its id: HEAD may be detached, and then a clone has no branch that names it.
    let mut checkout = Command::new("git");
    checkout.args(["checkout", "--quiet", "-B", "main", &head]).current_dir(folder);
    process::run(&mut checkout).map_err(failed)
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.current_dir(workspace::root());
    command
}
