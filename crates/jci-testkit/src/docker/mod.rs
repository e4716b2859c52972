//! A Docker Engine for tests: an image in which jobs can run, and a mark on whatever a test makes.
//!
//! All goes through the program `docker`, which shares no code with what is tested.

mod closure;
mod front;
mod image;
mod mark;
mod own;
mod podman;

use std::ffi::OsStr;
use std::process::{Command, Stdio};

pub use front::{CallFault, EngineFront};
pub use mark::Mark;
pub use own::OwnEngine;
pub use podman::Podman;

use crate::{Finished, require};

/// An engine: that of the machine, or one of a test's own.
#[derive(Debug, Clone, Default)]
pub struct Docker {
    host: Option<String>,
}

impl Docker {
    /// Returns the engine that `docker` finds by itself.
    #[must_use]
    pub fn of_machine() -> Self {
        Self::default()
    }

    /// Returns the engine at an address: `unix:///run/test/docker.sock`.
    #[must_use]
    pub fn at(host: &str) -> Self {
        Self { host: Some(host.to_owned()) }
    }

    /// Prepares the program `docker`, with no standard input.
    #[must_use]
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(require("docker", "docker.io"));
        command.args(arguments).stdin(Stdio::null());
        if let Some(host) = &self.host {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Runs the program `docker` to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Finished {
        Finished::of(&mut self.command(arguments))
    }

    /// Runs the program `docker`, which must succeed, and returns the words that it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn words<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Vec<String> {
        let printed = self.run(arguments).success().stdout();
        printed.split_whitespace().map(ToOwned::to_owned).collect()
    }

    /// Returns the name of an image with git, bash, and the programs that scripts use, and nothing
    /// else: no registry is asked. It is made once of this machine's own programs, which takes a
    /// second or two, and found again by every test until one of them is another.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn job_image(&self) -> String {
        image::ensure(self)
    }
}
