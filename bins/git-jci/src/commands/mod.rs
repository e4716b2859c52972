//! One file a command: its arguments and what it does.

pub(crate) mod cat;
pub(crate) mod completions;
pub(crate) mod cron;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod get;
pub(crate) mod handover;
pub(crate) mod hooks;
pub(crate) mod init;
pub(crate) mod log;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod prune;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod web;

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
        Command::Ls(args) => ls::run(&args, &context),
        Command::Show(args) => show::run(&args, &context),
        Command::Log(args) => log::run(&args, &context),
        Command::Cat(args) => cat::run(&args, &context),
        Command::Get(args) => get::run(&args, &context),
        Command::Diff(args) => diff::run(&args, &context),
        Command::Status(args) => status::run(&args, &context),
        Command::Web(args) => web::run(&args, &context),
        Command::Push(args) => push::run(&args, &context),
        Command::Pull(args) => pull::run(&args, &context),
        Command::Prune(args) => prune::run(&args, &context),
        Command::Cron(args) => cron::run(&args, &context),
        Command::Hooks(args) => hooks::run(&args, &context),
        Command::Doctor(args) => doctor::run(&args, &context),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Server(args) => handover::run("jci-server", &args, &context),
        Command::Runner(args) => handover::run("jci-runner", &args, &context),
    }
}
