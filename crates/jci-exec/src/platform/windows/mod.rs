//! Job objects, and pipes that are read in one way only.

mod job_object;
mod pipes;
mod shell;
mod signals;
mod tree;
mod wake;

pub(crate) use super::no_memory_group::MemoryGroup;
pub(crate) use pipes::{bytes_waiting, shared_pipe, wait_output};
pub(crate) use shell::{
    READS_FIRST_LINES, REMOVE_CARRIAGE_RETURNS, bash, is_exec_format_error, is_executable,
    path_from_bytes,
};
pub(crate) use signals::{ENDING, SignalWatch, ignored_signals};
pub(crate) use tree::{Leftover, Process, RawSignal, Tree, kill_marked};
pub(crate) use wake::{Wake, Waker};
