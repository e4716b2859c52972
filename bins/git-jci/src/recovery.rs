//! Clearing up after runs that died, at the start of whatever is typed next.

use jci_store::{DeadRun, FinishOptions, Status, Store};

use crate::commands::run::{MARKER, max_output_size, remove_checkout};
use crate::stderr::tell;

/// Stores the runs that died with their program, stops what is left of them, and says so.
///
/// Never fails: what cannot be stored now is kept for the next time.
pub(crate) fn recover(store: &Store) {
    for run in store.dead_runs() {
        recover_one(store, run);
    }
}

fn recover_one(store: &Store, run: DeadRun<'_>) {
    let name = run.name();
    if let Some(output) = run.output_dir() {
        let stopped = jci_exec::kill_leftovers((MARKER, output.as_os_str()));
        if stopped > 0 {
            tell!("note: stopped {stopped} processes that the run {name} had left behind");
        }
    }
    let common = store.common_dir();
    let options = FinishOptions {
        max_output_size: max_output_size(store).unwrap_or_default(),
        remove_checkout: &|checkout| remove_checkout(&common, checkout),
        ..FinishOptions::default()
    };
    let had_ended = run.record().status != Status::Running;
    match run.store(&options) {
        Ok(Some(stored)) => {
            let why = if had_ended { "was still to be stored" } else { "died with its program" };
            let reason = stored.record.reason.map_or(String::new(), |why| format!(" ({why})"));
            tell!("note: stored the run {name}, which {why}: {}{reason}", stored.record.status);
        }
        Ok(None) => {}
        Err(error) => tell!("warning: {}", chain(&error)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
