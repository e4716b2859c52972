//! How a run stands, never by colour alone.

use anstyle::{AnsiColor, Style};
use jci_store::{Reason, RunSummary, Status};

/// Writes a status as a mark and a word.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "✓ ok",
        Status::Err => "✗ err",
        Status::Running => "● running",
    }
}

/// Returns the colour that goes with a status.
pub(crate) fn status_style(status: Status) -> Style {
    let colour = match status {
        Status::Ok => AnsiColor::Green,
        Status::Err => AnsiColor::Red,
        Status::Running => AnsiColor::Yellow,
    };
    colour.on_default()
}

/// Says what there is to know of a run beside its status: why it did not pass, and whether it ran
/// other files than those of its commit.
pub(crate) fn note(run: &RunSummary) -> Option<String> {
    let reason = exit_reason(run.reason, run.exit_code, run.signal);
    let dirty = run.dirty.then(|| "dirty".to_owned());
    let notes: Vec<_> = reason.into_iter().chain(dirty).collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}

/// Says why a run did not pass: its reason, or how the script ended.
pub(crate) fn exit_reason(
    reason: Option<Reason>,
    exit_code: Option<i32>,
    signal: Option<i32>,
) -> Option<String> {
    match (reason, exit_code, signal) {
        (Some(Reason::Killed) | None, _, Some(signal)) => Some(format!("signal {signal}")),
        (Some(reason), _, _) => Some(reason.to_string()),
        (None, Some(0) | None, None) => None,
        (None, Some(code), None) => Some(format!("exit {code}")),
    }
}
