//! Takes jobs from jci-server and runs each in a container of its own.

mod api;
mod attempt;
mod backoff;
mod checks;
mod config;
mod database;
mod disk;
mod engine;
mod hands;
mod heartbeat;
mod key;
mod manner;
mod masking;
mod namespace;
mod network;
mod poll;
mod reaper;
mod reattach;
mod runner;
mod spool;
mod upload;
mod verdict;

use std::path::Path;
use std::process::ExitCode;

use jci_daemon::{OK, report_failure, report_settings};

use crate::config::Config;
use crate::engine::SUPERVISE;

/// The name of this program.
const NAME: &str = "jci-runner";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    // Not for people: the runtime of plain processes starts it.
    if arguments.next().is_some_and(|first| first == SUPERVISE)
        && let Some(folder) = arguments.next()
    {
        return supervise(Path::new(&folder));
    }
    let variables = |name: &str| std::env::var_os(name);
    let invocation = match Config::invoke(std::env::args_os(), &variables) {
        Ok(invocation) => invocation,
        Err(errors) => return report_settings(NAME, &errors),
    };
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    // One follows logs while the other sends them; more would only take memory.
    let threads = match threads.worker_threads(2).enable_all().build() {
        Ok(threads) => threads,
        Err(source) => return report_failure(NAME, &runner::RunnerError::Threads { source }),
    };
    invocation.config.telling.begin();
    let done = if invocation.check_only {
        threads.block_on(runner::check(invocation.config))
    } else {
        threads.block_on(runner::run(invocation.config))
    };
    // What still waits for a disk or a peer must not keep the program from ending.
    threads.shutdown_background();
    match done {
        Ok(()) => OK.into(),
        Err(error) => report_failure(NAME, &error),
    }
}

/// Looks after the plain processes of one job.
fn supervise(folder: &Path) -> ExitCode {
    match jci_runtime::supervise(folder) {
        Ok(()) => OK.into(),
        Err(error) => report_failure(NAME, &error),
    }
}
