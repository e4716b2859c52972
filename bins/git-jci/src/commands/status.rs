//! `git jci status`.

use std::io::{self, Write as _};
use std::thread;

use jci_store::{ActiveRun, RunSummary, SelectedRun, Status, Store};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::format;
use crate::runs::{self, POLL_INTERVAL};

/// The schema of what `--json` prints; docs/json/status.md describes it.
const SCHEMA: &str = "jci.status/1";

/// Tell how a run stands, in one line and by the exit code
///
/// Exits with 0 if the run passed, 1 if it failed, 3 if there is none or if it is still going on.
/// With `--wait` and without RUN it gives a run of HEAD two seconds to begin.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci status                    the latest run of HEAD
  git jci status --wait && git push origin HEAD
  git jci status origin/main --json | jq -r .status")]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant [default: HEAD]
    run: Option<String>,

    /// Wait until the run has ended
    #[arg(short, long)]
    wait: bool,

    /// Print JSON, as docs/json/status.md describes it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let find = if args.wait { runs::any_soon } else { runs::any };
    let selected = match find(&store, args.run.as_deref())? {
        SelectedRun::Active(run) if args.wait => wait(&store, &run)?,
        selected => selected,
    };
    let summary = runs::summary(&store, &selected)?;
    if args.json {
        print_json(&store, &summary)?;
    } else {
        print_line(&summary, context)?;
    }
    Ok(runs::result(summary.status))
}

fn wait(store: &Store, run: &ActiveRun) -> Result<SelectedRun, CommandError> {
    while run.is_alive() {
        thread::sleep(POLL_INTERVAL);
    }
    runs::ended(store, run).map(SelectedRun::Stored)
}

fn print_line(summary: &RunSummary, context: &Context) -> Result<(), CommandError> {
    let style =
        if context.colour() { format::status_style(summary.status) } else { anstyle::Style::new() };
    let mut line = format!(
        "{style}{}{style:#} {} {}",
        summary.status,
        summary.name.commit.short(),
        summary.name.id
    );
    let took = summary.duration.map(format::duration);
    let begun = (summary.status == Status::Running).then(|| format::age(summary.started));
    let note = format::note(summary).map(|note| format!("({note})"));
    for part in took.into_iter().chain(begun).chain(note) {
        line.push(' ');
        line.push_str(&part);
    }
    Ok(writeln!(io::stdout(), "{line}")?)
}

fn print_json(store: &Store, summary: &RunSummary) -> Result<(), CommandError> {
    #[derive(Serialize)]
    struct Json {
        schema: &'static str,
        #[serde(flatten)]
        summary: jci_proto::Run,
    }
    let subject = runs::subject(store, summary);
    let summary = jci_web::describe_run(summary, subject);
    crate::output::json(&Json { schema: SCHEMA, summary })
}
