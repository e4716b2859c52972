//! Runs a script, shows its output and writes it to a file too; Ctrl-C stops it.
//!
//! Try `cargo run -p jci-exec --example run_script -- ./build.sh build.log`.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use jci_exec::{Cancel, Job, Script, Tee, WriteSink};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let (Some(script), Some(log)) = (args.next(), args.next()) else {
        return Err("usage: run_script <script> <log file>".into());
    };

    let cancel = Cancel::new();
    let _signals = cancel.on_signals()?;
    let mut output = Tee::new()
        .with("terminal", WriteSink::new(io::stdout()))
        .with("log", WriteSink::new(File::create(log)?));

    let job = Job::script(Script::open(script)?).timeout(Some(Duration::from_secs(3600)));
    let outcome = job.run(&mut output, &cancel)?;

    for (name, failure) in output.failures() {
        eprintln!("{name}: {failure}: {}", failure.error);
    }
    eprintln!("{:?} ({:?}) after {:?}", outcome.ended, outcome.reason, outcome.duration);
    Ok(if outcome.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
