//! A run that goes on for as long as a test needs it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use jci_testkit::{Finished, TestRepo, require};
use rustix::process::{Pid, Signal, kill_process};

use crate::jci::BINARY;

/// `git jci run` with a script that has printed `begun` and waits to be told something.
pub(crate) struct Running {
    child: Option<Child>,
    pipe: PathBuf,
}

impl Running {
    /// Commits the script, runs it and waits until it has begun.
    pub(crate) fn start(repo: &TestRepo) -> Self {
        let pipe = repo.environment.path("tell");
        let mkfifo = require("mkfifo", "coreutils");
        let _ = repo.environment.run(mkfifo, &[&pipe], repo.path()).success();
        repo.script(&format!(
            "#!/bin/sh\necho begun\nread -r word <'{}'\necho \"told $word\"\n\
             echo kept >kept.txt\n[ \"$word\" = pass ]\n",
            pipe.display()
        ));
        repo.commit("wait to be told");
        let mut child = spawn(repo, &["run"]);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let running = Self { child: Some(child), pipe };
        assert_eq!(line(&mut output), "begun\n");
        // Read to its end by a thread, or the run would find nobody who takes its output.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        running
    }

    /// Tells the script `pass`, to let it pass, or something else, and waits for the run to end.
    pub(crate) fn tell(mut self, word: &str) {
        std::fs::write(&self.pipe, format!("{word}\n")).unwrap();
        let mut child = self.child.take().unwrap();
        child.wait().unwrap();
    }

    /// Kills `git jci run` as a power cut would; its script lives on.
    pub(crate) fn die(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Asked, not killed, so that it takes its script with it.
            let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            let _ = child.wait();
        }
    }
}

/// Starts `git-jci` with its output in pipes.
pub(crate) fn spawn(repo: &TestRepo, arguments: &[&str]) -> Child {
    let mut command = repo.environment.command_heeding_signals(BINARY, repo.path());
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for the next line.
pub(crate) fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line
}

/// Waits for the end of a program that [`spawn`] started.
pub(crate) fn finish(child: Child) -> Finished {
    Finished::from_output("git-jci", child.wait_with_output().unwrap())
}
