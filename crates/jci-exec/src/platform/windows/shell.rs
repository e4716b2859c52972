use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Foundation::ERROR_BAD_EXE_FORMAT;

/// The command that repairs CRLF line endings; the path follows.
pub(crate) const REMOVE_CARRIAGE_RETURNS: &str = r"sed -i 's/\r$//'";

/// What the system starts by itself.
const PROGRAMS: [&str; 4] = ["exe", "com", "bat", "cmd"];

/// The system knows programs by their names, and no `#!` line.
pub(crate) const READS_FIRST_LINES: bool = false;

/// Tells whether the system would start the file at `path`, or whether it is a
/// directory.
pub(crate) fn is_executable(path: &Path) -> bool {
    let is_program = path.extension().is_some_and(|extension| {
        PROGRAMS.iter().any(|program| extension.eq_ignore_ascii_case(program))
    });
    is_program || path.is_dir()
}

/// Tells whether the system found nothing that it can run in a file.
pub(crate) fn is_exec_format_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_BAD_EXE_FORMAT.cast_signed())
}

/// Takes the bytes that a file holds for the path that they name.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Returns the bash that comes with git, which is on `PATH`, and not that of the system: that one is
/// for another system inside this one.
pub(crate) fn bash() -> OsString {
    let system = std::env::var_os("SystemRoot").map(PathBuf::from).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .filter(|folder| !folder.starts_with(&system))
        .map(|folder| folder.join("bash.exe"))
        .find(|file| file.is_file());
    found.map_or_else(|| "bash".into(), PathBuf::into_os_string)
}
