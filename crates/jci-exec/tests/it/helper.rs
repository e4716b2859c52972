//! A process of its own for a job: to be signalled, killed, measured, or without other jobs beside.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::bench::DEADLINE;
use jci_exec::{Cancel, Job, MaskedSink, Masker, Script, Secret, Tee, WriteSink};

const SCRIPT: &str = "JCI_EXEC_TEST_SCRIPT";

/// What the helper prints when its job is over.
pub(crate) const OVER: &str = "job over: ";

/// The process itself: this test binary once more, asked for this one test.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn entry() {
    let script = env::var_os(SCRIPT).expect("started by `Helper`");
    let script = match Script::open(&script) {
        Ok(script) => script,
        Err(error) => return println!("{OVER}{error}"),
    };
    let cancel = Cancel::new();
    let signals = cancel.on_signals().unwrap();
    // It ends with us even when we are killed: then its stdin does.
    let mut bystander = Command::new("cat");
    let mut bystander = bystander.stdin(Stdio::piped()).process_group(0).spawn().unwrap();

    let folder = script.path().parent().unwrap().to_owned();
    let log = fs::File::create(folder.join("log")).unwrap();
    let masker = Masker::new([Secret::new("TOKEN", "s3cret-token")]).unwrap();
    let mut output = Tee::new()
        .with("log", WriteSink::new(log))
        .with("stdout", MaskedSink::new(&masker, WriteSink::new(std::io::stdout())));
    let job =
        Job::script(script).directory(&folder).marker("BENCH", &folder).timeout(Some(DEADLINE));
    let outcome = job.run(&mut output, &cancel).unwrap();

    assert!(bystander.try_wait().unwrap().is_none(), "a process that is not of the job was killed");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    println!(
        "{OVER}{:?} {:?} leftovers={} peak={}",
        outcome.ended,
        outcome.reason,
        outcome.leftovers,
        peak_memory_kib()
    );
    drop(signals);
    println!("signals given back");
    // Whoever started us may want to see what a signal does now; the end of stdin lets us go.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A process under which a helper is killed, and that kills what is left of its job.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn crash() {
    let script = env::var_os(SCRIPT).expect("started by `Helper`");
    let mark = Path::new(&script).parent().unwrap();
    // The orphans shall come here, as they come to init elsewhere: not to a job of another test.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    let mut helper = Helper::start(Helper::command(Path::new(&script)));
    helper.wait_for("ready");
    helper.signal(rustix::process::Signal::KILL);
    helper.wait();

    let mut similar = Command::new("sleep");
    let mut similar = similar.arg("3600").env("BENCH", mark.join("x")).spawn().unwrap();
    let killed = jci_exec::kill_leftovers(("BENCH", mark.as_os_str()));
    let survived = if similar.try_wait().unwrap().is_none() { "survived" } else { "was killed" };
    similar.kill().unwrap();
    similar.wait().unwrap();
    let again = jci_exec::kill_leftovers(("BENCH", mark.as_os_str()));
    println!("crash: killed {killed}, similar mark {survived}, again {again}");
}

fn peak_memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    peak.trim_end_matches("kB").trim().parse().unwrap()
}

/// A running helper.
pub(crate) struct Helper {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Helper {
    pub(crate) fn command(script: &Path) -> Command {
        Self::command_for("helper::entry", script)
    }

    /// The same, heeding signals whoever runs the tests: what was started in the background of a
    /// script, or by `nohup`, ignores some.
    pub(crate) fn heeding_command(script: &Path) -> Command {
        let mut command = Command::new("env");
        command.arg("--default-signal=HUP,INT,TERM").arg(env::current_exe().unwrap());
        Self::prepare(command, "helper::entry", script)
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn crash_command(script: &Path) -> Command {
        Self::command_for("helper::crash", script)
    }

    fn command_for(entry: &str, script: &Path) -> Command {
        Self::prepare(Command::new(env::current_exe().unwrap()), entry, script)
    }

    fn prepare(mut command: Command, entry: &str, script: &Path) -> Command {
        command.args(["--ignored", "--exact", entry, "--nocapture"]);
        command.env(SCRIPT, script).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Reads on to the line that contains `text` and gives what follows it there.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = self.stdout.read_until(b'\n', &mut line).unwrap();
            assert!(length > 0, "the helper ended without {text:?}");
            let line = String::from_utf8_lossy(&line);
            if let Some((_, rest)) = line.split_once(text) {
                return rest.trim_end().to_owned();
            }
        }
    }

    /// Reads on to the report of the job, without the part that differs from run to run.
    pub(crate) fn report(&mut self) -> String {
        let report = self.wait_for(OVER);
        report.split(" peak=").next().unwrap().to_owned()
    }

    /// Sends a signal, as a terminal or a supervisor would.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Lets the helper go, if it still waits, and waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        std::io::copy(&mut self.stdout, &mut std::io::sink()).unwrap();
        self.child.wait().unwrap()
    }

    /// Waits for its end without letting it go.
    pub(crate) fn wait(mut self) -> ExitStatus {
        let stdin = self.child.stdin.take();
        let status = self.child.wait().unwrap();
        drop(stdin);
        status
    }
}
