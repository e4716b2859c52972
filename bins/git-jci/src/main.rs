//! `git jci`: continuous integration that lives in git.

// `tell!` instead: it does not panic where nobody reads.
#![warn(clippy::print_stderr)]

mod cli;
mod commands;
mod context;
mod error;
pub(crate) mod exit_code;
mod format;
mod git;
mod output;
mod recovery;
mod runs;
mod stderr;
mod transfer;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::read() {
        Ok(cli) => cli,
        Err(error) => return report_usage(&error),
    };
    match commands::dispatch(cli) {
        Ok(code) => code.into(),
        Err(error) => error.report().into(),
    }
}

/// Prints help to standard output and what is wrong to standard error, as clap sorts them.
fn report_usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to be done about a terminal that is gone.
    let _ = error.print();
    if error.use_stderr() { exit_code::USAGE.into() } else { exit_code::OK.into() }
}
