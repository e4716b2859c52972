//! Takes webhooks of forges, hands jobs to runners, tells forges how they ended.

mod config;
mod forge_check;
mod git;
mod health;
mod http;
mod jobs;
mod logs;
mod metrics;
mod open_files;
mod queue;
mod report;
mod secret;
mod server;
mod service;
mod signals;
mod stop;
mod telemetry;
mod traces;
mod workers;

use std::process::ExitCode;

use crate::config::Invocation;

fn main() -> ExitCode {
    let variables = |name: &str| std::env::var_os(name);
    let invocation = match Invocation::read(std::env::args_os(), &variables) {
        Ok(invocation) => invocation,
        Err(errors) => return report::settings(&errors),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => return report::failure(&server::ServerError::Threads { source }),
    };
    let done = if invocation.check_only {
        runtime.block_on(server::check(&invocation.config))
    } else {
        telemetry::begin(&invocation.config.telling);
        runtime.block_on(server::run(invocation.config))
    };
    // What still waits for a disk or a peer must not keep the program from ending.
    runtime.shutdown_background();
    match done {
        Ok(()) => report::OK.into(),
        Err(error) => report::failure(&error),
    }
}
