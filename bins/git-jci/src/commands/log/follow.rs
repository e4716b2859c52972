//! Following a run that goes on.

use std::fs::File;
use std::io::{self, Read as _};
use std::thread;

use jci_store::{ActiveRun, Store};

use super::printer::Printer;
use super::times::{Stamps, Times};
use super::{exit_as_run, open_log};
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::runs::{self, POLL_INTERVAL};

/// Prints the log as it grows, until the run has ended and all of its log is printed.
pub(super) fn follow(
    store: &Store,
    run: &ActiveRun,
    times: Option<Times>,
) -> Result<ExitCode, CommandError> {
    let stamps = times.map(|times| Stamps::of_active(run, times));
    let mut printer = Printer::new(io::stdout().lock(), stamps);
    // Kept open: once the run is stored, the file loses its name.
    if let Ok(mut log) = File::open(run.log_path()) {
        loop {
            // Asked before reading: what was written up to the end is read after it.
            let alive = run.is_alive();
            printer.copy(&mut log, run.id())?;
            if !alive {
                break;
            }
            printer.time_from_now_on();
            thread::sleep(POLL_INTERVAL);
        }
    }
    let entry = runs::ended(store, run)?;
    let stored = runs::open(store, &entry)?;
    let mut rest = open_log(&stored)?;
    // At the end of the log that is stored stands what was left out of the run.
    let printed = runs::copy(&mut rest.by_ref().take(printer.printed()), &mut io::sink());
    printed.map_err(|error| error.into_error("the log"))?;
    printer.copy(&mut rest, run.id())?;
    printer.finish()?;
    exit_as_run(store, &entry)
}
