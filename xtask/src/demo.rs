//! `cargo xtask demo`: a first run of jci, on this very repository.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use thiserror::Error;

use crate::checkout::{self, CheckoutError};
use crate::process::{self, ProcessError};
use crate::workspace::{self, cargo};

/// Nothing to choose.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Why there is nothing to see.
#[derive(Debug, Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the job of the demo failed ({status}); its output is above, and stored as a run in {}", clone.display())]
    Job { status: ExitStatus, clone: PathBuf },
}

/// Builds `git-jci`, runs the job of a clone of `HEAD`, and shows what is there to be seen of it.
pub(crate) fn run(_: &Arguments) -> Result<(), DemoError> {
    println!("building git-jci");
    // Not optimised: that is compiled in half the time, and the demo is no benchmark.
    process::run(&mut cargo(["build", "--locked", "--package", "git-jci"]))?;
    let clone = workspace::target().join("demo/jci");
    println!("cloning HEAD into {}", clone.display());
    checkout::clone_head(&clone)?;

    let mut run = git_jci(&clone, &["run"]);
    echo(&run);
    let status = run.status().map_err(|source| process::not_started(&run, source))?;
    for arguments in [&["ls"][..], &["show"], &["log"]] {
        let mut command = git_jci(&clone, arguments);
        echo(&command);
        process::run(&mut command)?;
    }
    if !status.success() {
        return Err(DemoError::Job { status, clone });
    }
    println!("\n{}", what_next(&clone));
    Ok(())
}

fn what_next(clone: &Path) -> String {
    let clone = clone.display();
    format!(
        "That run is a git commit now. What to type next:\n\
         \x20 cd {clone}\n\
         \x20 git for-each-ref refs/jci-runs       # where it is kept\n\
         \x20 cargo install --path bins/git-jci    # makes `git jci` yours\n\
         and then, in a repository of yours:\n\
         \x20 git jci init                         # proposes a .jci/run.sh\n\
         \x20 git jci run"
    )
}

/// Prepares `git jci …` as git finds it once it is installed.
fn git_jci(clone: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("jci")
        .args(arguments)
        .current_dir(clone)
        .env("PATH", path_with_git_jci())
        // The job compiles too; here it finds what was compiled for the program that runs it.
        .env("CARGO_TARGET_DIR", workspace::target())
        .env("GIT_PAGER", "cat");
    command
}

fn path_with_git_jci() -> OsString {
    let folder = workspace::target().join("debug");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}

fn echo(command: &Command) {
    println!("\n$ {}", process::shown(command));
}
