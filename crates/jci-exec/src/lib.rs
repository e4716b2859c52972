//! Runs one job on this host: a script, its processes, and its output as it comes.
//!
//! # Guarantees
//!
//! - stdout and stderr come as one stream, in the order and at the time they were written, to as
//!   many sinks as wanted. A sink that fails stops neither the job nor the others. Nothing is kept:
//!   memory does not grow with the output.
//! - The end of the script is the end of the job. What it leaves behind is asked to end (TERM), and
//!   killed when its grace is over; [`Job::run`] returns when no process of the job is left, or
//!   says in [`Outcome::survivors`] which it could not stop. Nothing that was written by then is
//!   lost.
//! - A timeout or a first request to [`Cancel`] does the same to the whole process group, while the
//!   script still runs; a second request kills at once. No sink can hold that up.
//! - What makes a start fail is said by name: [`StartError`] has a variant for each.
//! - What a [`Masker`] knows does not come through, wherever the output is cut into pieces.
//!
//! # Limits
//!
//! - On Linux every descendant is found, daemons included: orphans become children of this process
//!   while a job runs. So a child that this program starts meanwhile by other means must stay in
//!   the process group of this program, or have been there before the first job; else it is taken
//!   for an orphan of the job. And nothing else in this program may wait for "any child".
//! - On other Unixes only the process group of the job is seen.
//! - What a job has others do for it (the Docker daemon, systemd, cron) is not part of it, and a
//!   process that became another user can only be stopped by root.
//! - A job has no terminal. Who reads from `/dev/tty` nevertheless is ended with
//!   [`Reason::WantedTerminal`].
//! - On Windows every descendant is found, and ends with this process, however that ends. There is
//!   nothing to ask it by: what is to end is killed at once, with exit code 137. Files are programs
//!   by their names (`.exe`, `.com`, `.bat`, `.cmd`), and everything else is run by the bash that
//!   comes with git. All but Ctrl-C was tried with Wine.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use jci_exec::{Cancel, Job, MaskedSink, Masker, Secret, Tee, WriteSink};
//!
//! let masker = Masker::new([Secret::new("TOKEN", "s3cr3t-t0k3n")])?;
//! let mut log = Vec::new();
//! let mut output = Tee::new()
//!     .with("terminal", WriteSink::new(std::io::stdout()))
//!     .with("log", MaskedSink::new(&masker, WriteSink::new(&mut log)));
//!
//! let job = Job::program("sh")
//!     .arg("-c")
//!     .arg("echo the token is $TOKEN; sleep 3600 & exit 3")
//!     .env("TOKEN", "s3cr3t-t0k3n")
//!     .timeout(Some(Duration::from_secs(60)));
//! let outcome = job.run(&mut output, &Cancel::new())?;
//!
//! assert!(!outcome.is_success());
//! assert_eq!(outcome.ended, jci_exec::Ended::Exited(3));
//! assert_eq!(output.failures().count(), 0);
//! drop(output);
//! assert_eq!(log, b"the token is ***\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use outcome::{Ended, OutOfMemory, Outcome, Reason};
pub use script::{Launch, Script};
pub use signal::Signal;
pub use signals::SignalGuard;
pub use sink::{OutputSink, SinkError, Tee, WriteSink};

use std::ffi::OsStr;

/// Kills what a job left behind when the program that ran it died; returns the number of processes.
///
/// `marker` is what that job was given by [`Job::marker`]. Only processes with exactly this
/// variable in their environment are killed, and what they started; never this process or, in its
/// process group, its children. Only root reaches those of other users. Not for a job that still
/// runs in another process.
///
/// Finds nothing where the kernel does not show the environment of processes, which only Linux
/// does.
pub fn kill_leftovers(marker: (&str, &OsStr)) -> usize {
    platform::kill_marked(&platform::Marker::new(marker.0, marker.1))
}
