//! The steps, in the order in which they run: what is quick to fail comes first.

use std::fmt;
use std::process::Command;

use clap::ValueEnum;
use thiserror::Error;

use super::{deny, git_jci, ports, tools};
use crate::files::FileError;
use crate::process::{self, ProcessError};
use crate::workspace::cargo;

/// One thing that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Step {
    /// what the tests need is installed, or gets installed
    Tools,
    /// the code is formatted
    Fmt,
    /// licences, sources and duplicates of dependencies
    Deny,
    /// lints
    Clippy,
    /// the documentation builds and its links hold
    Docs,
    /// the git-jci that runs in any container, linked statically, for the tests
    Static,
    /// every test of the workspace, and every example in its documentation
    Tests,
    /// the crates that run jobs build for macOS, and their tests pass on Windows
    Ports,
}

/// What the user asked of all steps.
pub(super) struct Settings {
    /// Whether survival tests take their time.
    pub(super) thorough: bool,
}

/// Why a step did not hold.
#[derive(Debug, Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Tools(#[from] tools::ToolsError),
}

impl Step {
    /// Returns the one line that `--help` says about the step.
    pub(super) fn about(self) -> String {
        let value = self.to_possible_value();
        let help = value.as_ref().and_then(|value| value.get_help());
        help.map(ToString::to_string).unwrap_or_default()
    }

    /// Does what the step is there for; its output goes to the terminal.
    ///
    /// All that cargo builds here has one profile and one set of features, so that what one step
    /// has compiled serves the next.
    pub(super) fn run(self, settings: &Settings) -> Result<(), StepError> {
        match self {
            Self::Tools => tools::ensure()?,
            Self::Fmt => run_cargo("fmt --all --check")?,
            Self::Deny => deny::check()?,
            Self::Clippy => {
                run_cargo("clippy --workspace --all-targets --locked -- -D warnings")?;
            }
            Self::Docs => {
                let mut command = cargo_line("doc --workspace --no-deps --locked");
                process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
            }
            Self::Static => git_jci::build()?,
            // Without a word on targets cargo builds examples as programs, which tests start.
            Self::Tests => run_tests("test --workspace --locked --no-fail-fast", settings)?,
            Self::Ports => ports::check()?,
        }
        Ok(())
    }
}

fn cargo_line(line: &str) -> Command {
    cargo(line.split(' '))
}

fn run_cargo(line: &str) -> Result<(), ProcessError> {
    process::run(&mut cargo_line(line))
}

fn run_tests(line: &str, settings: &Settings) -> Result<(), ProcessError> {
    let mut command = cargo_line(line);
    // A snapshot that differs is a failure, never a new snapshot.
    command.env("INSTA_UPDATE", "no");
    if settings.thorough {
        command.env("JCI_TEST_THOROUGH", "1");
    }
    process::run(&mut command)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}
