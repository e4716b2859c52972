//! The command line: what can be typed.
//!
//! Help, completions and man pages are all made from these definitions.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands;

/// Continuous integration that lives in git.
///
/// A run is a script, `.jci/run.sh`. Its result is a git commit below refs/jci-runs/ that holds
/// the log, the status and every file the script left, and that travels by push and pull.
#[derive(Debug, Parser)]
#[command(name = "git-jci", bin_name = "git jci", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Work as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Args),
    Run(commands::run::Args),
    Ls(commands::ls::Args),
    Show(commands::show::Args),
    Log(commands::log::Args),
    Cat(commands::cat::Args),
    Get(commands::get::Args),
    Diff(commands::diff::Args),
    Status(commands::status::Args),
    Web(commands::web::Args),
    Push(commands::push::Args),
    Pull(commands::pull::Args),
    Prune(commands::prune::Args),
    Cron(commands::cron::Args),
    Hooks(commands::hooks::Args),
    Doctor(commands::doctor::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    /// Hand over to jci-server, which takes pushes from a forge and gives out jobs
    Server(commands::handover::Args),
    /// Hand over to jci-runner, which takes jobs from a server and runs them
    Runner(commands::handover::Args),
}
