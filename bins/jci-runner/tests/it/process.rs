//! A program of jci that goes on until it is stopped, as a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long a test waits for a line of a program's log.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program, which may run.
pub(crate) struct Program {
    path: PathBuf,
    folder: PathBuf,
    variables: BTreeMap<String, String>,
    /// What starts it, if it is not started as it is.
    by: Vec<String>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    log: Arc<Log>,
}

/// What the process has said so far, and whether it has said all.
#[derive(Default)]
struct Log {
    said: Mutex<(Vec<String>, bool)>,
    more: Condvar,
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
        let mut child =
            self.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Log::default());
        let (stderr, writer) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writer.said.lock().unwrap().0.push(line);
                writer.more.notify_all();
            }
            writer.said.lock().unwrap().1 = true;
            writer.more.notify_all();
        });
        self.running = Some(Running { child, log });
        self.wait_for_log(part)
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the program runs")
    }

    /// Waits until the program has said something since it was started.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        self.running().log.wait(part)
    }

    /// Returns all that the program has said since it was started.
    pub(crate) fn log(&self) -> String {
        self.running().log.said.lock().unwrap().0.join("\n")
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.running().child), signal).unwrap();
    }

    /// Waits for the end of the program.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.running.take().expect("the program runs").child.wait().unwrap()
    }

    /// Asks the program to stop, as services are stopped, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Kills the program.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        let _ = running.child.kill();
        let _ = running.child.wait();
        if std::thread::panicking() {
            let said = running.log.said.lock().unwrap().0.join("\n");
            eprintln!("{} said:\n{said}", self.path.display());
        }
    }
}

impl Log {
    #[track_caller]
    fn wait(&self, part: &str) -> String {
        let find =
            |said: &(Vec<String>, bool)| said.0.iter().find(|line| line.contains(part)).cloned();
        let said = self.said.lock().unwrap();
        let (said, _) = self
            .more
            .wait_timeout_while(said, PATIENCE, |said| find(said).is_none() && !said.1)
            .unwrap();
        let (found, all) = (find(&said), said.0.join("\n"));
        // Whoever shows the log of a test that failed takes the lock again.
        drop(said);
        found.unwrap_or_else(|| panic!("nobody said {part:?}, but:\n{all}"))
    }
}
