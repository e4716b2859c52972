//! Reading every run to its last byte.

use indicatif::{ProgressBar, ProgressStyle};
use jci_store::{ReadError, RunEntry, Store};

use super::finding::{Findings, Level};
use crate::context::Context;
use crate::error::CommandError;
use crate::format;
use crate::runs::listing_failed;

const ABOUT: &str = "verify";

/// Checks each file of each run against its id.
pub(super) fn verify(
    findings: &mut Findings,
    context: &Context,
    store: &Store,
) -> Result<(), CommandError> {
    let runs = store.runs(None).map_err(listing_failed)?;
    let bar = progress_bar(runs.len(), context.progress());
    let (mut whole, mut bytes) = (0, 0);
    for run in &runs {
        match store.verify_run(run) {
            Ok(read) => {
                whole += 1;
                bytes += read;
            }
            Err(error) => damaged(findings, run, &error),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if whole == runs.len() {
        let (runs, size) = (format::count(whole, "run"), format::size(bytes));
        findings.ok(ABOUT, format!("{runs} read to the last byte, {size}: all whole"));
    }
    Ok(())
}

fn damaged(findings: &mut Findings, run: &RunEntry, error: &ReadError) {
    let mut says = format!("the run {} is damaged: {error}", run.name);
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        says.push_str(&format!(": {error}"));
        source = error.source();
    }
    let name = run.name.ref_name();
    let todo = [
        "to see what else is damaged: git fsck".to_owned(),
        format!("if a remote has it whole: git update-ref -d {name}, then git jci pull"),
    ];
    findings.add(Level::Problem, ABOUT, says, todo);
}

fn progress_bar(runs: usize, shown: bool) -> ProgressBar {
    let bar = if shown { ProgressBar::new(runs as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("jci: verifying {pos}/{len} {wide_bar} {eta}") {
        bar.set_style(style);
    }
    bar
}
