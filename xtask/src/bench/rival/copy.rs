//! No git: a copy of the folder, flushed to the disk.

use std::path::Path;
use std::process::Command;

use super::RivalError;
use crate::process;

pub(super) fn store(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let copy = repository.join("copy");
    process::run(Command::new("cp").arg("-r").arg(folder).arg(&copy))?;
    // One call for all files: an fsync of each would take cp's side far longer.
    process::run(Command::new("sync").arg("--file-system").arg(&copy))?;
    Ok(copy.display().to_string())
}
