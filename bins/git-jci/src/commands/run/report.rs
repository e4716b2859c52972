//! What `git jci run` says; the script alone writes to standard output.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jci_store::{
    BeginError, CommitId, FinishError, PathError, PendingRun, RunId, Status, Store, StoredRun,
};

use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::stderr::tell;

/// Progress that is over before this is not shown: it would only flash.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// So many things that were left out are named one by one; the log names all.
const LEFT_OUT_SHOWN: usize = 10;

/// Says aloud that what runs is not what the commit holds.
pub(super) fn changes(changed: usize, commit: &CommitId) {
    let files = if changed == 1 { "1 path differs" } else { &format!("{changed} paths differ") };
    tell!(
        "warning: {files} from the commit {}; the run is marked dirty (`--clean` runs the commit alone)",
        commit.short()
    );
}

pub(super) fn has_passed(commit: &CommitId, run: RunId) {
    tell!("jci: {} has passed already: run {run}", commit.short());
}

/// Names the run that begins, and where it does if that is not where one stands.
pub(super) fn begins(run: &PendingRun<'_>, in_checkout: bool) {
    let place = if in_checkout { ", in a work tree of its own" } else { "" };
    tell!("jci: run {}{place}", run.name());
}

/// Says how a run ended and returns the exit code for it.
pub(super) fn ended(stored: &StoredRun) -> ExitCode {
    let record = &stored.record;
    for left_out in record.left_out.iter().take(LEFT_OUT_SHOWN) {
        tell!("warning: {left_out}");
    }
    if let Some(more) = record.left_out.len().checked_sub(LEFT_OUT_SHOWN + 1) {
        tell!("warning: {} more were left out, the log names them", more + 1);
    }
    if record.reason == Some(jci_store::Reason::OutOfMemory) {
        let limit = record.memory_limit.map_or_else(
            || "there was no more".to_owned(),
            |limit| format!("{} is all they may use", format::size(limit)),
        );
        tell!("warning: memory ran out, and processes of the script were killed: {limit}");
    }
    let how = format::exit_reason(record.reason, record.exit_code, record.signal);
    let how = how.map_or_else(String::new, |how| format!(" ({how})"));
    let took = format::duration(record.duration().unwrap_or_default());
    tell!("jci: {}{how} in {took}, stored as run {}", record.status, stored.name.id);
    match (record.status, record.reason) {
        (Status::Ok, _) => exit_code::OK,
        (_, Some(jci_store::Reason::Cancelled)) => exit_code::INTERRUPTED,
        _ => exit_code::JOB_FAILED,
    }
}

pub(super) fn not_begun(store: &Store, error: BeginError) -> CommandError {
    let full = error.is_disk_full();
    let reported = CommandError::failed("failed to begin a run").because(error);
    if full {
        return reported.hint("make room on the disk; nothing has run yet");
    }
    reported.hint(format!(
        "type `git jci doctor`, or check who may write to {}",
        store.common_dir().display()
    ))
}

pub(super) fn no_output_folder(error: PathError) -> CommandError {
    let full = error.is_disk_full();
    let reported = CommandError::failed("failed to make the output folder").because(error);
    if full { reported.hint("make room on the disk; nothing has run yet") } else { reported }
}

pub(super) fn not_stored(error: FinishError) -> CommandError {
    if matches!(error, FinishError::NotCleared { .. }) {
        return CommandError::failed("failed to clear up").because(error);
    }
    let full = error.is_disk_full();
    let kept = matches!(error, FinishError::NotStored { .. });
    let lock = error.held_lock().map(Path::to_owned);
    let mut reported = CommandError::failed("failed to store the run").because(error);
    if let Some(lock) = lock {
        let lock = lock.display();
        reported = reported.hint(format!("if no git is at work there, type `rm '{lock}'`"));
    }
    match (full, kept) {
        (true, _) => {
            reported.hint("make room on the disk, then type `git jci ls`: it stores the run")
        }
        (false, true) => reported.hint("once that is mended, `git jci ls` stores the run"),
        (false, false) => reported,
    }
}

/// Shows how much has been stored, once that takes long enough to wonder.
pub(super) struct StoringProgress {
    bar: Option<ProgressBar>,
    advance: Box<dyn Fn(u64) + Sync>,
}

impl StoringProgress {
    pub(super) fn new(shown: bool) -> Self {
        if !shown {
            return Self { bar: None, advance: Box::new(|_| {}) };
        }
        let bar = ProgressBar::hidden();
        if let Ok(style) = ProgressStyle::with_template("jci: storing {bytes} ({bytes_per_sec})") {
            bar.set_style(style);
        }
        let (began, advancing) = (Instant::now(), bar.clone());
        let advance = Box::new(move |bytes| {
            if advancing.is_hidden() && began.elapsed() > SHOWN_AFTER {
                advancing.set_draw_target(ProgressDrawTarget::stderr());
            }
            advancing.inc(bytes);
        });
        Self { bar: Some(bar), advance }
    }

    /// Returns what is to be told how many bytes have been stored.
    pub(super) fn advance(&self) -> &(dyn Fn(u64) + Sync) {
        &*self.advance
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
