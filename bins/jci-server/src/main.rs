//! Takes webhooks of forges, hands jobs to runners, tells forges how they ended.

mod config;
mod forge_check;
mod git;
mod health;
mod http;
mod jobs;
mod logs;
mod metrics;
mod queue;
mod secret;
mod server;
mod traces;
mod watchdog;
mod workers;

use std::process::ExitCode;

use jci_daemon::{OK, report_failure, report_settings};

use crate::config::Config;

const NAME: &str = "jci-server";

fn main() -> ExitCode {
    let variables = |name: &str| std::env::var_os(name);
    let invocation = match Config::invoke(std::env::args_os(), &variables) {
        Ok(invocation) => invocation,
        Err(errors) => return report_settings(NAME, &errors),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => return report_failure(NAME, &server::ServerError::Threads { source }),
    };
    let done = if invocation.check_only {
        runtime.block_on(server::check(&invocation.config))
    } else {
        invocation.config.telling.begin();
        runtime.block_on(server::run(invocation.config))
    };
    // What still waits for a disk or a peer must not keep the program from ending.
    runtime.shutdown_background();
    match done {
        Ok(()) => OK.into(),
        Err(error) => report_failure(NAME, &error),
    }
}
