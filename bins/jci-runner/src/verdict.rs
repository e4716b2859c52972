//! How an attempt ended, in the words of the server.

use std::time::Duration;

use jci_proto::{AttemptResult, Verdict};
use jci_runtime::{Exit, ExitReason};
use serde::{Deserialize, Serialize};

/// Why this runner ended a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StopReason {
    /// Somebody cancelled the job.
    Cancelled,
    /// The attempt is another's by now, or over.
    Stale,
    /// The job took longer than it may.
    OverTime,
    /// The server was not reached for so long that it will give the job to another runner.
    NoContact,
    /// The runner had to stop at once.
    Hurried,
    /// It wrote more than it may.
    LogTooLong,
    /// The log cannot be kept: why.
    NoSpool(String),
}

/// The facts by which reasons are told.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The name of this runner.
    pub(crate) runner: String,
    /// How long the job may run.
    pub(crate) timeout: Duration,
    /// How much memory it may use, as it was set.
    pub(crate) memory: Option<u64>,
    /// How much it may write to its log.
    pub(crate) log: u64,
    /// How long the server may be silent.
    pub(crate) contact_limit: Duration,
}

/// Judges an attempt by how its container ended and why it was stopped, if it was; `None` if there
/// is nothing to say to anybody.
pub(crate) fn judge(
    exit: Option<&Exit>,
    stopped: Option<&StopReason>,
    facts: &Facts,
) -> Option<AttemptResult> {
    if let Some(reason) = stopped {
        return of_stop(reason, facts);
    }
    let Some(exit) = exit else {
        return Some(infra(format!("the runner {} lost the container", facts.runner)));
    };
    Some(match &exit.reason {
        ExitReason::Lost(why) => infra(format!("the container was lost: {why}")),
        ExitReason::OutOfMemory => AttemptResult {
            status: Verdict::Err,
            exit_code: code(exit),
            reason: Some(out_of_memory(facts)),
            run: None,
        },
        ExitReason::Ended => AttemptResult {
            status: if exit.code == 0 { Verdict::Ok } else { Verdict::Err },
            exit_code: code(exit),
            reason: None,
            run: None,
        },
    })
}

fn of_stop(reason: &StopReason, facts: &Facts) -> Option<AttemptResult> {
    Some(match reason {
        StopReason::Stale => return None,
        StopReason::Cancelled => with_reason(Verdict::Cancelled, "it was cancelled".to_owned()),
        StopReason::OverTime => {
            with_reason(Verdict::TimedOut, format!("it ran longer than {}", told(facts.timeout)))
        }
        StopReason::NoContact => infra(format!(
            "the runner {} did not reach the server for {}",
            facts.runner,
            told(facts.contact_limit),
        )),
        StopReason::Hurried => {
            infra(format!("the runner {} was stopped while it ran", facts.runner))
        }
        StopReason::LogTooLong => failed(format!(
            "it wrote more to its log than it may: {} (JCI_JOB_LOG at the runner {})",
            jci_daemon::value::told_size(facts.log),
            facts.runner,
        )),
        StopReason::NoSpool(why) => {
            infra(format!("the runner {} cannot keep the log: {why}", facts.runner))
        }
    })
}

/// Says that the job says nothing, for something else went wrong.
pub(crate) fn infra(reason: String) -> AttemptResult {
    with_reason(Verdict::InfraError, reason)
}

/// Says that it failed before it began, and would again.
pub(crate) fn failed(reason: String) -> AttemptResult {
    with_reason(Verdict::Err, reason)
}

fn with_reason(status: Verdict, reason: String) -> AttemptResult {
    AttemptResult { status, exit_code: None, reason: Some(reason), run: None }
}

fn code(exit: &Exit) -> Option<i32> {
    i32::try_from(exit.code).ok()
}

fn out_of_memory(facts: &Facts) -> String {
    match facts.memory {
        Some(bytes) => format!(
            "it used more memory than it may, and was killed: {} (JCI_JOB_MEMORY at the runner {})",
            jci_daemon::value::told_size(bytes),
            facts.runner,
        ),
        None => format!("the memory of the runner {} was used up, and it was killed", facts.runner),
    }
}

fn told(duration: Duration) -> String {
    jci_daemon::value::told_duration(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            runner: "one".to_owned(),
            timeout: Duration::from_secs(5400),
            memory: Some(512 << 20),
            log: 1 << 30,
            contact_limit: Duration::from_secs(20),
        }
    }

    fn exit(code: i64, reason: ExitReason) -> Exit {
        Exit { code, reason, at: None }
    }

    fn told(exit: Option<&Exit>, stopped: Option<&StopReason>) -> String {
        let Some(result) = judge(exit, stopped, &facts()) else { return "nothing".to_owned() };
        format!(
            "{:?} {} {}",
            result.status,
            result.exit_code.map_or("-".to_owned(), |code| code.to_string()),
            result.reason.unwrap_or_default(),
        )
    }

    #[test]
    fn a_container_that_ended_by_itself_tells_by_its_code() {
        assert_eq!(told(Some(&exit(0, ExitReason::Ended)), None), "Ok 0 ");
        assert_eq!(told(Some(&exit(3, ExitReason::Ended)), None), "Err 3 ");
        insta::assert_snapshot!(told(Some(&exit(137, ExitReason::OutOfMemory)), None),
            @"Err 137 it used more memory than it may, and was killed: 512MiB (JCI_JOB_MEMORY at the runner one)");
        let lost = exit(0, ExitReason::Lost("the daemon was restarted".to_owned()));
        insta::assert_snapshot!(told(Some(&lost), None),
            @"InfraError - the container was lost: the daemon was restarted");
        insta::assert_snapshot!(told(None, None), @"InfraError - the runner one lost the container");
    }

    #[test]
    fn one_that_was_stopped_tells_by_the_reason_alone() {
        let ended = exit(0, ExitReason::Ended);
        let of = |reason| told(Some(&ended), Some(&reason));
        insta::assert_snapshot!(of(StopReason::Cancelled), @"Cancelled - it was cancelled");
        insta::assert_snapshot!(of(StopReason::OverTime), @"TimedOut - it ran longer than 1h30m");
        insta::assert_snapshot!(of(StopReason::NoContact),
            @"InfraError - the runner one did not reach the server for 20s");
        insta::assert_snapshot!(of(StopReason::Hurried),
            @"InfraError - the runner one was stopped while it ran");
        insta::assert_snapshot!(of(StopReason::LogTooLong),
            @"Err - it wrote more to its log than it may: 1GiB (JCI_JOB_LOG at the runner one)");
        insta::assert_snapshot!(of(StopReason::NoSpool("disk full".to_owned())),
            @"InfraError - the runner one cannot keep the log: disk full");
        assert_eq!(of(StopReason::Stale), "nothing");
    }
}
