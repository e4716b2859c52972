//! The logs of runs.

use jci_store::{ActiveRun, Run, RunEntry, RunFile, RunName};

use super::{Found, ViewError, Views};
use crate::log::{Log, LogShelf, SharedLog, Timing, WhileWanted};

/// The file that holds the log of a run.
const LOG: &[u8] = RunFile::LOG.as_bytes();

/// What a log is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A file of a run that is stored.
    Stored(RunName, Vec<u8>),
    /// The log of a run that goes on.
    Active(RunName),
}

/// The logs that are open.
pub(super) type Logs = LogShelf<Key>;

impl Views {
    /// Opens the log of a run, or another file of it that is to be shown as one.
    pub(crate) fn log(
        &self,
        commit: &str,
        run: &str,
        file: Option<&[u8]>,
    ) -> Result<SharedLog, ViewError> {
        let path = file.unwrap_or(LOG);
        match self.find(commit, run)? {
            Found::Stored(entry) => self.stored_log(&entry, path),
            Found::Active(run) if path == LOG => self.active_log(&run),
            Found::Active(run) => Err(ViewError::StillRunning { run: run.id().to_string() }),
        }
    }

    fn stored_log(&self, entry: &RunEntry, path: &[u8]) -> Result<SharedLog, ViewError> {
        let run = Run::open(&self.store, entry)?;
        let file = self.file(entry, path)?;
        let size = run.size(&file)?;
        self.logs.get(Key::Stored(entry.name, path.to_owned()), size, false, |interest| {
            let reader = WhileWanted { reader: run.read(&file)?, interest };
            let timing = if path == LOG { timing(&run)? } else { None };
            Log::read(reader, timing).map_err(|source| ViewError::Spool { source })
        })
    }

    fn active_log(&self, run: &ActiveRun) -> Result<SharedLog, ViewError> {
        let no_name = || ViewError::StillRunning { run: run.id().to_string() };
        let name = run.name().ok_or_else(no_name)?;
        self.logs.get(Key::Active(name), 0, true, |interest| {
            let (log, timing) = (run.log_path(), run.timing_path());
            let run = run.clone();
            let is_over = move || interest.is_gone() || !run.is_alive();
            Log::follow(log, Some(timing), is_over).map_err(|source| ViewError::Spool { source })
        })
    }
}

/// Reads when each piece of the log came; what makes no sense tells nothing.
fn timing(run: &Run<'_>) -> Result<Option<Timing>, ViewError> {
    let read = |file: RunFile| Ok(Timing::read(run.read(&file)?).ok());
    run.find(RunFile::TIMING.as_bytes())?.map_or(Ok(None), read)
}
