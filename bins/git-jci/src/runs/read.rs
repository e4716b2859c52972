//! Reading what a run holds.

use std::io::{self, Read, Write};
use std::time::Duration;

use jci_store::{
    ActiveRun, ReadError, Run, RunEntry, RunName, RunSummary, SelectedRun, Status, Store,
};

use super::listing_failed;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// How much of a file is in memory at a time.
const CHUNK: usize = 64 * 1024;
/// How often a run that goes on is looked at by those who wait for it.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Opens a run that was found.
pub(crate) fn open<'store>(
    store: &'store Store,
    entry: &RunEntry,
) -> Result<Run<'store>, CommandError> {
    Run::open(store, entry).map_err(read_failed(&entry.name))
}

/// Makes a function for `map_err` that says which run could not be read.
pub(crate) fn read_failed(name: &RunName) -> impl Fn(ReadError) -> CommandError + use<> {
    let name = *name;
    move |error| {
        CommandError::failed(format!("failed to read the run {name}"))
            .because(error)
            .hint("it may be damaged or not fetched whole: type `git jci doctor`")
    }
}

/// Copies `source` to `out` piece by piece and returns how many bytes that was.
pub(crate) fn copy(source: &mut impl Read, out: &mut impl Write) -> Result<u64, CopyError> {
    let mut buffer = vec![0; CHUNK];
    let mut copied = 0;
    loop {
        let read = source.read(&mut buffer).map_err(CopyError::Read)?;
        if read == 0 {
            return Ok(copied);
        }
        out.write_all(&buffer[..read]).map_err(CopyError::Write)?;
        copied += read as u64;
    }
}

/// Which side of a copy failed: of standard output it may only mean that nobody reads any more.
#[derive(Debug)]
pub(crate) enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

impl CopyError {
    /// Says what could not be copied to standard output.
    pub(crate) fn into_error(self, what: &str) -> CommandError {
        match self {
            Self::Read(error) => unreadable(what, &error),
            Self::Write(error) => error.into(),
        }
    }
}

/// Says that the content of something in a run could not be read.
pub(crate) fn unreadable(what: &str, error: &io::Error) -> CommandError {
    CommandError::failed(format!("failed to read {what}"))
        .because(error.to_string())
        .hint("type `git jci doctor` to see what is wrong with this repository")
}

/// Returns what a command exits with that tells how a run stands.
pub(crate) fn result(status: Status) -> ExitCode {
    match status {
        Status::Ok => exit_code::OK,
        Status::Err => exit_code::JOB_FAILED,
        Status::Running => exit_code::NOT_POSSIBLE,
    }
}

/// Tells of a run that was found, stored or not.
pub(crate) fn summary(store: &Store, run: &SelectedRun) -> Result<RunSummary, CommandError> {
    match run {
        SelectedRun::Stored(entry) => {
            let summary = store.summary(entry);
            summary.map_err(read_failed(&entry.name))
        }
        SelectedRun::Active(run) => run.summary().ok_or_else(|| {
            CommandError::failed(format!("the run {} does not know its commit", run.id()))
        }),
    }
}

/// Reads the subject of the commit that was run, if it is here.
pub(crate) fn subject(store: &Store, run: &RunSummary) -> Option<String> {
    store.subjects([run.name.commit]).next().flatten()
}

/// Finds a run in the store that went on until just now.
pub(crate) fn ended(store: &Store, run: &ActiveRun) -> Result<RunEntry, CommandError> {
    let found = run.name().map(|name| store.find_run(&name)).transpose().map_err(listing_failed)?;
    found.flatten().ok_or_else(|| {
        let id = run.id();
        CommandError::failed(format!("the run {id} ended without being stored"))
            .hint(format!("type `git jci show {id}`: it first stores what is left of the run"))
    })
}
