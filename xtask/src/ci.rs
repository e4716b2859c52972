//! `cargo xtask ci`: what CI sees.

use std::path::Path;
use std::process::{Command, Stdio};

use thiserror::Error;

use crate::checkout::{self, CheckoutError};
use crate::process::{self, ProcessError};
use crate::workspace;

/// How close to an empty machine.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Builds in a target folder kept from the time before, so that dependencies are not compiled
    /// again.
    #[arg(long)]
    warm: bool,
}

/// Why CI would turn the change down.
#[derive(Debug, Error)]
pub(crate) enum CiError {
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// Clones `HEAD` into an empty folder and runs `.ci/run` there.
pub(crate) fn run(arguments: &Arguments) -> Result<(), CiError> {
    let folder = workspace::target().join("ci/jci");
    checkout::clone_head(&folder)?;
    println!("running .ci/run in {}", folder.display());
    Ok(process::run(&mut script(&folder, arguments.warm))?)
}

fn script(folder: &Path, warm: bool) -> Command {
    // Never this checkout's own: cargo would take the programs of one for those of the other.
    let target = if warm { workspace::target().join("ci/target") } else { folder.join("target") };
    let mut command = Command::new("bash");
    command
        .arg(".ci/run")
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("CI", "true")
        .env("CARGO_TARGET_DIR", target);
    command
}
