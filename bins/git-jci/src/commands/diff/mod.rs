//! `git jci diff`.

mod facts;
mod files;
mod text;

use std::io::{self, BufWriter, Write as _};

use jci_store::{Run, RunEntry, RunSummary, Store};
use serde::Serialize;

use self::files::{ChangeJson, FileChange};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::runs;

/// The schema of what `--json` prints; docs/json/diff.md describes it.
const SCHEMA: &str = "jci.diff/1";

/// Show what changed from one run to another
///
/// What is known of them, which files differ, and how, log included. The files that differ between
/// any two runs, because jci writes times and ids into them, are left out: run.json, run.timing
/// and index.html.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci diff main HEAD            the latest runs of two commits
  git jci diff v1 v2 --name-status  the names of the files alone")]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant
    #[arg(value_name = "RUN")]
    from: String,

    /// The run to compare it with
    #[arg(value_name = "RUN")]
    to: String,

    /// Show how many lines of each file differ, not which
    #[arg(long)]
    stat: bool,

    /// Show which files differ, not how
    #[arg(long, conflicts_with = "stat")]
    name_status: bool,

    /// Compare all files, also those that always differ
    #[arg(short, long)]
    all: bool,

    /// Exit with 1 if a file differs
    #[arg(long)]
    exit_code: bool,

    /// Print JSON, as docs/json/diff.md describes it
    #[arg(long, conflicts_with_all = ["stat", "name_status"])]
    json: bool,
}

/// One of the two runs.
struct Side<'store> {
    entry: RunEntry,
    run: Run<'store>,
    summary: RunSummary,
}

impl<'store> Side<'store> {
    fn open(store: &'store Store, spec: &str) -> Result<Self, CommandError> {
        let entry = runs::stored(store, Some(spec))?;
        let run = runs::open(store, &entry)?;
        let summary = store.summary(&entry).map_err(runs::read_failed(&entry.name))?;
        Ok(Self { entry, run, summary })
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let (from, to) = (Side::open(&store, &args.from)?, Side::open(&store, &args.to)?);
    let changes = files::compare(&from.run, &to.run, args.all)?;
    if args.json {
        print_json(&store, &from, &to, &changes)?;
    } else {
        let mut out = BufWriter::new(io::stdout().lock());
        facts::write(&from.summary, &to.summary, &mut out, context)?;
        files::write(&changes, &mut out, context)?;
        out.flush()?;
        if !args.name_status && !changes.is_empty() {
            text::print(&store, &from.entry, &to.entry, args, context)?;
        }
    }
    Ok(if args.exit_code && !changes.is_empty() { exit_code::JOB_FAILED } else { exit_code::OK })
}

fn print_json(
    store: &Store,
    from: &Side<'_>,
    to: &Side<'_>,
    changes: &[FileChange],
) -> Result<(), CommandError> {
    #[derive(Serialize)]
    struct Json {
        schema: &'static str,
        from: jci_proto::Run,
        to: jci_proto::Run,
        files: Vec<ChangeJson>,
    }
    let side = |side: &Side<'_>| {
        let subject = runs::subject(store, &side.summary);
        jci_web::describe_run(&side.summary, subject)
    };
    let files = changes.iter().map(ChangeJson::new).collect();
    crate::output::json(&Json { schema: SCHEMA, from: side(from), to: side(to), files })
}
