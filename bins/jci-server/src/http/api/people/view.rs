//! Jobs of the queue in the words of the API.

use jci_coord::{Attempt, AttemptEnd, AttemptState, Job, JobState, Trigger, Trust, Verdict};
use jci_proto::{AttemptStatus, JobAttempt, JobSummary, JobTrigger};

pub(super) fn summary(job: &Job) -> JobSummary {
    let spec = &job.spec;
    JobSummary {
        id: job.id.to_string(),
        repository: spec.repository.to_string(),
        commit: spec.commit.to_string(),
        reference: spec.reference.clone(),
        trigger: trigger(&spec.trigger),
        requested_by: spec.requested_by.to_string(),
        state: state(job.state),
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
        state: match attempt.state {
            AttemptState::Assigned => jci_proto::AttemptState::Assigned,
            AttemptState::Running => jci_proto::AttemptState::Running,
            AttemptState::Ended => jci_proto::AttemptState::Ended,
        },
        cancel: attempt.cancel,
        assigned: attempt.assigned.to_string(),
        started: attempt.started.map(|time| time.to_string()),
        deadline: attempt.deadline.to_string(),
        ended: attempt.ended.map(|time| time.to_string()),
        end: attempt.end.as_ref().map(end),
        status: outcome.map(|outcome| status(outcome.verdict)),
        exit_code: outcome.and_then(|outcome| outcome.exit_code),
        reason: outcome.and_then(|outcome| outcome.reason.clone()),
        log_bytes,
    }
}

pub(super) fn state(state: JobState) -> jci_proto::JobState {
    use jci_proto::JobState as Told;
    match state {
        JobState::Queued => Told::Queued,
        JobState::Assigned => Told::Assigned,
        JobState::Running => Told::Running,
        JobState::Ok => Told::Ok,
        JobState::Err => Told::Err,
        JobState::Cancelled => Told::Cancelled,
        JobState::TimedOut => Told::TimedOut,
        JobState::InfraError => Told::InfraError,
    }
}

/// Reads the word of a state, as it is asked for.
pub(super) fn asked_state(asked: jci_proto::JobState) -> JobState {
    use jci_proto::JobState as Asked;
    match asked {
        Asked::Queued => JobState::Queued,
        Asked::Assigned => JobState::Assigned,
        Asked::Running => JobState::Running,
        Asked::Ok => JobState::Ok,
        Asked::Err => JobState::Err,
        Asked::Cancelled => JobState::Cancelled,
        Asked::TimedOut => JobState::TimedOut,
        Asked::InfraError => JobState::InfraError,
    }
}

fn trigger(trigger: &Trigger) -> JobTrigger {
    match trigger {
        Trigger::Push => JobTrigger::Push,
        Trigger::PullRequest { number } => JobTrigger::PullRequest { number: *number },
        Trigger::Schedule { name } => JobTrigger::Schedule { name: name.clone() },
        Trigger::Manual => JobTrigger::Manual,
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

fn status(verdict: Verdict) -> AttemptStatus {
    match verdict {
        Verdict::Ok => AttemptStatus::Ok,
        Verdict::Err => AttemptStatus::Err,
        Verdict::TimedOut => AttemptStatus::TimedOut,
        Verdict::InfraError => AttemptStatus::InfraError,
        Verdict::Cancelled => AttemptStatus::Cancelled,
    }
}
