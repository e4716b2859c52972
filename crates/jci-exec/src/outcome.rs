use std::time::Duration;

use crate::{CancelledBy, Signal, SinkError};

/// Says how the process of the script itself ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It exited by itself with this code.
    Exited(i32),
    /// This signal ended it.
    Signalled(Signal),
    /// Nobody saw its end: the kernel did not let go of it even after KILL (a device or a network
    /// file system that does not answer), or another part of this program reaped it.
    Unknown,
}

/// Says why the job came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The script ended by itself.
    Finished,
    /// The script was still running when its time was up.
    TimedOut {
        /// The time it had.
        after: Duration,
    },
    /// Somebody asked for it.
    Cancelled {
        /// Who asked first.
        by: CancelledBy,
    },
    /// The script read from the terminal and was suspended for it: a job has no terminal, so it
    /// would have waited for ever.
    WantedTerminal,
}

/// Reports one job that was started.
#[derive(Debug)]
#[must_use = "a job that failed is an `Ok` outcome: look at `is_success`"]
pub struct Outcome {
    /// How the script's own process ended.
    pub ended: Ended,
    /// Why the job is over.
    pub reason: Reason,
    /// The time from just before the start until no process of the job was left.
    pub duration: Duration,
    /// The number of processes that were still there after the script had ended, and were stopped.
    pub leftovers: usize,
    /// Processes of the job that could not be stopped: they belong to another user, or the kernel
    /// holds them. Empty unless something is badly wrong.
    pub survivors: Vec<u32>,
    /// Whether memory ran out while the job ran, so that the kernel killed something: a process of
    /// the job, or of whoever else has to share that memory with it. Known on Linux alone.
    pub out_of_memory: Option<OutOfMemory>,
    /// The number of bytes the job wrote.
    pub output_bytes: u64,
    /// The failure of the sink, after which it was given nothing more.
    pub output_error: Option<SinkError>,
}

/// Says that memory ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// How much the control group of this program may have, in bytes; `None` if it was the
    /// machine's memory, or that of a group around it.
    pub limit: Option<u64>,
}

impl Outcome {
    /// Tells whether the script ended by itself with exit code 0.
    pub fn is_success(&self) -> bool {
        self.ended == Ended::Exited(0) && self.reason == Reason::Finished
    }
}
