use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The command that repairs CRLF line endings; the path follows.
///
/// Each is part of its system: the `sed` of macOS knows no `\r`.
pub(crate) const REMOVE_CARRIAGE_RETURNS: &str =
    if cfg!(target_os = "macos") { r"perl -pi -e 's/\r$//'" } else { r"sed -i 's/\r$//'" };

/// The kernel starts a file by what its `#!` line names.
pub(crate) const READS_FIRST_LINES: bool = true;

/// Tells whether the kernel would start the file at `path`, or enter the directory, for this user.
pub(crate) fn is_executable(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

/// Tells whether the kernel found nothing that it can run in a file.
pub(crate) fn is_exec_format_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error())
}

/// Takes the bytes that a file holds for the path that they name.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    OsStr::from_bytes(bytes).into()
}

/// Returns the name by which bash is started.
pub(crate) fn bash() -> OsString {
    "bash".into()
}
