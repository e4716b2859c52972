//! Everything that differs between operating systems: a port to another one adds a module here.
//!
//! The rest of the crate uses a [`Tree`] (the processes of one job), a [`Wake`] (what a loop sleeps
//! on), [`shared_pipe`] and [`wait_output`], and knows neither pids nor /proc.

#[cfg(not(target_os = "linux"))]
mod no_memory_group;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{
    ENDING, Leftover, MemoryGroup, Process, READS_FIRST_LINES, REMOVE_CARRIAGE_RETURNS, RawSignal,
    SignalWatch, Tree, Wake, Waker, bash, bytes_waiting, ignored_signals, is_exec_format_error,
    is_executable, kill_marked, path_from_bytes, shared_pipe, wait_output,
};

use std::ffi::OsString;

use crate::Ended;

/// Marks the processes of one job by a variable in their environment.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub(crate) name: OsString,
    pub(crate) value: OsString,
}

impl Marker {
    pub(crate) fn new(name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// Tells what the script's own process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaderState {
    Running,
    /// It was suspended because it read from the terminal, or changed it.
    #[cfg_attr(windows, expect(dead_code, reason = "nothing is suspended there"))]
    WantsTerminal,
    Ended(Ended),
}
