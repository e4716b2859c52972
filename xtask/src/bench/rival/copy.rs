//! No git: a copy of the folder.

use std::path::Path;
use std::process::Command;

use super::RivalError;
use crate::process;

pub(super) fn store(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let copy = repository.join("copy");
    process::run(Command::new("cp").arg("-r").arg(folder).arg(&copy))?;
    Ok(copy.display().to_string())
}

/// Flushes a copy to the disk, in one call: an fsync of each file would take far longer.
pub(super) fn sync(copy: String) -> Result<String, RivalError> {
    process::run(Command::new("sync").args(["--file-system", &copy]))?;
    Ok(copy)
}
