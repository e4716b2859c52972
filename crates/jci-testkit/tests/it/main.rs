//! The forge that stands in for a real one, tried with real programs.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod git;
