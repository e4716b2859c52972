//! Runs real scripts with real processes.
#![allow(clippy::unwrap_used, reason = "a test may fail that way, also in its helpers")]

mod bench;
mod ending;
mod helper;
#[cfg(target_os = "linux")]
mod leftovers;
mod mask;
mod output;
mod signals;
mod sinks;
mod start;
