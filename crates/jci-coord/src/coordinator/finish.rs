//! A runner reports how its attempt ended.

use thiserror::Error;

use super::retry::{operation_error, retry};
use super::{Coordinator, Work};
use crate::audit::{Action, Actor};
use crate::ids::AttemptId;
use crate::state::{Attempt, AttemptEnd, Event, Job, Outcome, Refusal, Verdict};
use crate::store::StoreError;

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// It counts.
    Now(Job),
    /// It says what is known already.
    Again(Job),
}

impl Reported {
    /// Returns the job as it is now.
    #[must_use]
    pub fn job(&self) -> &Job {
        match self {
            Self::Now(job) | Self::Again(job) => job,
        }
    }
}

/// Why a report does not count.
#[derive(Debug, Error)]
pub enum FinishError {
    /// There is no such attempt.
    #[error("there is no attempt {attempt}")]
    Unknown {
        /// The attempt that was named.
        attempt: AttemptId,
    },
    /// The attempt was over before it reported.
    #[error("attempt {attempt} reports too late")]
    Stale {
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        source: Refusal,
    },
    /// The attempt has reported something else before, and the first word counts.
    #[error("attempt {attempt} now reports {now:?}, and has reported {before:?}")]
    Contradicts {
        /// The attempt.
        attempt: AttemptId,
        /// What it reported first.
        before: Verdict,
        /// What it reports now.
        now: Verdict,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(FinishError);

impl Coordinator {
    /// Takes the report of an attempt. Said twice, it is the same.
    ///
    /// # Errors
    ///
    /// If the attempt is unknown, was over before, or has said something else; or the store fails.
    pub async fn finish(&self, id: &AttemptId, outcome: &Outcome) -> Result<Reported, FinishError> {
        retry(|| self.try_finish(id, outcome)).await
    }

    async fn try_finish(&self, id: &AttemptId, outcome: &Outcome) -> Result<Reported, FinishError> {
        let unknown = || FinishError::Unknown { attempt: id.clone() };
        let mut work = self.begin().await?;
        let job = work.tx.job(&id.job).await?.ok_or_else(unknown)?;
        let mut attempt = work.tx.attempt(id).await?.ok_or_else(unknown)?;
        if says_the_same(&attempt, outcome) {
            return Ok(Reported::Again(job));
        }
        let event = Event::Finished { attempt: id.number, outcome: outcome.clone() };
        let after = match work.step(&job, &event).await? {
            Ok(after) => after,
            Err(refusal) => return Err(refuse(work, &job, &attempt, outcome, refusal).await?),
        };
        let by = Actor::Runner(attempt.runner.clone());
        attempt.end(AttemptEnd::Reported { outcome: outcome.clone() }, work.now);
        work.tx.update_attempt(&attempt).await?;
        work.audit(&by, Action::Finished, &after, said(&attempt, outcome)).await?;
        work.commit().await?;
        Ok(Reported::Now(after))
    }
}

/// Tells whether what is reported is how the attempt is known to have ended.
fn says_the_same(attempt: &Attempt, outcome: &Outcome) -> bool {
    match &attempt.end {
        Some(AttemptEnd::Reported { outcome: known }) => known.verdict == outcome.verdict,
        Some(AttemptEnd::OverTime) => outcome.verdict == Verdict::TimedOut,
        Some(AttemptEnd::Cancelled) => outcome.verdict == Verdict::Cancelled,
        Some(AttemptEnd::LeaseLost) | None => false,
    }
}

/// Writes a refused report down and says what is wrong with it.
async fn refuse(
    mut work: Work<'_>,
    job: &Job,
    attempt: &Attempt,
    outcome: &Outcome,
    refusal: Refusal,
) -> Result<FinishError, StoreError> {
    let by = Actor::Runner(attempt.runner.clone());
    let why = format!("{}: {refusal}", said(attempt, outcome));
    work.audit_refusal(&by, Action::Finished, job, why).await?;
    work.commit().await?;
    let id = attempt.id.clone();
    Ok(match attempt.outcome() {
        Some(known) => {
            FinishError::Contradicts { attempt: id, before: known.verdict, now: outcome.verdict }
        }
        None => FinishError::Stale { attempt: id, source: refusal },
    })
}

fn said(attempt: &Attempt, outcome: &Outcome) -> String {
    format!("attempt {} reports {}", attempt.id.number, outcome.verdict.state())
}
