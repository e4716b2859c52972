//! git at work on the terminal of the person who asked for it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use jci_store::ObjectsLock;

use crate::context::Context;
use crate::error::CommandError;

/// A git whose progress, prompts and complaints go to standard error as if it had been typed; what
/// it prints for programs is read by us.
pub(crate) struct GitCommand {
    command: Command,
    /// What it is called when it fails, `git fetch`.
    name: String,
}

impl GitCommand {
    /// Prepares a git command that starts in the folder of `context`, with settings for this one
    /// call.
    pub(crate) fn new(context: &Context, settings: &[&str], name: &str) -> Self {
        let mut command = Command::new("git");
        command.current_dir(context.directory());
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.arg(name);
        Self { command, name: format!("git {name}") }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Lets git hold the lock, too, should we be killed before it ends.
    pub(crate) fn under(mut self, lock: &ObjectsLock) -> Result<Self, CommandError> {
        let stdin = lock.as_stdin().map_err(|error| {
            CommandError::failed(format!("failed to start `{}`", self.name)).because(error)
        })?;
        self.command.stdin(stdin);
        Ok(self)
    }

    /// Runs git to its end and hands over each line that it prints, without its newline.
    pub(crate) fn lines(mut self, mut line: impl FnMut(&[u8])) -> Result<ExitStatus, CommandError> {
        let mut child = self.start()?;
        if let Some(stdout) = child.stdout.take() {
            let lines = BufReader::new(stdout).split(b'\n');
            for read in lines {
                line(&read.map_err(|error| self.failed(error))?);
            }
        }
        child.wait().map_err(|error| self.failed(error))
    }

    /// Runs git to its end, feeding it `input`, and returns what it printed if it succeeded.
    pub(crate) fn fed(mut self, input: &[u8]) -> Result<Option<Vec<u8>>, CommandError> {
        self.command.stdin(Stdio::piped());
        let mut child = self.start()?;
        let mut stdin = child.stdin.take();
        let mut stdout = child.stdout.take();
        let mut printed = Vec::new();
        std::thread::scope(|scope| {
            // From a thread of its own: git answers before it has read all. If it does not read to
            // the end, it says why by its exit code.
            scope.spawn(move || stdin.as_mut().map(|pipe| pipe.write_all(input)));
            stdout.as_mut().map_or(Ok(0), |pipe| pipe.read_to_end(&mut printed))
        })
        .map_err(|error| self.failed(error))?;
        let ended = child.wait().map_err(|error| self.failed(error))?;
        Ok(ended.success().then_some(printed))
    }

    /// Does not show what git complains of.
    pub(crate) fn silent(mut self) -> Self {
        self.command.stderr(Stdio::null());
        self
    }

    fn start(&mut self) -> Result<Child, CommandError> {
        self.command.stdout(Stdio::piped()).spawn().map_err(|error| {
            CommandError::failed(format!("failed to start `{}`", self.name))
                .because(error)
                .hint("install git, or put it on the PATH")
        })
    }

    fn failed(&self, error: std::io::Error) -> CommandError {
        CommandError::failed(format!("failed to talk to `{}`", self.name)).because(error)
    }
}
