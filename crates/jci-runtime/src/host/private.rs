//! Files and folders that hold secrets.
//!
//! On Unix only their owner looks into them. On Windows they are as private as the folder that they
//! are made in: users' own folders are.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, which is not there yet.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    folders().create(path)
}

/// Makes a folder, and those above it, where they are missing.
pub(super) fn ensure_folder(path: &Path) -> io::Result<()> {
    folders().recursive(true).create(path)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Makes a file, which is not there yet, to write and to lock.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Windows locks nothing that can only be appended to.
    options.create_new(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn folders() -> DirBuilder {
    #[cfg_attr(windows, expect(unused_mut, reason = "nothing is to be changed there"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
