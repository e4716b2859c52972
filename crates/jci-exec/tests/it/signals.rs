use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::Signal;

use crate::bench::Bench;
use crate::helper::Helper;

const STUBBORN: &str = "trap 'echo asked' TERM; echo ready; while :; do sleep 3600 & wait; done";

#[test]
fn a_signal_asks_the_job_and_a_second_one_kills_it() {
    let bench = Bench::new();
    let mut helper = Helper::start(Helper::heeding_command(&bench.file("script.sh", STUBBORN)));
    helper.wait_for("ready");
    helper.signal(Signal::INT);
    helper.wait_for("asked");
    helper.signal(Signal::TERM);
    let report = helper.report();
    assert_eq!(report, "Signalled(SIGKILL) Cancelled { by: Signal(SIGINT) } leftovers=0");
    assert!(helper.end().success());
}

#[test]
fn signals_do_their_default_again_when_the_guard_is_gone() {
    let bench = Bench::new();
    let mut helper = Helper::start(Helper::heeding_command(&bench.file("script.sh", "exit 0")));
    // The guard is dropped after the report; until then the signal would only be a request.
    helper.wait_for("signals given back");
    helper.signal(Signal::TERM);
    assert_eq!(helper.wait().signal(), Some(Signal::TERM.as_raw()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let bench = Bench::new();
    let helper = Helper::command(&bench.file("script.sh", STUBBORN));
    let mut nohup = Command::new("bash");
    nohup.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(helper.get_program());
    nohup.args(helper.get_args()).stdin(std::process::Stdio::piped());
    nohup.stdout(std::process::Stdio::piped());
    nohup.envs(helper.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut helper = Helper::start(nohup);
    helper.wait_for("ready");
    helper.signal(Signal::HUP);
    helper.signal(Signal::TERM);
    helper.wait_for("asked");
    helper.signal(Signal::TERM);
    let report = helper.report();
    assert_eq!(report, "Signalled(SIGKILL) Cancelled { by: Signal(SIGTERM) } leftovers=0");
    assert!(helper.end().success());
}
