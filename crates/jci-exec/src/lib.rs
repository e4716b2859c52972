//! Runs one job on this host.
mod cancel;
mod error;
mod escalate;
mod job;
mod mask;
mod outcome;
mod platform;
mod pump;
mod script;
mod shebang;
mod signal;
mod signals;
mod sink;
mod start;
mod supervise;

pub use cancel::{Cancel, CancelledBy};
pub use error::StartError;
pub use job::{DEFAULT_GRACE, Job};
pub use mask::{
    MASK, MIN_LINE_LENGTH, MIN_SECRET_LENGTH, MaskError, MaskStream, MaskedSink, Masker, Secret,
};
pub use outcome::{Ended, Outcome, Reason};
pub use script::{Launch, Script};
pub use signal::Signal;
pub use signals::SignalGuard;
pub use sink::{OutputSink, SinkError, Tee, WriteSink};

use std::ffi::OsStr;

/// Kills what a job left behind when the program that ran it died; returns the number of processes.
///
/// `marker` is what that job was given by [`Job::marker`]. Only processes with exactly this variable
/// in their environment are killed, and what they started; never this process or, in its process
/// group, its children.
/// Only root reaches those of other users. Not for a job that still runs in another process.
///
/// Finds nothing where the kernel does not show the environment of processes, which only Linux does.
pub fn kill_leftovers(marker: (&str, &OsStr)) -> usize {
    platform::kill_marked(&platform::Marker::new(marker.0, marker.1))
}
