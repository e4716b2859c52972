//! What a program left behind when it ended.

use std::fmt;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

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
        let output = command.output().unwrap_or_else(|error| panic!("cannot run {name}: {error}"));
        Self { command: name, output }
    }

    /// Runs `command` to its end with `input` as its standard input.
    pub fn fed(command: &mut Command, input: &[u8]) -> Self {
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {name}: {error}"));
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        std::thread::scope(|scope| {
            // From a thread of its own: the program may answer before it has read all, and it may
            // end without reading anything.
            scope.spawn(move || {
                let _ = pipe.write_all(input);
            });
            let output = child.wait_with_output().expect("a program can be waited for");
            Self::from_output(&name, output)
        })
    }

    /// Takes what a program that was started elsewhere left behind.
    pub fn from_output(command: &str, output: Output) -> Self {
        Self { command: command.to_owned(), output }
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
