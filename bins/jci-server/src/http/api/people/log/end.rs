//! The last word of a log that was followed.

use jci_coord::{AttemptId, Job};
use jci_proto::{AttemptName, LogEnd};

/// Says how a job is after the log of one of its attempts has come to its end; `attempt` is absent
/// for a job that ended before any runner had it.
pub(super) fn end(job: &Job, attempt: Option<&AttemptId>, bytes: u64) -> LogEnd {
    let number = attempt.map_or(0, |attempt| attempt.number.get());
    LogEnd {
        attempt: AttemptName { job: job.id.to_string(), attempt: number },
        bytes,
        state: job.state,
        exit_code: job.exit_code,
        reason: job.reason.clone(),
    }
}
