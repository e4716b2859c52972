use std::fs::{self, File};
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use jci_exec::{Cancel, Job, OutputSink, Tee, WriteSink};

use crate::bench::{Bench, Heard};
use crate::helper::Helper;

/// Says after some bytes that it is full.
struct Full {
    room: usize,
}

impl OutputSink for Full {
    fn output(&mut self, _at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_stops_neither_the_job_nor_the_other_sinks() {
    let bench = Bench::new();
    let mut heard = Heard::default();
    let log = bench.path("log");
    let mut tee = Tee::new()
        .with("full disk", Full { room: 0 })
        .with("terminal", &mut heard)
        .with("log", WriteSink::new(File::create(&log).unwrap()));
    let job = bench.job("echo one; echo two; echo done > done");
    let outcome = job.run(&mut tee, &Cancel::new()).unwrap();
    assert!(outcome.is_success());
    assert!(outcome.output_error.is_none());
    let failures: Vec<_> = tee
        .failures()
        .map(|(name, failure)| format!("{name}: {failure}: {}", failure.error))
        .collect();
    insta::assert_debug_snapshot!(failures, @r#"
    [
        "full disk: the output could not be written from byte 0 on: no storage space",
    ]
    "#);
    drop(tee);
    assert_eq!(heard.text(), "one\ntwo\n");
    assert_eq!(fs::read_to_string(log).unwrap(), "one\ntwo\n");
    assert!(bench.path("done").exists());
}

#[test]
fn a_failing_sink_without_a_tee_is_in_the_outcome() {
    let bench = Bench::new();
    let job = bench.job("printf 1234567890; /bin/true; printf '%0100000d' 0");
    let outcome = job.run(&mut Full { room: 50_000 }, &Cancel::new()).unwrap();
    assert!(outcome.is_success());
    assert_eq!(outcome.output_bytes, 100_010);
    let failure = outcome.output_error.unwrap();
    assert_eq!(failure.error.kind(), io::ErrorKind::StorageFull);
    assert!(failure.at_byte <= 50_000);
}

#[test]
fn a_sink_that_panics_leaves_no_job_behind() {
    struct Panics;
    impl OutputSink for Panics {
        fn output(&mut self, _at: Duration, _bytes: &[u8]) -> io::Result<()> {
            std::panic::resume_unwind(Box::new("from the sink"))
        }
    }
    // `yes` ends by itself as soon as nobody reads: otherwise this would never return.
    let run = || Job::program("yes").run(&mut Panics, &Cancel::new());
    let panic = std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"from the sink"));
}

#[test]
fn a_flood_of_output_takes_no_memory() {
    let bench = Bench::new();
    let script = bench.file(
        "script.sh",
        "head -c 200M /dev/zero; echo; yes 'a s3cret-token' | head -c 20M; echo end of flood",
    );
    let mut helper = Helper::start(Helper::command(&script));
    let report = helper.wait_for("job over: ");
    let peak: u64 = report.split("peak=").nth(1).unwrap().parse().unwrap();
    assert!(report.starts_with("Exited(0)"), "{report}");
    assert!(helper.end().success());
    assert_eq!(fs::metadata(bench.path("log")).unwrap().len(), (220 << 20) + 14);
    if cfg!(target_os = "linux") {
        assert!((1..32 << 10).contains(&peak), "{peak} KiB");
    }
}
