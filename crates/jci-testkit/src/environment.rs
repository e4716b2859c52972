//! A home, a configuration and a `PATH` that belong to one test.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::Finished;

/// The world that the programs of one test see; removed with all that is in it when dropped.
#[derive(Debug)]
pub struct Environment {
    root: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Makes an empty world: a fresh home, git's identity fixed, time zone UTC, no colours.
    #[must_use]
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// Makes an empty world in memory, where the system lets programs be run from there.
    ///
    /// For tests that wait for the disk a thousand times and would learn nothing from it.
    #[must_use]
    pub fn in_memory() -> Self {
        static MEMORY: OnceLock<Option<&Path>> = OnceLock::new();
        match MEMORY.get_or_init(|| Some(Path::new("/dev/shm")).filter(|folder| runs_from(folder)))
        {
            Some(folder) => Self::below(folder),
            None => Self::new(),
        }
    }

    fn below(folder: &Path) -> Self {
        let root = tempfile::Builder::new()
            .prefix("jci-test-")
            .tempdir_in(folder)
            .expect("a temporary folder can be made");
        for folder in ["home", "bin"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder can be made");
        }
        let mut environment = Self { root, variables: Vec::new() };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![environment.path("bin")];
        folders.extend(std::env::split_paths(&path));
        environment.set("PATH", std::env::join_paths(folders).expect("PATH can be extended"));
        environment.set("HOME", environment.path("home"));
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ada Tester"),
            ("GIT_AUTHOR_EMAIL", "ada@example.com"),
            ("GIT_COMMITTER_NAME", "Ada Tester"),
            ("GIT_COMMITTER_EMAIL", "ada@example.com"),
            ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z"),
            ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "dumb"),
        ] {
            environment.set(name, value);
        }
        environment
    }

    /// Sets a variable for every program that is started from here on.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.variables.retain(|(known, _)| known != name.as_ref());
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
    }

    /// Keeps a variable from every program that is started from here on.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) {
        self.variables.retain(|(known, _)| known != name.as_ref());
    }

    /// Returns a path inside this world.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    /// Replaces what differs from one test run to the next by names that a snapshot can hold:
    /// the folders of this world become `[world]` and `[home]`.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // A temporary folder may be reached through a symlink; programs print either name of it.
        for root in [self.root.path().canonicalize().ok(), Some(self.path(""))] {
            let Some(root) = root else { continue };
            let root = root.to_string_lossy();
            let root = root.trim_end_matches('/');
            text = text.replace(&format!("{root}/home"), "[home]");
            text = text.replace(root, "[world]");
        }
        text
    }

    /// Puts a program of the test's own first on the `PATH`.
    pub fn install(&self, name: &str, script: &str) {
        write_program(&self.path("bin").join(name), script);
    }

    /// Prepares a program that sees this world and nothing else, with no standard input.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(directory)
            .stdin(Stdio::null());
        command
    }

    /// Prepares a program that heeds signals, whoever runs the tests.
    ///
    /// What was started in the background of a script, or by `nohup`, ignores some of them, and so
    /// does all that it starts.
    #[must_use]
    pub fn command_heeding_signals(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let mut command = self.command("env", directory);
        command.arg("--default-signal=HUP,INT,TERM").arg(program);
        command
    }

    /// Runs a program to its end.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[S],
        directory: &Path,
    ) -> Finished {
        let mut command = self.command(program, directory);
        Finished::of(command.args(arguments))
    }
}

/// Tells whether a program can be put into a folder and run from there.
fn runs_from(folder: &Path) -> bool {
    let Ok(scratch) = tempfile::tempdir_in(folder) else { return false };
    let program = scratch.path().join("program");
    write_program(&program, "#!/bin/sh\n");
    Command::new(program).status().is_ok_and(|status| status.success())
}

/// Writes an executable file.
///
/// A process of its own does it: a process that another test starts at this moment would inherit
/// our open file, and the kernel refuses to run a file that anyone still has open for writing.
pub(crate) fn write_program(path: &Path, script: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", r#"cat >"$0" && chmod 755 "$0""#])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh can be started");
    let mut pipe = writer.stdin.take().expect("standard input is a pipe");
    pipe.write_all(script.as_bytes()).expect("the program can be written");
    drop(pipe);
    let status = writer.wait().expect("sh can be waited for");
    assert!(status.success(), "{} was not written", path.display());
}

impl Default for Environment {
    fn default() -> Self {
        Self::new()
    }
}
