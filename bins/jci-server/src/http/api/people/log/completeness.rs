//! Whether more of a log may come.

use std::time::{Duration, SystemTime};

use jci_coord::{Attempt, AttemptEnd, AttemptId, Job, StoreError};

use super::Place;
use crate::http::app::App;
use crate::http::problem::Refusal;
use crate::logs::LogError;

/// For so long at most a runner is waited for that may still send of an attempt which is over:
/// for a lease, as long as leases are unless set otherwise.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether more of a log may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// All of it is there: its runner said so, or sends no more.
    Complete,
    /// The attempt goes on, and its log with it.
    Growing,
    /// The attempt is over, and its runner has not said that the log is. Nobody waits for it longer
    /// than so, unless more comes.
    Behind(Duration),
}

/// Fails because it cannot be found out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompletenessError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the queue cannot be read")]
    Queue(#[from] StoreError),
}

impl From<CompletenessError> for Refusal {
    fn from(error: CompletenessError) -> Self {
        match error {
            CompletenessError::Log(error) => Self::failed("looking at a log", &error),
            CompletenessError::Queue(error) => Self::of_store(&error),
        }
    }
}

impl Completeness {
    /// Judges the log of an attempt, or that of a job without one. Of a log that is complete all
    /// is there by the time that this is said.
    pub(crate) async fn of(
        app: &App,
        job: &Job,
        attempt: Option<&AttemptId>,
    ) -> Result<Self, CompletenessError> {
        let Some(attempt) = attempt else {
            return Ok(if job.state.is_final() { Self::Complete } else { Self::Growing });
        };
        let is_over = Place::is_over(job, attempt);
        match app.logs().ending(attempt).await? {
            // Where nothing was sent, the log may yet be that of a run.
            Some(length) if is_over || length > 0 => Ok(Self::Complete),
            _ if !is_over => Ok(Self::Growing),
            _ => Self::unsaid(app, attempt).await,
        }
    }

    /// Judges the log of an attempt that is over, and of which nobody said that it is whole.
    async fn unsaid(app: &App, attempt: &AttemptId) -> Result<Self, CompletenessError> {
        let attempts = app.queue().attempts(&attempt.job).await?;
        let known = attempts.iter().find(|known| known.id == *attempt);
        let Some(ended) = known.filter(|known| may_send(known)).and_then(|known| known.ended)
        else {
            return Ok(Self::Complete);
        };
        let ended = SystemTime::from(ended);
        let last = app.logs().grew(attempt).await?.map_or(ended, |grew| grew.max(ended));
        let patience = app.config().jobs.lease.min(LONGEST);
        Ok(left(patience, last, SystemTime::now()).map_or(Self::Complete, Self::Behind))
    }
}

/// Tells whether the runner of an attempt that is over may still send of its log.
fn may_send(attempt: &Attempt) -> bool {
    match attempt.end {
        // Runners without leases send no logs.
        _ if attempt.beat.is_none() => false,
        // It was waited for as long as a lease already.
        Some(AttemptEnd::LeaseLost) => false,
        // Who never began has nothing to send.
        Some(AttemptEnd::OverTime | AttemptEnd::Cancelled) => attempt.started.is_some(),
        Some(AttemptEnd::Reported { .. }) | None => true,
    }
}

/// Tells how much is left of somebody's patience since something came last. A clock that was set
/// back meanwhile does not make the wait longer than twice as long.
fn left(patience: Duration, last: SystemTime, now: SystemTime) -> Option<Duration> {
    let apart = match now.duration_since(last) {
        Ok(passed) => passed,
        Err(ahead) => ahead.duration(),
    };
    patience.checked_sub(apart).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_also_where_the_clock_was_set_back() {
        let (patience, begin) = (Duration::from_secs(30), SystemTime::UNIX_EPOCH);
        let at = |seconds| begin + Duration::from_secs(seconds);
        let left = |last, now| left(patience, at(last), at(now)).map(|left| left.as_secs());
        assert_eq!(left(100, 100), Some(30));
        assert_eq!(left(100, 129), Some(1));
        assert_eq!(left(100, 130), None);
        assert_eq!(left(110, 100), Some(20));
        assert_eq!(left(4000, 100), None);
    }
}
