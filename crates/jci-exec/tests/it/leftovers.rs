//! Nothing of a job is left: as Linux shows it in /proc.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::bench::{Bench, LONG, Running, assert_prompt, run};
use crate::helper::Helper;
use crate::scripts::{SHORT, release};

/// Tells whether a process is there and has not ended.
fn is_alive(pid: &str) -> bool {
    let pid = pid.trim();
    assert!(pid.parse::<u32>().is_ok(), "{pid:?} is no pid");
    // One that has ended, or that the job of another test is reaping at this moment.
    let has_ended = |stat: String| [") Z ", ") X "].iter().any(|state| stat.contains(state));
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !has_ended(stat))
}

/// Counts the processes that carry the mark of this bench.
fn marked(bench: &Bench) -> usize {
    let entry = format!("BENCH={}\0", bench.path("").to_str().unwrap().trim_end_matches('/'));
    let has_entry = |environment: Vec<u8>| {
        environment.windows(entry.len()).any(|window| window == entry.as_bytes())
    };
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    processes.filter(|process| fs::read(process.join("environ")).is_ok_and(has_entry)).count()
}

fn pid_in(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

#[test]
fn a_process_in_the_background_does_not_delay_the_end() {
    let bench = Bench::new();
    let started = Instant::now();
    let (outcome, text) = run(&bench.job("sleep 3600 & echo $! > pid; echo done").grace(LONG));
    assert_prompt(started);
    assert!(outcome.is_success());
    assert_eq!((text.as_str(), outcome.leftovers), ("done\n", 1));
    assert!(!is_alive(&pid_in(&bench.path("pid"))));
    assert_eq!(marked(&bench), 0);
}

#[test]
fn a_process_in_a_group_of_its_own_is_stopped() {
    let bench = Bench::new();
    let (outcome, _) = run(&bench.job("set -m; sleep 3600 & echo $! > pid").grace(LONG));
    assert_eq!(outcome.leftovers, 1);
    assert!(!is_alive(&pid_in(&bench.path("pid"))));
}

#[test]
fn a_daemon_is_stopped_whether_it_holds_the_output_or_not() {
    for close in ["", "exec <&- >&- 2>&-;"] {
        let bench = Bench::new();
        let daemon = format!("setsid bash -c '{close} sleep 3600 & echo $! > pid'");
        let (outcome, _) = run(&bench.job(&daemon).grace(LONG));
        assert!(outcome.is_success());
        assert_eq!(outcome.leftovers, 1);
        assert!(!is_alive(&pid_in(&bench.path("pid"))));
        assert_eq!(marked(&bench), 0);
    }
}

#[test]
fn a_daemon_may_clean_up_and_have_help() {
    let bench = Bench::new();
    let (up, go) = (bench.fifo("up"), bench.fifo("go"));
    // The orphans that come and go while it cleans up make the job look again and again.
    let job = bench.job(
        "setsid bash -c '
            cleanup() {
                cat go & helper=$!
                echo cleaning
                for i in {1..20}; do (/bin/true &); done
                wait $helper
                echo cleaned
                exit
            }
            trap cleanup TERM
            echo > up
            while :; do sleep 3600 & wait; done
        ' &
        read -r < up",
    );
    let running = Running::start(&job.grace(LONG));
    running.heard.wait_for("cleaning");
    release(&go);
    let heard = running.heard.clone();
    assert!(running.end().is_success());
    assert_eq!(heard.text(), "cleaning\ngo\ncleaned\n");
    assert_eq!(marked(&bench), 0);
    drop(up);
}

#[test]
fn a_daemon_that_does_not_hear_term_is_killed() {
    let bench = Bench::new();
    bench.fifo("up");
    let job = bench.job(
        "setsid bash -c 'trap \"\" TERM; echo $$ > pid; echo > up; sleep 3600; sleep 3600' &
        read -r < up",
    );
    let (outcome, _) = run(&job.grace(SHORT));
    assert!(outcome.is_success());
    assert!(outcome.leftovers > 0);
    assert!(!is_alive(&pid_in(&bench.path("pid"))));
    assert_eq!(marked(&bench), 0);
}

#[test]
fn a_daemon_that_starts_another_when_it_is_stopped_is_stopped_with_it() {
    let bench = Bench::new();
    bench.fifo("up");
    let job = bench.job(
        "setsid bash -c '
            trap \"setsid sleep 3600 <&- >&- 2>&- & exit\" TERM
            echo > up
            while :; do sleep 3600 & wait; done
        ' &
        read -r < up",
    );
    let started = Instant::now();
    let (outcome, _) = run(&job.grace(LONG));
    assert_prompt(started);
    assert!(outcome.leftovers > 0);
    assert_eq!(marked(&bench), 0);
}

#[test]
fn what_left_the_group_is_stopped_on_a_timeout_too() {
    let bench = Bench::new();
    bench.fifo("up");
    let job = bench.job("setsid bash -c 'echo $$ > pid; echo > up; exec sleep 3600' &\nread -r < up; echo up; sleep 3600");
    let running = Running::start(&job.grace(LONG));
    running.heard.wait_for("up");
    running.cancel.request(jci_exec::CancelledBy::Caller);
    assert!(!running.end().is_success());
    assert!(!is_alive(&pid_in(&bench.path("pid"))));
    assert_eq!(marked(&bench), 0);
}

#[test]
fn a_job_beside_keeps_its_processes() {
    let (bench, other) = (Bench::new(), Bench::new());
    other.fifo("up");
    let go = other.fifo("go");
    let beside = Running::start(&other.job(
        "(setsid bash -c 'echo $$ > pid; echo > up; exec sleep 3600' &)
        read -r < up; echo ready; read -r < go; kill -0 $(<pid) && echo still there",
    ));
    beside.heard.wait_for("ready");
    let (outcome, _) = run(&bench.job("(setsid sleep 3600 &)"));
    assert_eq!((outcome.leftovers, marked(&bench)), (1, 0));
    release(&go);
    let heard = beside.heard.clone();
    assert_eq!(beside.end().leftovers, 1);
    assert_eq!(heard.text(), "ready\nstill there\n");
}

#[test]
fn a_daemon_with_another_environment_is_stopped_and_a_bystander_is_not() {
    let bench = Bench::new();
    let script = bench.file(
        "script.sh",
        "(env -i setsid sleep 3600 <&- >&- 2>&- & echo $! > pid)
        while grep -qs BENCH /proc/$(<pid)/environ; do :; done",
    );
    // The helper itself fails if the bystander, an older child of it, does not survive.
    let mut helper = Helper::start(Helper::command(&script));
    assert_eq!(helper.report(), "Exited(0) Finished leftovers=1");
    assert!(!is_alive(&pid_in(&bench.path("pid"))));
    assert!(helper.end().success());
}

#[test]
fn orphans_that_ended_are_reaped_while_the_job_runs() {
    let bench = Bench::new();
    let script = bench.file(
        "script.sh",
        "zombies() {
            for stat in /proc/[0-9]*/stat; do
                read -r _ _ state parent _ 2>/dev/null < $stat || continue
                [ \"$state $parent\" = \"Z $PPID\" ] && return 0
            done
            return 1
        }
        for i in {1..30}; do (/bin/true &); done
        while zombies; do :; done
        echo all gone",
    );
    let mut helper = Helper::start(Helper::command(&script));
    helper.wait_for("all gone");
    // The last of them may still have been running.
    assert!(helper.report().starts_with("Exited(0) Finished"));
    assert!(helper.end().success());
}

#[test]
fn the_leftovers_of_a_crash_are_found_by_their_mark() {
    let bench = Bench::new();
    bench.fifo("up");
    let script = bench.file(
        "script.sh",
        "(setsid bash -c 'trap \"\" TERM; env -i sleep 3600 <&- >&- 2>&- & echo > up; wait' &)
        read -r < up; sleep 3600 & echo ready; wait; true",
    );
    let mut helper = Helper::start(Helper::crash_command(&script));
    // The script, its `sleep`, the daemon, and what that started without the mark.
    assert_eq!(helper.wait_for("crash: "), "killed 4, similar mark survived, again 0");
    assert!(helper.end().success());
    assert_eq!(marked(&bench), 0);
    assert_eq!(jci_exec::kill_leftovers(("BENCH", OsStr::new("no such mark"))), 0);
}
