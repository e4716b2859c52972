//! The life of a job: what may follow what. No clock, no store, no randomness.

mod attempt;
mod event;
mod job;
mod outcome;

pub use attempt::{Attempt, AttemptEnd, AttemptState, TokenHash};
pub use event::{Event, Refusal, Rules};
pub use job::{Job, JobState, ViewKey};
pub use outcome::{Outcome, Verdict};
