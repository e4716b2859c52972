//! One file a command: its arguments and what it does.

pub(crate) mod completions;
pub(crate) mod cron;
pub(crate) mod handover;
pub(crate) mod hooks;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod run;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;

/// Runs the command that was typed.
pub(crate) fn dispatch(cli: Cli) -> Result<ExitCode, CommandError> {
    let context = Context::new(cli.directory)?;
    match cli.command {
        Command::Init(args) => init::run(&args, &context),
        Command::Run(args) => run::run(&args, &context),
        Command::Cron(args) => cron::run(&args, &context),
        Command::Hooks(args) => hooks::run(&args, &context),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Server(args) => handover::run("jci-server", &args, &context),
        Command::Runner(args) => handover::run("jci-runner", &args, &context),
    }
}
