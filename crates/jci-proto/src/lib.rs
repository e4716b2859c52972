//! The words between jci's server, its runners and the browser.
//!
//! Types only, as they travel in JSON, and [`JOB_SCRIPT`], which servers and runners have in
//! common. Fields are added, never removed, renamed or given another meaning; whoever reads ignores
//! those that it does not know. What is not known is `null`.
//!
//! Ids are hex and times RFC 3339 in UTC, as text: whoever only hands them on need not parse them.
//! Paths in a run are bytes: see [`FilePath`].
//!
//! # Example
//!
//! ```
//! let page: jci_proto::LogWindow = serde_json::from_str(
//!     r#"{
//!         "first": 7,
//!         "lines": [{ "spans": [{ "text": "fine", "style": { "fg": "green" } }], "time": 1500 }],
//!         "extent": { "lines": 8, "settled": 8, "bytes": 120, "complete": true }
//!     }"#,
//! )?;
//! assert_eq!(page.lines[0].spans[0].text, "fine");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod compare;
mod event;
mod history;
mod job;
mod junit;
mod log;
mod overview;
mod problem;
mod run;
mod runner;
mod script;
mod state;

pub use compare::{Changed, Comparison, DiffHunk, DiffLine, FileChange, LineChange, LogDifference};
pub use event::{Event, LogEvent};
pub use history::{Branch, Branches, Commit, CommitPage, CommitRuns, Repository};
pub use job::{
    Approval, Artifact, ArtifactList, AttemptEnd, JobAttempt, JobDetail, JobPage, JobSummary,
    LogEnd, Rerun,
};
pub use junit::{JunitReport, JunitSuite, TestCase, TestOutcome};
pub use log::{Fold, LogExtent, LogLine, LogMatch, LogMatches, LogOutline, LogWindow, Span, Style};
pub use overview::{AuditLine, AuditPage, LabelDepth, QueueDepth, RunnerInfo, RunnerList};
pub use problem::Problem;
pub use run::{File, FileKind, FilePath, Run, RunDetail, View};
pub use runner::{
    AttemptFate, AttemptName, AttemptResult, Fate, Heartbeat, HeartbeatAnswer, Hidden, JobOffer,
    Lease, LogAcknowledged, PollAnswer, PollRequest, WebhookAnswer,
};
pub use script::JOB_SCRIPT;
pub use state::{AttemptState, JobState, Trigger, Verdict};
