//! `git jci log`.

mod follow;
mod job;
mod printer;
mod times;

use std::fs::File;
use std::io;

use jci_store::{ActiveRun, FileReader, Run, RunEntry, SelectedRun, Store};

use self::printer::Printer;
use self::times::{Stamps, Times};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::runs;

/// Print the log of a run, or follow it while it goes on
///
/// Byte for byte as the script wrote it. Of the runs of a commit, one that goes on comes first.
/// With `--follow` it ends when the run has ended, and exits as `git jci status` does: 0 if the
/// run passed, 1 if it failed. Without RUN it then gives a run of HEAD two seconds to begin.
///
/// The address of a job of a jci-server, as the status of its commit links to it, prints or follows
/// the log of that job. Whatever happens to the connection, no byte is lost or there twice.
/// Without a key in the address, JCI_API_TOKEN or git's credential helpers have the token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci log                       the latest run of HEAD
  git jci log -f                    to the end of a run that goes on
  git jci log --times=delta main | sort -n | tail
                                    where the time goes
  git jci log -f 'https://ci.example.org/jobs/ID?key=KEY'
                                    a job of a server, to its end")]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant; or the address of a job
    /// [default: HEAD]
    run: Option<String>,

    /// Go on printing until the run has ended
    #[arg(short, long)]
    follow: bool,

    /// Put before each line when it came: counted from the begin of the run, as the time of day,
    /// or counted from the line before
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true,
          default_missing_value = "relative")]
    times: Option<Times>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    if let Some(address) = args.run.as_deref().filter(|run| job::is_address(run)) {
        if args.times.is_some() {
            let message = "a server does not say when the lines of a log came";
            return Err(CommandError::usage(message).hint("leave --times away"));
        }
        return job::print(address, args.follow, context);
    }
    let store = context.store()?;
    let find = if args.follow { runs::any_soon } else { runs::any };
    match find(&store, args.run.as_deref())? {
        SelectedRun::Stored(entry) => print_stored(&store, &entry, args),
        SelectedRun::Active(run) if args.follow => follow::follow(&store, &run, args.times),
        SelectedRun::Active(run) => print_so_far(&store, &run, args),
    }
}

fn print_stored(store: &Store, entry: &RunEntry, args: &Args) -> Result<ExitCode, CommandError> {
    let run = runs::open(store, entry)?;
    let stamps = args.times.map(|times| stamps(store, &run, entry, times)).transpose()?;
    let mut printer = Printer::new(io::stdout().lock(), stamps);
    let mut log = open_log(&run)?;
    printer.copy(&mut log, entry.name.id)?;
    printer.finish()?;
    if args.follow {
        return exit_as_run(store, entry);
    }
    Ok(exit_code::OK)
}

/// Prints what a run that goes on has written up to now.
fn print_so_far(store: &Store, run: &ActiveRun, args: &Args) -> Result<ExitCode, CommandError> {
    let Ok(mut log) = File::open(run.log_path()) else {
        // It ended while we looked.
        return print_stored(store, &runs::ended(store, run)?, args);
    };
    let stamps = args.times.map(|times| Stamps::of_active(run, times));
    let mut printer = Printer::new(io::stdout().lock(), stamps);
    printer.copy(&mut log, run.id())?;
    printer.finish()?;
    Ok(exit_code::OK)
}

fn stamps(
    store: &Store,
    run: &Run<'_>,
    entry: &RunEntry,
    times: Times,
) -> Result<Stamps, CommandError> {
    let failed = runs::read_failed(&entry.name);
    let Some(timing) = run.timing().map_err(&failed)? else {
        let id = entry.name.id;
        let message = format!("when the lines of the run {id} came was not recorded");
        return Err(CommandError::not_possible(message)
            .hint(format!("type `git jci log {id}` to see them without times")));
    };
    let started = store.summary(entry).map_err(failed)?.started;
    Ok(Stamps::new(times, started, timing))
}

fn open_log(run: &Run<'_>) -> Result<FileReader, CommandError> {
    let name = run.name();
    run.log().map_err(runs::read_failed(&name))?.ok_or_else(|| {
        CommandError::not_possible(format!("the run {name} has no log"))
            .hint(format!("type `git jci show {}` to see what it has", name.id))
    })
}

fn exit_as_run(store: &Store, entry: &RunEntry) -> Result<ExitCode, CommandError> {
    let summary = store.summary(entry).map_err(runs::read_failed(&entry.name))?;
    Ok(runs::result(summary.status))
}
