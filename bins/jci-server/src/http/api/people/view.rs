//! Jobs of the queue in the words of the API.

use jci_coord::{Attempt, AttemptEnd, Job, Trust};
use jci_proto::{JobAttempt, JobSummary};

pub(super) fn summary(job: &Job) -> JobSummary {
    let spec = &job.spec;
    JobSummary {
        id: job.id.to_string(),
        repository: spec.repository.to_string(),
        commit: spec.commit.to_string(),
        reference: spec.reference.clone(),
        trigger: spec.trigger.clone(),
        requested_by: spec.requested_by.to_string(),
        state: job.state,
        held: job.is_held(),
        trusted: spec.trust == Trust::Trusted,
        priority: spec.priority,
        labels: spec.labels.iter().map(str::to_owned).collect(),
        timeout_seconds: spec.timeout.as_secs(),
        attempt: job.attempt.map(jci_coord::AttemptNumber::get),
        created: job.created.to_string(),
        started: job.started.map(|time| time.to_string()),
        finished: job.finished.map(|time| time.to_string()),
        not_before: job.not_before.map(|time| time.to_string()),
        exit_code: job.exit_code,
        reason: job.reason.clone(),
        run: job.run.clone(),
        rerun_of: job.rerun_of.as_ref().map(ToString::to_string),
        cancelled_by: job.cancelled_by.as_ref().map(ToString::to_string),
    }
}

pub(super) fn attempt(attempt: &Attempt, log_bytes: u64) -> JobAttempt {
    let outcome = attempt.outcome();
    JobAttempt {
        number: attempt.id.number.get(),
        runner: attempt.runner.to_string(),
        state: attempt.state,
        cancel: attempt.cancel,
        assigned: attempt.assigned.to_string(),
        started: attempt.started.map(|time| time.to_string()),
        deadline: attempt.deadline.to_string(),
        ended: attempt.ended.map(|time| time.to_string()),
        end: attempt.end.as_ref().map(end),
        status: outcome.map(|outcome| outcome.verdict),
        exit_code: outcome.and_then(|outcome| outcome.exit_code),
        reason: outcome.and_then(|outcome| outcome.reason.clone()),
        log_bytes,
    }
}

fn end(end: &AttemptEnd) -> jci_proto::AttemptEnd {
    match end {
        AttemptEnd::Reported { .. } => jci_proto::AttemptEnd::Reported,
        AttemptEnd::LeaseLost => jci_proto::AttemptEnd::LeaseLost,
        AttemptEnd::OverTime => jci_proto::AttemptEnd::OverTime,
        AttemptEnd::Cancelled => jci_proto::AttemptEnd::Cancelled,
    }
}
