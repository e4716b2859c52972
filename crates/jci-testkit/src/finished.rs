//! What a program left behind when it ended.

use std::fmt;
use std::process::{Command, Output};

/// The output and the exit status of a program; must be looked at.
#[must_use = "a program that failed unseen makes a test worth nothing"]
pub struct Finished {
    command: String,
    output: Output,
}

impl Finished {
    /// Runs `command` to its end, capturing what it prints.
    pub fn of(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("cannot run {name}: {error}"));
        Self {
            command: name,
            output,
        }
    }

    /// Takes what a program that was started elsewhere left behind.
    pub fn from_output(command: &str, output: Output) -> Self {
        Self {
            command: command.to_owned(),
            output,
        }
    }

    /// Returns the standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Returns the standard output byte for byte.
    pub fn stdout_bytes(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Returns the standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Returns the exit code, or `None` if a signal ended the program.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Asserts that the program succeeded.
    ///
    /// # Panics
    /// If it did not, with all that it printed.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Asserts that the program ended with this exit code.
    ///
    /// # Panics
    /// If it ended otherwise, with all that it printed.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{self:?}");
        self
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nended with {}\n--- stdout\n{}--- stderr\n{}",
            self.command,
            self.output.status,
            self.stdout(),
            self.stderr()
        )
    }
}
