//! The one place where errors become what a person reads and what a script gets.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use jci_store::{OpenError, ResolveError};

use crate::exit_code::{self, ExitCode};
use crate::stderr;

/// What kind of failure it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The arguments parse, but contradict each other or name nonsense.
    Usage,
    /// It cannot be done here, and trying again will not help.
    NotPossible,
    /// jci, git or the machine failed at something that should work.
    Failed,
    /// The person asked for it to stop.
    Interrupted,
    /// Nobody reads our output any more; not worth a word.
    OutputClosed,
}

/// A failure with its cause and what to type next.
#[derive(Debug)]
pub(crate) struct CommandError {
    kind: Kind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    hints: Vec<String>,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, hints: Vec::new() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn not_possible(message: impl Into<String>) -> Self {
        Self::new(Kind::NotPossible, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::new(Kind::Interrupted, message)
    }

    /// Adds what went wrong below.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what to do next, a sentence or a command to type.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Names paths as seen from a folder that is gone when the failure is read.
    pub(crate) fn seen_from(mut self, folder: &Path) -> Self {
        let folder = format!("{}/", folder.display());
        for text in std::iter::once(&mut self.message).chain(&mut self.hints) {
            *text = text.replace(&folder, "");
        }
        self
    }

    /// Parts the failure into what is wrong, causes included, and what to do next.
    pub(crate) fn into_finding(self) -> (String, Vec<String>) {
        (self.chain(), self.hints)
    }

    /// Prints the failure as something that does not stop the command.
    pub(crate) fn warn(&self) {
        stderr::print(&self.text("warning"));
    }

    /// Prints the failure to standard error and returns the exit code for it.
    pub(crate) fn report(&self) -> ExitCode {
        if self.kind != Kind::OutputClosed {
            stderr::print(&self.text("error"));
        }
        match self.kind {
            Kind::Usage => exit_code::USAGE,
            Kind::NotPossible => exit_code::NOT_POSSIBLE,
            Kind::Failed => exit_code::FAILED,
            Kind::Interrupted => exit_code::INTERRUPTED,
            Kind::OutputClosed => exit_code::OK,
        }
    }

    fn text(&self, weight: &str) -> String {
        let mut text = format!("{weight}: {}\n", self.chain());
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }

    /// Writes the message with its causes.
    fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut source = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = source {
            // Some libraries repeat their cause in their own text; say it once.
            let said = error.to_string();
            if !text.ends_with(&said) {
                let _ = write!(text, ": {said}");
            }
            source = error.source();
        }
        text
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        match &error {
            OpenError::NotARepository { directory, source } => {
                Self::not_possible(format!("no git repository at {}", directory.display()))
                    .because(source.to_string())
                    .hint("type `git init` to make one, or go to a folder of one")
            }
            _ => Self::not_possible("cannot use this repository").because(error),
        }
    }
}

impl From<ResolveError> for CommandError {
    fn from(error: ResolveError) -> Self {
        match &error {
            ResolveError::Unborn { .. } => Self::not_possible("this repository has no commit yet")
                .hint("a run belongs to a commit: type `git commit` first"),
            ResolveError::NotFound { rev, .. } => {
                Self::not_possible(format!("{rev:?} names no commit and no run here"))
                    .hint("type `git jci ls` to see the runs, `git log` to see the commits")
            }
            _ => Self::failed("failed to read the commit").because(error),
        }
    }
}

/// Failures of our own standard output.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::OutputClosed, "standard output was closed");
        }
        Self::failed("failed to write the output").because(error)
    }
}
