//! Runs real scripts with real processes.
#![allow(clippy::unwrap_used, reason = "a test may fail that way, also in its helpers")]

mod bench;
#[cfg(unix)]
mod ending;
#[cfg(unix)]
mod helper;
#[cfg(target_os = "linux")]
mod leftovers;
#[cfg(unix)]
mod mask;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod sinks;
#[cfg(unix)]
mod start;
#[cfg(windows)]
mod windows;
