//! Programs that must be there.

use std::path::PathBuf;

/// Finds a program that a test cannot do without.
///
/// # Panics
/// If it is not installed, naming the Debian package that holds it: a test that did not look at
/// its subject must not pass.
#[must_use]
pub fn require(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("this test needs `{program}`: type `apt-get install {package}`"))
}
