//! The git-jci that the tests bind into containers: it runs whatever libraries an image has.

use crate::process::{self, ProcessError};
use crate::workspace::{self, cargo};

/// Builds it into a folder of its own, where `jci_testkit::static_git_jci` finds it.
///
/// Cargo tells libraries that are linked statically from others by the flags alone: in the usual
/// folder each of the two builds would undo the other.
pub(super) fn build() -> Result<(), ProcessError> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = cargo(["build", "--package", "git-jci", "--locked", "--target", &platform]);
    command.arg("--target-dir").arg(workspace::target().join("static"));
    // With a platform named, build scripts and macros are spared the flag, which they cannot take.
    process::run(command.env("RUSTFLAGS", "-C target-feature=+crt-static"))
}
