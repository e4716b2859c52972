//! `git jci doctor`.

mod finding;
mod place;
mod remotes;
mod runs;
mod script;
mod settings;
mod tools;
mod verify;

use jci_store::Store;

use self::finding::Findings;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// Say what git, the crontab and the format and runs of this repository mean for jci
///
/// Each finding is `ok`, a `note` (good to know), a `warn` (something will not work as expected, or
/// costs much) or a `problem` (something does not work), and says what to do about it. The exit
/// code is 1 if there is a problem.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also read every run to its last byte and check it against its id
    #[arg(long)]
    verify: bool,

    /// Print JSON, as docs/json/doctor.md describes it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let mut findings = Findings::default();
    examine(&mut findings, context, &store)?;
    if args.verify {
        verify::verify(&mut findings, context, &store)?;
    }
    findings.print(args.json, context)?;
    Ok(if findings.has_problem() { exit_code::JOB_FAILED } else { exit_code::OK })
}

/// Looks at everything that is quick to look at.
fn examine(findings: &mut Findings, context: &Context, store: &Store) -> Result<(), CommandError> {
    tools::git(findings);
    tools::path(findings);
    place::repository(findings, store);
    place::writing(findings, store);
    place::identity(findings, store);
    settings::check(findings, store);
    if let Some(root) = store.work_dir() {
        script::script(findings, context, &root);
        script::hooks(findings, &root);
        script::cron(findings, &root);
        runs::leftovers(findings, store, &root);
    }
    runs::going_on(findings, store);
    runs::locks(findings, store);
    runs::count(findings, context, store)?;
    remotes::remotes(findings, context, store);
    Ok(())
}
