//! Networks of a test's own.

use std::process::Command;

use crate::{Finished, require};

/// Runs the program `ip` to its end, however that is.
///
/// # Panics
/// If it is not installed.
pub fn ip(arguments: &[&str]) -> Finished {
    Finished::of(Command::new(require("ip", "iproute2")).args(arguments))
}
