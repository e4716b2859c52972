//! The state machine: a job and what happens to it give the job as it is afterwards, or a refusal.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use super::{Job, JobState, Outcome, Verdict};
use crate::audit::Actor;
use crate::clock::later;
use crate::ids::AttemptNumber;
use crate::settings::Backoff;

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody who may says that its commit can be run.
    Approved,
    /// The wait before its next attempt is over.
    Due,
    /// It is given to a runner.
    Assigned,
    /// The runner has begun.
    Started {
        /// Which attempt.
        attempt: AttemptNumber,
    },
    /// The runner reports.
    Finished {
        /// Which attempt.
        attempt: AttemptNumber,
        /// What it reports.
        outcome: Outcome,
    },
    /// A run of the commit was found in the repository.
    Settled {
        /// What that run says.
        outcome: Outcome,
    },
    /// Somebody wants it to stop.
    CancelAsked {
        /// Who.
        by: Actor,
    },
    /// Its runner was told to stop it and has not said that it did.
    CancelForced,
    /// Its runner was not heard of for a lease.
    LeaseLost {
        /// Which attempt.
        attempt: AttemptNumber,
    },
    /// It takes longer than it may.
    OverTime {
        /// Which attempt.
        attempt: AttemptNumber,
    },
}

/// Why something cannot happen to a job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The attempt is not the one that goes on.
    #[error(
        "attempt {attempt} of the job is over: the job is {state}, its newest attempt is {newest}"
    )]
    Stale {
        /// The attempt that was named.
        attempt: AttemptNumber,
        /// The newest attempt; 0 if there was none.
        newest: u32,
        /// Where the job is.
        state: JobState,
    },
    /// The job has ended, and how it ended never changes.
    #[error("the job has ended: it is {state}")]
    Ended {
        /// How.
        state: JobState,
    },
    /// The job is not where this could happen.
    #[error("the job is {state}, approved: {approved}")]
    NotNow {
        /// Where it is.
        state: JobState,
        /// Whether it may run.
        approved: bool,
    },
}

/// What the state machine must know beside job and event.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The time, for records.
    pub now: Timestamp,
    /// How many attempts a job gets.
    pub max_attempts: u32,
    /// How long it waits between them.
    pub backoff: Backoff,
}

impl Job {
    /// Returns the job as it is after an event.
    ///
    /// # Errors
    ///
    /// If this cannot happen now: then nothing changes.
    pub fn after(&self, event: &Event, rules: &Rules) -> Result<Self, Refusal> {
        let mut job = self.clone();
        match event {
            Event::Approved => job.approve()?,
            Event::Due => job.wake()?,
            Event::Assigned => job.assign(rules)?,
            Event::Started { attempt } => job.start(*attempt, rules)?,
            Event::Finished { attempt, outcome } => {
                job.check_live(*attempt)?;
                job.report(outcome, rules);
            }
            Event::Settled { outcome } => job.settle(outcome, rules)?,
            Event::CancelAsked { by } => job.ask_to_stop(by, rules)?,
            Event::CancelForced => job.force_to_stop(rules)?,
            Event::LeaseLost { attempt } => {
                job.check_live(*attempt)?;
                job.try_again("its runner was not heard of any more", rules);
            }
            Event::OverTime { attempt } => {
                job.check_live(*attempt)?;
                let reason = format!("it took longer than {}", words(self.spec.timeout));
                job.finish(&Outcome::new(Verdict::TimedOut).because(reason), rules);
            }
        }
        Ok(job)
    }

    fn approve(&mut self) -> Result<(), Refusal> {
        self.check_not_ended()?;
        self.approved = true;
        Ok(())
    }

    fn wake(&mut self) -> Result<(), Refusal> {
        if self.state != JobState::Queued || self.not_before.take().is_none() {
            return Err(self.not_now());
        }
        Ok(())
    }

    fn assign(&mut self, rules: &Rules) -> Result<(), Refusal> {
        if !self.is_ready() {
            return Err(self.not_now());
        }
        self.state = JobState::Assigned;
        self.attempt = Some(self.attempt.map_or(AttemptNumber::FIRST, AttemptNumber::next));
        self.started = Some(rules.now);
        self.reason = None;
        Ok(())
    }

    fn start(&mut self, attempt: AttemptNumber, rules: &Rules) -> Result<(), Refusal> {
        self.check_live(attempt)?;
        if self.state == JobState::Assigned {
            self.state = JobState::Running;
            self.started = Some(rules.now);
        }
        Ok(())
    }

    /// Takes what is reported of the attempt that goes on.
    fn report(&mut self, outcome: &Outcome, rules: &Rules) {
        match outcome.verdict {
            Verdict::InfraError => {
                let reason = outcome.reason.as_deref();
                self.try_again(reason.unwrap_or("its runner had trouble of its own"), rules);
            }
            Verdict::Ok | Verdict::Err | Verdict::TimedOut | Verdict::Cancelled => {
                self.finish(outcome, rules);
            }
        }
    }

    /// Takes a result out of the repository. It may come while the job waits for another attempt:
    /// then the runner that was lost had done its work after all.
    fn settle(&mut self, outcome: &Outcome, rules: &Rules) -> Result<(), Refusal> {
        self.check_not_ended()?;
        if self.attempt.is_none() {
            return Err(self.not_now());
        }
        if self.state.is_live() {
            self.report(outcome, rules);
        } else {
            self.finish(outcome, rules);
        }
        Ok(())
    }

    fn ask_to_stop(&mut self, by: &Actor, rules: &Rules) -> Result<(), Refusal> {
        self.check_not_ended()?;
        let first = self.cancelled_by.get_or_insert_with(|| by.clone()).clone();
        if self.state == JobState::Queued {
            self.finish(&cancelled(&first), rules);
        }
        Ok(())
    }

    fn force_to_stop(&mut self, rules: &Rules) -> Result<(), Refusal> {
        self.check_not_ended()?;
        let Some(by) = self.cancelled_by.clone() else { return Err(self.not_now()) };
        self.finish(&cancelled(&by), rules);
        Ok(())
    }

    /// Puts the job back into the queue, unless it was to stop or has had its attempts.
    fn try_again(&mut self, reason: &str, rules: &Rules) {
        if let Some(by) = self.cancelled_by.clone() {
            return self.finish(&cancelled(&by), rules);
        }
        let failures = self.attempt.map_or(1, AttemptNumber::get);
        if failures >= rules.max_attempts {
            let reason = format!("attempt {failures} of {}: {reason}", rules.max_attempts);
            return self.finish(&Outcome::new(Verdict::InfraError).because(reason), rules);
        }
        self.state = JobState::Queued;
        self.not_before = Some(later(rules.now, rules.backoff.after(failures)));
        self.started = None;
        self.reason = Some(reason.to_owned());
    }

    fn finish(&mut self, outcome: &Outcome, rules: &Rules) {
        self.state = outcome.verdict.state();
        self.not_before = None;
        self.finished = Some(rules.now);
        self.exit_code = outcome.exit_code;
        self.reason.clone_from(&outcome.reason);
        self.run.clone_from(&outcome.run);
    }

    fn check_live(&self, attempt: AttemptNumber) -> Result<(), Refusal> {
        if self.state.is_live() && self.attempt == Some(attempt) {
            return Ok(());
        }
        let newest = self.attempt.map_or(0, AttemptNumber::get);
        Err(Refusal::Stale { attempt, newest, state: self.state })
    }

    fn check_not_ended(&self) -> Result<(), Refusal> {
        if self.state.is_final() { Err(Refusal::Ended { state: self.state }) } else { Ok(()) }
    }

    fn not_now(&self) -> Refusal {
        Refusal::NotNow { state: self.state, approved: self.approved }
    }
}

fn cancelled(by: &Actor) -> Outcome {
    Outcome::new(Verdict::Cancelled).because(format!("by {by}"))
}

/// Writes a duration for people: `90s`, `60m`.
fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests;
