use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use jci_exec::{Cancel, Job, OutputSink, Reason};

use crate::bench::{Bench, LONG, Running, run};
use crate::scripts::{SHORT, release};

#[test]
fn stdout_and_stderr_come_in_the_order_in_which_they_were_written() {
    let bench = Bench::new();
    let job = bench.job("for i in {1..500}; do echo out $i; echo err $i >&2; done");
    let (outcome, text) = run(&job);
    let mut expected = String::new();
    for i in 1..=500 {
        writeln!(expected, "out {i}\nerr {i}").unwrap();
    }
    assert_eq!(text, expected);
    assert_eq!(outcome.output_bytes, expected.len() as u64);
    assert!(outcome.is_success());
}

#[test]
fn output_comes_while_the_script_runs() {
    let bench = Bench::new();
    let go = bench.fifo("go");
    let job = bench.job("echo first; printf 'no newline'; read -r < go; echo; echo second");
    let running = Running::start(&job);
    running.heard.wait_for("first");
    release(&go);
    let heard = running.heard.clone();
    assert!(running.end().is_success());
    assert_eq!(heard.text(), "first\nno newline\nsecond\n");
}

#[test]
fn bytes_are_passed_on_as_they_are() {
    let bench = Bench::new();
    let running = Running::start(&bench.job(r"printf '\0\377\r\n\33[1m'"));
    let heard = running.heard.clone();
    assert!(running.end().is_success());
    assert_eq!(heard.bytes(), b"\0\xff\r\n\x1b[1m");
}

#[test]
fn a_job_has_its_directory_environment_and_arguments_and_an_empty_stdin() {
    let bench = Bench::new();
    let job = bench
        .job("pwd; cat; echo \"$1|$2|$FIRST|$SECOND|${PATH-none}\"; [ \"$BENCH\" = \"$PWD\" ]")
        .arg("one")
        .arg("two words")
        .env("FIRST", "1")
        .env("SECOND", "2")
        .env_remove("SECOND")
        .env("PATH", "/usr/bin:/bin");
    let (outcome, text) = run(&job);
    insta::assert_snapshot!(bench.redact(&text), @r"
    [dir]
    one|two words|1||/usr/bin:/bin
    ");
    assert!(outcome.is_success());
}

#[test]
fn a_program_needs_no_script() {
    let (outcome, text) = run(&Job::program("printf").arg("%s-").arg("a").arg("b"));
    assert!(outcome.is_success());
    assert_eq!(text, "a-b-");
}

#[test]
fn times_grow_from_the_start_of_the_job() {
    struct Times(Vec<Duration>);
    impl OutputSink for Times {
        fn output(&mut self, at: Duration, _bytes: &[u8]) -> io::Result<()> {
            self.0.push(at);
            Ok(())
        }
        fn finish(&mut self, at: Duration) -> io::Result<()> {
            self.0.push(at);
            Ok(())
        }
    }
    let bench = Bench::new();
    let mut times = Times(Vec::new());
    let job = bench.job("for i in 1 2 3; do echo $i; /bin/true; done");
    let outcome = job.run(&mut times, &Cancel::new()).unwrap();
    assert!(times.0.len() >= 2);
    assert!(times.0.is_sorted());
    assert!(times.0[0] > Duration::ZERO && times.0[0] <= outcome.duration);
}

/// Waits at the first output until the script, which writes to a fifo, is dead.
struct Late {
    gate: File,
    holder: Option<File>,
    taken: usize,
}

impl Late {
    fn new(gate: &Path) -> Self {
        // With a holder that does both, nobody waits for another at the opening.
        let holder = File::options().read(true).write(true).open(gate).unwrap();
        Self { gate: File::open(gate).unwrap(), holder: Some(holder), taken: 0 }
    }
}

impl OutputSink for Late {
    fn output(&mut self, _at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.holder = None;
        self.gate.read_to_end(&mut Vec::new())?;
        self.taken += bytes.len();
        Ok(())
    }
}

#[test]
fn what_was_written_before_the_end_is_read_after_it() {
    let bench = Bench::new();
    let mut late = Late::new(&bench.fifo("gate"));
    // 40,000 bytes fit into any pipe, so the script ends while the sink still waits.
    let job = bench.job("exec 9> gate; echo begin; printf '%040000d' 0; sleep 3600 9>&- & exit 0");
    let outcome = job.run(&mut late, &Cancel::new()).unwrap();
    assert!(outcome.is_success());
    assert_eq!((late.taken, outcome.output_bytes), (40_006, 40_006));
}

#[test]
fn a_sink_that_waits_holds_up_no_timeout() {
    let bench = Bench::new();
    let mut late = Late::new(&bench.fifo("gate"));
    // The sink waits for the end of the script, which only the timeout brings.
    let job = bench.job("exec 9> gate; echo begin; sleep 3600").timeout(Some(SHORT)).grace(LONG);
    let outcome = job.run(&mut late, &Cancel::new()).unwrap();
    assert_eq!(outcome.reason, Reason::TimedOut { after: SHORT });
}

#[test]
fn a_job_may_close_its_output_and_go_on() {
    let bench = Bench::new();
    let job = bench.job("echo last words; exec >&- 2>&-; echo done > done");
    let (outcome, text) = run(&job);
    assert!(outcome.is_success());
    assert_eq!(text, "last words\n");
    assert_eq!(fs::read_to_string(bench.path("done")).unwrap(), "done\n");
}
