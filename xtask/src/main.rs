//! The project's own tasks: `cargo xtask test | ci | bench | demo`.
//!
//! Each task is a module that knows no other task; what they share is how to run a program
//! ([`process`]), how to touch a file ([`files`]) and where things lie ([`workspace`]).

mod bench;
mod checkout;
mod ci;
mod demo;
mod files;
mod process;
mod test;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks everything that must hold before a change lands, set-up included.
    Test(test::Arguments),
    /// Does what CI does: clones HEAD into an empty folder and runs .ci/run there.
    Ci(ci::Arguments),
    /// Measures named workloads side by side with other ways to do the same.
    Bench(bench::Arguments),
    /// Stores a folder as a rival would; what `bench` measures.
    #[command(hide = true)]
    Rival(bench::rival::Arguments),
    /// Builds git-jci, runs this repository's own job in a clone, and shows what came of it.
    Demo(demo::Arguments),
}

fn main() -> ExitCode {
    let result: Result<(), Box<dyn Error>> = match Arguments::parse().task {
        Task::Test(arguments) => test::run(&arguments).map_err(Into::into),
        Task::Ci(arguments) => ci::run(&arguments).map_err(Into::into),
        Task::Bench(arguments) => bench::run(&arguments).map_err(Into::into),
        Task::Rival(arguments) => bench::rival::run(&arguments).map_err(Into::into),
        Task::Demo(arguments) => demo::run(&arguments).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// Prints an error with all that caused it, the one place where that is done.
fn report(error: &dyn Error) {
    let mut line = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    eprintln!("{line}");
}
