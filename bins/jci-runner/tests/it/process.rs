//! A program of jci that goes on until it is stopped, as a process of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use jci_testkit::Daemon;
use rustix::process::Signal;

/// So long a program may take to end, each time that it is asked.
const HURRY: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// A program, which may run.
pub(crate) struct Program {
    path: PathBuf,
    folder: PathBuf,
    variables: BTreeMap<String, String>,
    /// What starts it, if it is not started as it is.
    by: Vec<String>,
    running: Option<Daemon>,
}

impl Program {
    /// Prepares a program that works in a folder.
    pub(crate) fn new(path: impl Into<PathBuf>, folder: &Path) -> Self {
        let mut program = Self {
            path: path.into(),
            folder: folder.to_owned(),
            variables: BTreeMap::new(),
            by: Vec::new(),
            running: None,
        };
        program.set("PATH", &std::env::var("PATH").unwrap());
        program
    }

    /// Sets a variable, for the next start.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Has the program started by another, which becomes it, as `env` does.
    pub(crate) fn run_by(&mut self, words: &[&str]) {
        self.by = words.iter().map(ToString::to_string).collect();
    }

    /// Prepares the program as it is started.
    pub(crate) fn command(&self) -> Command {
        let mut command = match self.by.split_first() {
            Some((starter, arguments)) => {
                let mut command = Command::new(starter);
                command.args(arguments).arg(&self.path);
                command
            }
            None => Command::new(&self.path),
        };
        command.env_clear().envs(&self.variables).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Starts the program, and waits until it has said something.
    #[track_caller]
    pub(crate) fn start(&mut self, part: &str) -> String {
        assert!(self.running.is_none(), "{} runs", self.path.display());
        let name = self.path.display().to_string();
        self.running.insert(Daemon::start(&name, &mut self.command())).wait_for(part)
    }

    fn running(&self) -> &Daemon {
        self.running.as_ref().expect("the program runs")
    }

    /// Takes the process of the program, which is about to end.
    fn ending(&mut self) -> Daemon {
        self.running.take().expect("the program runs")
    }

    /// Waits until the program has said something since it was started.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        self.running().wait_for(part)
    }

    /// Returns all that the program has said since it was started.
    pub(crate) fn log(&self) -> String {
        self.running().said()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        self.running().signal(signal);
    }

    /// Waits for the end of the program.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.ending().wait()
    }

    /// Asks the program to stop, as services are stopped, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.ending().stop()
    }

    /// Kills the program.
    pub(crate) fn kill(&mut self) {
        self.ending().kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let Some(running) = self.running.as_mut().filter(|_| !std::thread::panicking()) else {
            return;
        };
        // Killed in the middle of something it would leave what nobody knows of yet: a container that
        // the engine makes at this moment. Whoever is asked twice hurries.
        for patience in HURRY {
            running.signal(Signal::TERM);
            if running.ends_within(patience) {
                return;
            }
        }
    }
}
