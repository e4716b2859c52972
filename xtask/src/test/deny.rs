//! The policy on dependencies, checked by a cargo-deny of one known version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, ProcessError};
use crate::workspace::{self, cargo};

const VERSION: &str = "0.20.2";

/// Checks licences, duplicates and sources against `deny.toml`.
pub(super) fn check() -> Result<(), ProcessError> {
    let program = find_or_install()?;
    let mut command = Command::new(program);
    command
        .args(["--all-features", "--locked", "check", "-D", "warnings"])
        .args(["licenses", "bans", "sources"])
        .current_dir(workspace::root());
    process::run(&mut command)
}

fn find_or_install() -> Result<PathBuf, ProcessError> {
    let tools = workspace::target().join("tools");
    let own = tools.join("bin/cargo-deny");
    let known = [own.clone(), PathBuf::from("cargo-deny")];
    if let Some(program) = known.into_iter().find(|program| is_wanted(program)) {
        return Ok(program);
    }
    println!("installing cargo-deny {VERSION} into {}", tools.display());
    process::run(&mut install(&tools))?;
    Ok(own)
}

/// Prepares a build that is quick to get: about 45 s instead of 4 minutes on two cores.
///
/// The program runs for a second, so neither optimising it nor the C libraries of its default
/// features (they fetch advisories) would pay.
fn install(tools: &Path) -> Command {
    let mut command = cargo(["install", "cargo-deny", "--version", VERSION, "--locked"]);
    command
        .args(["--debug", "--no-default-features", "--root"])
        .arg(tools)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // A folder of its own would stay behind with 500 MB; cargo removes the one it makes.
        .env_remove("CARGO_TARGET_DIR");
    command
}

fn is_wanted(program: &Path) -> bool {
    let version = process::read(Command::new(program).arg("--version"));
    version.is_ok_and(|version| version == format!("cargo-deny {VERSION}"))
}
