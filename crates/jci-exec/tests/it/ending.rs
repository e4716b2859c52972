use std::time::Instant;

use jci_exec::{Cancel, CancelledBy, Ended, Job, Reason, Signal, StartError};
use signal_hook::consts::{SIGKILL, SIGTERM};

use crate::bench::{Bench, Heard, LONG, Running, assert_prompt, run};
use crate::scripts::SHORT;

const BY_CALLER: Reason = Reason::Cancelled { by: CancelledBy::Caller };

fn signalled(signal: i32) -> Ended {
    Ended::Signalled(Signal::from_raw(signal))
}

#[test]
fn exit_codes_are_reported() {
    for code in [0, 1, 3, 255] {
        let (outcome, _) = run(&Bench::new().job(&format!("exit {code}")));
        assert_eq!((outcome.ended, outcome.reason), (Ended::Exited(code), Reason::Finished));
        assert_eq!(outcome.is_success(), code == 0);
        assert_eq!((outcome.leftovers, outcome.survivors.len()), (0, 0));
    }
}

#[test]
fn the_signal_that_ended_a_script_is_reported() {
    let (outcome, _) = run(&Bench::new().job("kill -KILL $$"));
    assert_eq!((outcome.ended, outcome.reason), (signalled(SIGKILL), Reason::Finished));
    assert_eq!(format!("{:?}", outcome.ended), "Signalled(SIGKILL)");
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let bench = Bench::new();
    let started = Instant::now();
    let job = bench.job("sleep 3600 | sleep 3600").timeout(Some(SHORT)).grace(LONG);
    let (outcome, _) = run(&job);
    assert_eq!(outcome.reason, Reason::TimedOut { after: SHORT });
    assert_eq!(outcome.ended, signalled(SIGTERM));
    assert!(outcome.duration >= SHORT);
    assert!(!outcome.is_success());
    assert_prompt(started);
}

#[test]
fn who_does_not_hear_term_is_killed_after_the_grace() {
    let bench = Bench::new();
    // What is ignored stays ignored in `sleep` too.
    let job = bench.job("trap '' TERM; echo ready; sleep 3600; sleep 3600").grace(SHORT);
    let running = Running::start(&job);
    running.heard.wait_for("ready");
    running.cancel.request(CancelledBy::Caller);
    let outcome = running.end();
    assert_eq!((outcome.ended, outcome.reason), (signalled(SIGKILL), BY_CALLER));
    assert!(outcome.duration >= SHORT);
}

#[test]
fn a_first_request_lets_the_script_clean_up() {
    let bench = Bench::new();
    let job =
        bench.job("trap 'echo cleaning; exit 0' TERM; echo ready; sleep 3600 & wait").grace(LONG);
    let running = Running::start(&job);
    running.heard.wait_for("ready");
    running.cancel.request(CancelledBy::Caller);
    let heard = running.heard.clone();
    let outcome = running.end();
    assert_eq!((outcome.ended, outcome.reason), (Ended::Exited(0), BY_CALLER));
    assert!(!outcome.is_success(), "a cancelled job is no success, whatever its exit code");
    assert_eq!(heard.text(), "ready\ncleaning\n");
}

#[test]
fn a_second_request_kills_at_once() {
    let bench = Bench::new();
    let job = bench.job("trap 'echo asked' TERM; echo ready; while :; do sleep 3600 & wait; done");
    let running = Running::start(&job.grace(LONG));
    running.heard.wait_for("ready");
    running.cancel.request(CancelledBy::Caller);
    running.heard.wait_for("asked");
    running.cancel.request(CancelledBy::Caller);
    let outcome = running.end();
    assert_eq!((outcome.ended, outcome.reason), (signalled(SIGKILL), BY_CALLER));
}

#[test]
fn a_request_while_leftovers_have_their_grace_kills_them() {
    let bench = Bench::new();
    let job = bench.job(
        "(trap 'echo asked' TERM; echo ready; while :; do sleep 3600 & wait; done) &\nread -r < go",
    );
    let go = bench.fifo("go");
    let running = Running::start(&job.grace(LONG));
    running.heard.wait_for("ready");
    crate::scripts::release(&go);
    running.heard.wait_for("asked");
    running.cancel.request(CancelledBy::Caller);
    let outcome = running.end();
    assert!(outcome.is_success(), "the script itself had ended well: {outcome:?}");
    assert!(outcome.leftovers > 0);
}

#[test]
fn one_handle_stops_several_jobs() {
    let cancel = Cancel::new();
    let benches = [Bench::new(), Bench::new(), Bench::new()];
    let start = |bench: &Bench| {
        Running::start_with(&bench.job("echo ready; sleep 3600").grace(LONG), cancel.clone())
    };
    let running: Vec<Running> = benches.iter().map(start).collect();
    running.iter().for_each(|job| job.heard.wait_for("ready"));
    cancel.request(CancelledBy::Caller);
    for job in running {
        assert_eq!(job.end().reason, BY_CALLER);
    }
    assert_eq!(cancel.requested(), Some(CancelledBy::Caller));
}

#[test]
fn a_job_that_was_cancelled_before_does_not_start() {
    let cancel = Cancel::new();
    cancel.request(CancelledBy::Caller);
    let result = Job::program("true").run(&mut Heard::default(), &cancel);
    assert!(matches!(result, Err(StartError::Cancelled { by: CancelledBy::Caller })));
}

#[test]
fn a_suspended_job_hears_a_request() {
    let bench = Bench::new();
    let running = Running::start(&bench.job("echo ready; kill -STOP $$; sleep 3600").grace(LONG));
    running.heard.wait_for("ready");
    running.cancel.request(CancelledBy::Caller);
    assert_eq!(running.end().ended, signalled(SIGTERM));
}

#[test]
fn a_job_that_is_suspended_for_the_terminal_is_ended() {
    let bench = Bench::new();
    // The signal that the kernel sends to a group in the background that reads from the terminal.
    let (outcome, _) = run(&bench.job("kill -TTIN $$; sleep 3600").grace(LONG));
    assert_eq!(outcome.reason, Reason::WantedTerminal);
}
