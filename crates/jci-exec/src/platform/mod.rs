//! Everything that differs between operating systems: a port to another one adds a module here.
//!
//! The rest of the crate uses a [`Tree`] (the processes of one job), a [`Wake`] (what a loop sleeps
//! on), [`shared_pipe`] and [`wait_readable`], and knows neither pids nor /proc.

mod leader;
mod pipes;
mod shell;
mod wake;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use linux::{MemoryGroup, Tree, ignored_signals, kill_marked};
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{MemoryGroup, Tree, ignored_signals, kill_marked};

pub(crate) use leader::{LeaderState, Leftover, Process, RawSignal};
pub(crate) use pipes::{bytes_waiting, shared_pipe, wait_readable};
pub(crate) use shell::{
    REMOVE_CARRIAGE_RETURNS, is_exec_format_error, is_executable, path_from_bytes,
};
pub(crate) use wake::{Wake, Waker};

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

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

    /// Tells whether an environment, as the kernel shows it (entries that end in NUL), has it.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux shows it"))]
    pub(crate) fn is_in(&self, environment: &[u8]) -> bool {
        environment.split(|&byte| byte == 0).any(|entry| {
            let Some(rest) = entry.strip_prefix(self.name.as_bytes()) else { return false };
            rest.strip_prefix(b"=") == Some(OsStr::as_bytes(&self.value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_matches_whole_entries_only() {
        let marker = Marker::new("JCI_OUTPUT_DIR", "/r/1");
        assert!(marker.is_in(b"A=b\0JCI_OUTPUT_DIR=/r/1\0"));
        assert!(marker.is_in(b"JCI_OUTPUT_DIR=/r/1"));
        assert!(!marker.is_in(b"JCI_OUTPUT_DIR=/r/12\0"));
        assert!(!marker.is_in(b"X_JCI_OUTPUT_DIR=/r/1\0"));
        assert!(!marker.is_in(b"A=JCI_OUTPUT_DIR=/r/1\0"));
        assert!(!marker.is_in(b"JCI_OUTPUT_DIR\0"));
        assert!(!marker.is_in(b""));
    }
}
