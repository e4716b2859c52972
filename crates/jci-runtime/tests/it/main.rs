//! The runtimes, tried with a real engine, with one that misbehaves, and with real processes.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod engine;
mod engine_faults;
mod engine_restarts;
mod host;
mod policy;
