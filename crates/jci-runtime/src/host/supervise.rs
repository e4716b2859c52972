//! The process beside a container.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use jci_exec::{Cancel, CancelledBy, Ended, Job, Outcome, WriteSink};

use super::folder::{Folder, MARKER, Record};
use crate::{Exit, ExitReason};

/// How often is looked whether the container is to end.
const LOOK: Duration = Duration::from_millis(25);

/// A container could not be supervised.
#[derive(Debug, thiserror::Error)]
#[error("cannot supervise the container in {}", folder.display())]
pub struct SuperviseError {
    /// Its folder.
    folder: PathBuf,
    /// Why.
    source: io::Error,
}

/// Runs the container of a folder to its end, as the process that [`HostProcesses`] started for it.
///
/// The processes of the job are children of this one, and all that it leaves is ended with it.
///
/// # Errors
///
/// The folder is not that of a container, somebody else supervises it, or how it ended cannot be
/// written down.
///
/// [`HostProcesses`]: crate::HostProcesses
pub fn supervise(folder: &Path) -> Result<(), SuperviseError> {
    let failed = |source| SuperviseError { folder: folder.to_owned(), source };
    let folder = Folder::at(folder.to_owned());
    let record = folder.record().map_err(failed)?;
    let held = folder.begin().map_err(failed)?;
    let exit = run(&folder, record);
    folder.end(&exit).map_err(failed)?;
    // Until now it counts as running.
    drop(held);
    Ok(())
}

fn run(folder: &Folder, record: Record) -> Exit {
    let log = match OpenOptions::new().append(true).open(folder.log()) {
        Ok(log) => log,
        Err(error) => return lost(format!("its log cannot be written: {error}")),
    };
    let cancel = Cancel::new();
    let watched = cancel.clone();
    let asked = Folder::at(folder.path().to_owned());
    thread::spawn(move || watch(&asked, &watched));

    match job(folder, record).run(&mut WriteSink::new(log), &cancel) {
        Ok(outcome) => exit(&outcome),
        Err(error) => lost(format!("it could not be started: {}", chain(&error))),
    }
}

fn job(folder: &Folder, record: Record) -> Job {
    let mut command = record.command.into_iter();
    let mut job = Job::program(command.next().unwrap_or_default());
    for argument in command {
        job = job.arg(argument);
    }
    let directory = record.working_folder.map_or_else(|| folder.work(), PathBuf::from);
    job = job.directory(directory).marker(MARKER, folder.name());
    for (name, value) in record.environment {
        job = job.env(name, value);
    }
    job
}

/// Asks the job to end when somebody asks for it, and once more when the time for that is over.
fn watch(folder: &Folder, cancel: &Cancel) {
    let mut asked: Option<Instant> = None;
    loop {
        // What cannot be read now is read the next time.
        if let Ok(Some(grace)) = folder.asked_to_end() {
            let since = *asked.get_or_insert_with(|| {
                cancel.request(CancelledBy::Caller);
                Instant::now()
            });
            if since.elapsed() >= grace {
                cancel.request(CancelledBy::Caller);
                return;
            }
        }
        thread::sleep(LOOK);
    }
}

fn exit(outcome: &Outcome) -> Exit {
    if let Some(error) = &outcome.output_error {
        return lost(format!("its log could not be written: {}", chain(error)));
    }
    if !outcome.survivors.is_empty() {
        return lost(format!("its processes {:?} cannot be ended", outcome.survivors));
    }
    let code = match outcome.ended {
        Ended::Exited(code) => i64::from(code),
        Ended::Signalled(signal) => 128 + i64::from(signal.as_raw()),
        Ended::Unknown => return lost("nobody saw its end".to_owned()),
    };
    Exit { code, reason: ExitReason::Ended, at: Some(SystemTime::now()) }
}

fn lost(why: String) -> Exit {
    Exit { code: -1, reason: ExitReason::Lost(why), at: Some(SystemTime::now()) }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
