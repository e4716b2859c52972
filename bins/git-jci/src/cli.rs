//! The command line: what can be typed.
//!
//! Help, completions and man pages are all made from these definitions.

use std::ffi::OsString;
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

impl Cli {
    /// Reads the command line of this process.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        Run::read(std::env::args_os().skip(1)).map_or_else(Self::try_parse, Ok)
    }
}

/// What follows `git jci run`.
///
/// Defining all commands takes a few percent of the time of a short run.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Run {
    #[arg(short = 'C')]
    directory: Option<PathBuf>,

    #[command(flatten)]
    args: commands::run::Args,
}

impl Run {
    /// Reads a command line that begins with `run`; whatever is to be said about it is left to
    /// [`Cli`], which reads the same.
    fn read(mut typed: impl Iterator<Item = OsString>) -> Option<Cli> {
        let rest = typed.next().filter(|name| name == "run").map(|_| typed)?;
        let Self { directory, args } = Self::try_parse_from(rest).ok()?;
        Some(Cli { directory, command: Command::Run(args) })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<String> {
        let cli = Run::read(typed.split(' ').map(OsString::from))?;
        Some(format!("{cli:?}"))
    }

    #[test]
    fn a_run_is_read_as_among_all_commands() {
        for typed in [
            "run",
            "run --clean",
            "run v1.2 --timeout 90s -q",
            "run -C folder --unless-passed",
            "run -Cfolder -- -rev",
            "run help",
        ] {
            let whole = format!("git-jci {typed}");
            let whole = Cli::try_parse_from(whole.split(' ')).unwrap();
            assert_eq!(read(typed), Some(format!("{whole:?}")), "{typed}");
        }
    }

    #[test]
    fn what_is_no_run_or_a_wrong_one_is_left_to_all_commands() {
        for typed in
            ["", "ls", "-C folder run", "run -h", "run --version", "run --nonsense", "run a b"]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
