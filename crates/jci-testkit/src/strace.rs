//! Faults at the very system call: kills and errors, by strace.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Environment, Finished, require};

/// One call of the main thread of a program: the `nth` of this name, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The name of the system call.
    pub call: String,
    /// Which of the calls of this name.
    pub nth: u32,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:when={}", self.call, self.nth)
    }
}

/// What happens instead of a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The program is killed, before the call has any effect.
    Kill,
    /// The call fails with this error, for example `ENOSPC`.
    Error(&'static str),
    /// The call fails with this error, and so does every later one of the same name.
    ErrorFromHere(&'static str),
}

/// A system call as strace saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name of the system call.
    pub name: String,
    /// The whole line that strace wrote, with the paths of open files.
    pub line: String,
}

/// Watches programs under strace; needs the right to trace, as every user has for programs of
/// their own unless the machine forbids it.
#[derive(Debug)]
pub struct Strace<'a> {
    environment: &'a Environment,
    program: PathBuf,
}

impl<'a> Strace<'a> {
    /// Finds strace.
    ///
    /// # Panics
    /// If it is not installed.
    #[must_use]
    pub fn new(environment: &'a Environment) -> Self {
        Self { environment, program: require("strace", "strace") }
    }

    /// Lists the calls of these names that `program` makes, in order.
    ///
    /// With `children`, those of its other threads and of all that it starts are listed as well.
    ///
    /// # Panics
    /// If strace may not trace here.
    pub fn calls<S: AsRef<OsStr>>(
        &self,
        names: &[&str],
        children: bool,
        program: impl AsRef<OsStr>,
        arguments: &[S],
        directory: &Path,
    ) -> (Finished, Vec<Call>) {
        let log = tempfile::NamedTempFile::new_in(self.environment.path(""));
        let log = log.expect("a file can be made");
        let mut strace = self.environment.command(&self.program, directory);
        strace.args(["--quiet=all", "--decode-fds=path", "--string-limit=4096"]);
        strace.arg("--output").arg(log.path()).arg(format!("--trace={}", names.join(",")));
        if children {
            strace.arg("--follow-forks");
        }
        let finished = Finished::of(strace.arg("--").arg(program).args(arguments));
        assert!(
            !finished.stderr().contains("ptrace"),
            "this machine forbids to trace programs: {finished:?}"
        );
        let text = fs::read(log.path()).expect("strace writes its log");
        let text = String::from_utf8_lossy(&text);
        (finished, text.lines().filter_map(|line| call(line, children)).collect())
    }

    /// Lists every point at which `program` makes a call of one of these names.
    #[must_use]
    pub fn points<S: AsRef<OsStr>>(
        &self,
        names: &[&str],
        program: impl AsRef<OsStr>,
        arguments: &[S],
        directory: &Path,
    ) -> Vec<Point> {
        let (finished, calls) = self.calls(names, false, program, arguments, directory);
        let _ = finished.success();
        let mut counts = BTreeMap::new();
        for call in calls {
            *counts.entry(call.name).or_insert(0) += 1;
        }
        let points = |(call, count): (String, u32)| {
            (1..=count).map(move |nth| Point { call: call.clone(), nth })
        };
        counts.into_iter().flat_map(points).collect()
    }

    /// Prepares a program that meets a fault at one point.
    #[must_use]
    pub fn with_fault<S: AsRef<OsStr>>(
        &self,
        fault: Fault,
        point: &Point,
        program: impl AsRef<OsStr>,
        arguments: &[S],
        directory: &Path,
    ) -> Command {
        let Point { call, nth } = point;
        let (what, nth) = match fault {
            Fault::Kill => ("signal=SIGKILL".to_owned(), nth.to_string()),
            Fault::Error(error) => (format!("error={error}"), nth.to_string()),
            Fault::ErrorFromHere(error) => (format!("error={error}"), format!("{nth}+")),
        };
        let mut strace = self.environment.command(&self.program, directory);
        strace.args(["--quiet=all", "--output=/dev/null"]);
        strace.arg(format!("--trace={call}")).arg(format!("--inject={call}:{what}:when={nth}"));
        strace.arg("--").arg(program).args(arguments);
        strace
    }
}

/// Reads `name(…`, behind the number of the process where there are several.
fn call(line: &str, numbered: bool) -> Option<Call> {
    let text = if numbered { line.split_once(' ')?.1.trim_start() } else { line };
    let (name, _) = text.split_once('(')?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| Call { name: name.to_owned(), line: text.to_owned() })
}
