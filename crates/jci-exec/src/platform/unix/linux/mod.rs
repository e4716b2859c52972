//! The processes of a job as Linux shows them: orphans come to us, and /proc knows the rest.

mod leftovers;
mod marker;
mod memory;
mod procfs;
mod registry;
mod tree;

pub(crate) use leftovers::kill_marked;
pub(crate) use memory::MemoryGroup;
pub(crate) use procfs::ignored_signals;
