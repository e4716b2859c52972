//! `git jci prune`.

mod age;
mod here;
mod on_remote;
mod report;
mod selection;

use jiff::Timestamp;

pub(crate) use self::age::Age;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// Delete runs whose commit is gone, and with --older-than old ones, too
///
/// Without --commit it only shows what would go. With it, the space is freed by
/// `git gc --prune=now`, which also deletes everything else that nothing refers to any more.
/// Runs that are going on are not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci prune                              show the runs whose commit is gone
  git jci prune --older-than=2w              and those older than two weeks
  git jci prune --older-than=2w --commit     delete them
  git jci prune --on-remote=origin           the same for the runs on a remote")]
pub(crate) struct Args {
    /// Delete, do not just show
    #[arg(long)]
    commit: bool,

    /// Include runs that began longer ago: 30d, 2w, 6m (months), 4h, or a Go duration (36h30m)
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,

    /// Delete runs on this remote; those here stay
    #[arg(long, value_name = "REMOTE")]
    on_remote: Option<String>,

    /// Print JSON, as docs/json/prune.md describes it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let now = Timestamp::now();
    match args.on_remote.as_deref() {
        None => here::prune(args, context, &store, now)?,
        Some(remote) => on_remote::prune(args, context, &store, remote, now)?,
    }
    Ok(exit_code::OK)
}
