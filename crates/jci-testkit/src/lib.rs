//! Scripted git repositories and the programs that tests run in them.
//!
//! Everything happens in a folder of its own with an environment of its own: no test sees the
//! configuration, the home or the crontab of the person who runs it, or another test.
//!
//! A test kit that cannot do its work panics: a missing tool fails the test by name, it never
//! skips it.

mod environment;
mod finished;
mod plumbing;
mod repo;
mod tools;

pub use environment::Environment;
pub use finished::Finished;
pub use plumbing::{Facts, PlumbedRun};
pub use repo::{Formats, TestRepo};
pub use tools::require;
