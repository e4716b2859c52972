//! Jobs on Windows: what their processes are is up to job objects, whatever else they do.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use jci_exec::{
    Cancel, CancelledBy, Ended, Job, Launch, Outcome, Reason, Script, StartError, WriteSink,
};

use crate::bench::{Bench, DEADLINE, Heard, LONG, Running, assert_prompt, run};

const LOCKED: &str = "JCI_EXEC_TEST_LOCKED";
const THEN: &str = "JCI_EXEC_TEST_THEN";

/// What is left of a process that was killed.
const KILLED: Ended = Ended::Exited(137);

/// The first process of a job: this test binary once more. It starts another, and goes on or ends.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn parent() {
    let mut child = start(&mut this("windows::child"));
    read_until(child.stdout.take().unwrap(), "has it");
    println!("ready");
    if env::var(THEN).unwrap() == "waits" {
        child.wait().unwrap();
    }
}

/// A process that nobody ends. As long as it is there, it has a file locked.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn child() {
    let file = File::options().write(true).open(env::var_os(LOCKED).unwrap()).unwrap();
    file.lock().unwrap();
    println!("has it");
    std::thread::sleep(Duration::from_secs(3600));
}

/// Runs one job in a process that is going to be killed.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn supervisor() {
    let job = family(env::var(LOCKED).unwrap(), "waits");
    let _ = job.run(&mut WriteSink::new(std::io::stdout()), &Cancel::new());
}

/// This test binary, asked for one of these.
fn this(entry: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", entry, "--nocapture"]);
    command
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Reads on to a line.
fn read_until(from: ChildStdout, until: &str) {
    let mut lines = BufReader::new(from).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == until), "the process ended without {until:?}");
}

/// A job of two processes, of which the first `waits` for the other or `ends`.
fn family(locked: impl Into<OsString>, then: &str) -> Job {
    let this = this("windows::parent");
    this.get_args()
        .fold(Job::program(this.get_program()), Job::arg)
        .env(LOCKED, locked)
        .env(THEN, then)
        .timeout(Some(DEADLINE))
        .grace(LONG)
}

fn cmd(line: &str) -> Job {
    Job::program("cmd").arg("/d").arg("/c").arg(line).timeout(Some(DEADLINE))
}

/// Fails if the second process of a job is still there.
fn assert_gone(file: &Path) {
    File::options().write(true).open(file).unwrap().try_lock().unwrap();
}

fn report(outcome: &Outcome) -> (Ended, Reason, &[u32]) {
    (outcome.ended, outcome.reason, &outcome.survivors)
}

#[test]
fn output_and_exit_code() {
    let bench = Bench::new();
    let job = cmd("cd& echo out& echo err>&2& echo %NAME%& exit 3");
    let (outcome, text) = run(&job.directory(bench.path("")).env("NAME", "a value"));
    let (folder, rest) = text.split_once("\r\n").unwrap();
    assert!(bench.path("").starts_with(folder), "{folder}");
    assert_eq!(rest, "out\r\nerr\r\na value\r\n");
    assert_eq!(report(&outcome), (Ended::Exited(3), Reason::Finished, &[][..]));
    assert_eq!(outcome.output_bytes, text.len() as u64);
}

#[test]
fn a_timeout_ends_all_processes() {
    let bench = Bench::new();
    let file = bench.file("file", "");
    let after = Duration::from_millis(500);
    let begun = Instant::now();
    let job = family(&file, "waits").timeout(Some(after));
    let outcome = job.run(&mut Heard::default(), &Cancel::new()).unwrap();
    assert_eq!(report(&outcome), (KILLED, Reason::TimedOut { after }, &[][..]));
    assert_gone(&file);
    assert_prompt(begun);
}

#[test]
fn a_request_ends_all_processes() {
    let bench = Bench::new();
    let file = bench.file("file", "");
    let running = Running::start(&family(&file, "waits"));
    running.heard.wait_for("ready");
    running.cancel.request(CancelledBy::Caller);
    let outcome = running.end();
    let cancelled = Reason::Cancelled { by: CancelledBy::Caller };
    assert_eq!(report(&outcome), (KILLED, cancelled, &[][..]));
    assert_gone(&file);
}

#[test]
fn what_a_script_leaves_ends_with_it() {
    let bench = Bench::new();
    let file = bench.file("file", "");
    let (outcome, text) = run(&family(&file, "ends"));
    assert!(text.contains("ready"), "{text}");
    assert_eq!(report(&outcome), (Ended::Exited(0), Reason::Finished, &[][..]));
    assert_eq!(outcome.leftovers, 1);
    assert_gone(&file);
}

#[test]
fn a_job_ends_with_whoever_runs_it() {
    let bench = Bench::new();
    let file = bench.file("file", "");
    let mut supervisor = start(this("windows::supervisor").env(LOCKED, &file));
    read_until(supervisor.stdout.take().unwrap(), "ready");
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    // It is waited for: nobody says when it is gone.
    File::options().write(true).open(&file).unwrap().lock().unwrap();
}

#[test]
fn what_cannot_be_started_is_named() {
    let job = Job::program("no-such-program");
    let error = job.run(&mut Heard::default(), &Cancel::new()).unwrap_err();
    assert!(matches!(error, StartError::MissingProgram { .. }), "{error:?}");
    let bench = Bench::new();
    let damaged = Script::open(bench.file("damaged.exe", "MZ\0 is not enough")).unwrap();
    let error = Job::script(damaged).run(&mut Heard::default(), &Cancel::new()).unwrap_err();
    assert!(matches!(error, StartError::ExecFormat { .. }), "{error:?}");
}

#[test]
fn names_tell_programs_from_scripts_for_bash() {
    let bench = Bench::new();
    let batch = Script::open(bench.file("run.bat", "@echo from %~nx0\r\n")).unwrap();
    assert_eq!(*batch.launch(), Launch::Program);
    let (outcome, text) = run(&Job::script(batch));
    assert!(outcome.is_success(), "{outcome:?}");
    assert_eq!(text, "from run.bat\r\n");
    let script = Script::open(bench.file("run.sh", "#!/bin/sh\necho\n")).unwrap();
    assert_eq!(*script.launch(), Launch::Bash);
    let error = Job::script(script).env("PATH", "").run(&mut Heard::default(), &Cancel::new());
    assert!(matches!(error, Err(StartError::MissingBash { .. })), "{error:?}");
}
