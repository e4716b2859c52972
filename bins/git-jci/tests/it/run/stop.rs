//! Ctrl-C, by real signals.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Stdio};

use jci_testkit::{Finished, TestRepo};

use crate::jci::BINARY;
use crate::stored_run::StoredRun;

/// A `git jci run` that goes on, and what its script has printed so far.
struct Going {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Going {
    /// Starts a run and waits until its script has printed a first line.
    fn start(repo: &TestRepo, arguments: &[&str]) -> Self {
        let mut command = repo.environment.command_heeding_signals(BINARY, repo.path());
        command.arg("run").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut going = Self { child, stdout };
        going.line();
        going
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, repo: &TestRepo, signal: &str) {
        // The shell's own: not every system has a program for it.
        let kill = format!("kill {signal} {}", self.child.id());
        let _ = repo.run("sh", &["-c", &kill]).success();
    }

    fn end(mut self) -> Finished {
        let mut rest = Vec::new();
        self.stdout.read_to_end(&mut rest).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = rest;
        Finished::from_output("git-jci run", output)
    }
}

#[test]
fn the_first_request_lets_the_script_say_goodbye_and_stores_the_run() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let repo = TestRepo::with_script(
            "trap 'echo bye; echo x > last; exit 3' TERM\necho ready\n\
             while true; do :; done\n",
        );
        let going = Going::start(&repo, &[]);
        going.signal(&repo, signal);
        let finished = going.end().exits(130);
        assert_eq!(finished.stdout(), "bye\n", "{signal}");
        assert!(finished.stderr().contains("err (cancelled) in "), "{finished:?}");
        let run = StoredRun::only(&repo);
        assert_eq!((run.status().as_str(), run.field("reason").as_str()), ("err", "\"cancelled\""));
        assert_eq!(run.log(), "ready\nbye\n");
        assert_eq!(run.artifacts(), ["last"]);
        repo.assert_no_remains();
    }
}

#[test]
fn a_second_request_ends_a_script_that_does_not_listen() {
    let repo = TestRepo::with_script(
        "trap 'echo no' TERM INT\n(trap '' TERM; sleep 600) &\necho ready\n\
         while true; do :; done\n",
    );
    let mut going = Going::start(&repo, &[]);
    going.signal(&repo, "-INT");
    assert_eq!(going.line(), "no\n");
    going.signal(&repo, "-INT");
    let _ = going.end().exits(130);
    let run = StoredRun::only(&repo);
    assert_eq!(run.field("reason"), "\"cancelled\"");
    assert_eq!(run.field("signal"), "9");
    assert_eq!(run.log(), "ready\nno\n");
    repo.assert_no_remains();
}

#[test]
fn a_checkout_is_removed_after_a_stop_too() {
    let repo = TestRepo::with_script("echo ready; sleep 600\n");
    let going = Going::start(&repo, &["--clean"]);
    going.signal(&repo, "-INT");
    let _ = going.end().exits(130);
    assert_eq!(StoredRun::only(&repo).field("reason"), "\"cancelled\"");
    repo.assert_no_remains();
}

/// `nohup git jci run` outlives its terminal.
#[test]
fn a_signal_that_was_to_be_ignored_stays_ignored() {
    let repo =
        TestRepo::with_script("echo ready; read -r line < \"$JCI_REPO_ROOT/go\"; echo $line\n");
    let _ = repo.run("mkfifo", &["go"]).success();
    let mut command = repo.environment.command("sh", repo.path());
    command.args(["-c", "trap '' HUP; exec \"$0\" run", BINARY]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut going = Going { child, stdout };
    assert_eq!(going.line(), "ready\n");
    going.signal(&repo, "-HUP");
    std::fs::write(repo.path().join("go"), "on\n").unwrap();
    let finished = going.end().success();
    assert_eq!(finished.stdout(), "on\n");
}
