//! A program that goes on until it is told to stop, and what it says.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a test waits for a line, unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program whose standard error is read as it comes. It is killed with this value, and a
/// test that fails shows what it said.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    said: Arc<Said>,
    patience: Duration,
}

#[derive(Debug, Default)]
struct Said {
    /// The lines, and whether these are all.
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Daemon {
    /// Starts a program; the name is for people.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(name: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let said = Arc::new(Said::default());
        let writer = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writer.change(|(lines, _)| lines.push(line));
            }
            writer.change(|(_, all)| *all = true);
        });
        Self { name: name.to_owned(), child, said, patience: PATIENCE }
    }

    /// Sets how long a test waits for a line.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits until the program has said something, and returns the line.
    ///
    /// # Panics
    /// If it does not, with what it did say.
    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        let find = |lines: &[String]| lines.iter().find(|line| line.contains(part)).cloned();
        let said = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |(lines, all): &mut (Vec<String>, bool)| find(lines).is_none() && !*all;
        let waited = self.said.more.wait_timeout_while(said, self.patience, waits);
        let (said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let found = find(&said.0);
        drop(said);
        found.unwrap_or_else(|| panic!("{} did not say {part:?}", self.name))
    }

    /// Returns all that the program has said so far.
    #[must_use]
    pub fn said(&self) -> String {
        let said = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        said.0.join("\n")
    }

    /// Returns the id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, signal: Signal) {
        let sent = kill_process(Pid::from_child(&self.child), signal);
        sent.unwrap_or_else(|error| panic!("{} cannot be told: {error}", self.name));
    }

    /// Waits until the program has ended.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a program can be waited for")
    }

    /// Tells whether the program ends within a time.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let begun = Instant::now();
        loop {
            if self.child.try_wait().expect("a program can be waited for").is_some() {
                return true;
            }
            if begun.elapsed() >= patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks the program to end, as services are asked, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Kills the program, which is told nothing.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("a program can be killed");
        self.wait();
    }
}

impl Said {
    fn change(&self, change: impl FnOnce(&mut (Vec<String>, bool))) {
        change(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        self.more.notify_all();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{} said:\n{}", self.name, self.said());
        }
    }
}
