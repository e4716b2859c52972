//! The runtimes, tried with a real engine, with one that misbehaves, and with real processes.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

#[cfg(unix)]
mod engine;
#[cfg(unix)]
mod engine_faults;
#[cfg(unix)]
mod engine_restarts;
#[cfg(unix)]
mod host;
#[cfg(unix)]
mod policy;
#[cfg(windows)]
mod windows;
