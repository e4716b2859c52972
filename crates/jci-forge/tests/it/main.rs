//! The client against a stand-in of a forge that keeps state and knows what it does not know.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod faults;
mod gitea;
mod others;
mod stand_in;
