//! The life of a job: what may follow what. No clock, no store, no randomness.

mod attempt;
mod event;
mod job;
mod outcome;

pub use attempt::{Attempt, AttemptEnd, TokenHash};
pub use event::{Event, Refusal, Rules};
pub use jci_proto::{AttemptState, JobState, Verdict};
pub use job::{Job, ViewKey};
pub use outcome::Outcome;
