//! A run in the words of JSON, the same in every command.

use jci_store::{FileKind, Reason, RunSummary};
use serde::Serialize;

/// What the commit of a run tells of it.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryJson {
    run: String,
    commit: String,
    subject: Option<String>,
    branch: Option<String>,
    dirty: bool,
    r#ref: String,
    status: &'static str,
    reason: Option<&'static str>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    started: String,
    duration_ms: Option<u64>,
}

impl SummaryJson {
    /// Describes a run; `subject` is that of its commit, if the commit is here.
    pub(crate) fn new(summary: &RunSummary, subject: Option<&str>) -> Self {
        let duration = summary.duration.map(|duration| duration.as_millis());
        Self {
            run: summary.name.id.to_string(),
            commit: summary.name.commit.to_string(),
            subject: subject.map(ToOwned::to_owned),
            branch: summary.branch.clone(),
            dirty: summary.dirty,
            r#ref: summary.name.ref_name(),
            status: summary.status.as_str(),
            reason: summary.reason.map(Reason::as_str),
            exit_code: summary.exit_code,
            signal: summary.signal,
            started: summary.started.to_string(),
            duration_ms: duration.and_then(|duration| duration.try_into().ok()),
        }
    }
}

/// Names what a file of a run is.
pub(crate) fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "file",
        FileKind::Executable => "executable",
        FileKind::Symlink => "symlink",
    }
}

/// A path of a run, which is bytes; what is no text is there in hex, too.
#[derive(Debug, Serialize)]
pub(crate) struct PathJson {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

impl PathJson {
    pub(crate) fn new(path: &[u8]) -> Self {
        let hex = || path.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            path: String::from_utf8_lossy(path).into_owned(),
            path_hex: std::str::from_utf8(path).is_err().then(hex),
        }
    }
}
