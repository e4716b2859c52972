//! The project's own programs, as cargo has built them beside a test.

use std::path::{Path, PathBuf};

/// Finds a program of another crate of this workspace, built with the profile of the test.
///
/// Those of the test's own crate are in `CARGO_BIN_EXE_…`.
///
/// # Panics
/// If it is not built, saying what to type.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let tests = own();
    let folder = tests.parent().and_then(Path::parent).expect("a test lies in a target folder");
    built(folder.join(name), &format!("cargo build --bin {name}"))
}

/// Finds the `git-jci` that runs in any container: linked statically, as `cargo xtask test` builds
/// it before the tests.
///
/// # Panics
/// If it is not built, saying what to type.
#[must_use]
pub fn static_git_jci() -> PathBuf {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let program = target_folder().join("static").join(platform).join("debug/git-jci");
    built(program, "cargo xtask test --only static")
}

/// Returns the target folder of the workspace.
pub(crate) fn target_folder() -> PathBuf {
    let tests = own();
    let target = tests.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.expect("a test lies in a target folder").to_owned()
}

fn own() -> PathBuf {
    std::env::current_exe().expect("a test has a path")
}

fn built(program: PathBuf, command: &str) -> PathBuf {
    assert!(program.is_file(), "{} is not built: type `{command}`", program.display());
    program
}
