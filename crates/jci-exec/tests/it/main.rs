//! Runs real scripts with real processes.

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
