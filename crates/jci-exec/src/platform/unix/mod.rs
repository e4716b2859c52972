//! Process groups, signals and file descriptors.

mod leader;
mod pipes;
mod shell;
mod signals;
mod tree;
mod wake;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(not(target_os = "linux"))]
pub(crate) use super::no_memory_group::MemoryGroup;
#[cfg(target_os = "linux")]
pub(crate) use linux::{MemoryGroup, ignored_signals, kill_marked};
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{ignored_signals, kill_marked};

pub(crate) use leader::{Leftover, Process, RawSignal};
pub(crate) use pipes::{bytes_waiting, shared_pipe, wait_output};
pub(crate) use shell::{
    READS_FIRST_LINES, REMOVE_CARRIAGE_RETURNS, bash, is_exec_format_error, is_executable,
    path_from_bytes,
};
pub(crate) use signals::{ENDING, SignalWatch};
pub(crate) use tree::Tree;
pub(crate) use wake::{Wake, Waker};
