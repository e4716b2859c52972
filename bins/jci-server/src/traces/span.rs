//! A job and its attempts as spans, in the JSON of OTLP and by the names of OpenTelemetry's
//! conventions for CI/CD.

use jci_coord::{Attempt, AttemptEnd, Job, JobState, Verdict};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::{Value, json};

/// The span was made inside; nobody outside waits for it.
const INTERNAL: u8 = 1;

/// A span.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Value>,
    status: Value,
}

/// Makes the spans of a job that has ended.
pub(super) fn spans(job: &Job, attempts: &[Attempt]) -> Vec<Span> {
    let root = span_id(job.id.as_str());
    let end = job.finished.unwrap_or(job.created);
    let spec = &job.spec;
    let mut attributes = vec![
        text("cicd.pipeline.name", spec.repository.as_str()),
        text("cicd.pipeline.run.id", job.id.as_str()),
        text("cicd.pipeline.run.state", "finalizing"),
        text("cicd.pipeline.result", result(job.state)),
        text("vcs.repository.name", spec.repository.as_str()),
        text("vcs.ref.head.name", &spec.reference),
        text("vcs.ref.head.revision", spec.commit.as_str()),
    ];
    attributes.extend(job.run.as_ref().map(|run| text("jci.run.id", run)));
    let own = Span {
        trace_id: job.id.to_string(),
        span_id: root.clone(),
        parent_span_id: None,
        name: format!("RUN {}", spec.repository),
        kind: INTERNAL,
        start_time_unix_nano: nanoseconds(job.created),
        end_time_unix_nano: nanoseconds(end),
        attributes,
        status: status(job.state == JobState::Ok),
    };
    let attempts = attempts.iter().map(|attempt| attempt_span(job, attempt, &root, end));
    std::iter::once(own).chain(attempts).collect()
}

fn attempt_span(job: &Job, attempt: &Attempt, parent: &str, job_end: Timestamp) -> Span {
    let result = attempt.end.as_ref().map_or("cancellation", attempt_result);
    Span {
        trace_id: job.id.to_string(),
        span_id: span_id(&attempt.id.to_string()),
        parent_span_id: Some(parent.to_owned()),
        name: format!("RUN attempt {}", attempt.id.number),
        kind: INTERNAL,
        start_time_unix_nano: nanoseconds(attempt.assigned),
        end_time_unix_nano: nanoseconds(attempt.ended.unwrap_or(job_end)),
        attributes: vec![
            text("cicd.pipeline.task.name", "attempt"),
            text("cicd.pipeline.task.run.id", &attempt.id.to_string()),
            text("cicd.pipeline.task.run.result", result),
            text("cicd.worker.id", attempt.runner.as_str()),
            text("cicd.worker.name", attempt.runner.as_str()),
        ],
        status: status(result == "success"),
    }
}

fn result(state: JobState) -> &'static str {
    match state {
        JobState::Ok => "success",
        JobState::Err => "failure",
        JobState::TimedOut => "timeout",
        JobState::Cancelled => "cancellation",
        // A worker that was lost is an error, and no failure of what was run.
        JobState::InfraError | JobState::Queued | JobState::Assigned | JobState::Running => "error",
    }
}

fn attempt_result(end: &AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::Reported { outcome } => match outcome.verdict {
            Verdict::Ok => "success",
            Verdict::Err => "failure",
            Verdict::TimedOut => "timeout",
            Verdict::InfraError => "error",
            Verdict::Cancelled => "cancellation",
        },
        AttemptEnd::LeaseLost => "error",
        AttemptEnd::OverTime => "timeout",
        AttemptEnd::Cancelled => "cancellation",
    }
}

/// Makes of a name the 16 hex digits that are always the same for it.
fn span_id(name: &str) -> String {
    let hash = digest(&SHA256, name.as_bytes());
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn nanoseconds(time: Timestamp) -> String {
    time.as_nanosecond().max(0).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// 1 is well, 2 is not.
fn status(is_ok: bool) -> Value {
    json!({ "code": if is_ok { 1 } else { 2 } })
}
