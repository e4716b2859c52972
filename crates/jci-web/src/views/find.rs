//! From what an address names to the run and the file that are meant.

use jci_store::{ActiveRun, CommitId, Run, RunEntry, RunFile, RunName, RunSummary};

use super::query::{parse_commit, parse_run};
use super::{ViewError, Views};

/// What stands for the newest run of a commit.
pub(crate) const LATEST: &str = "latest";

/// A run that was found.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// The run is stored.
    Stored(RunEntry),
    /// The run goes on.
    Active(Box<ActiveRun>),
}

impl Views {
    /// Finds a run by the id of its commit and its own, or `latest`, as an address has them.
    pub(crate) fn find(&self, commit: &str, run: &str) -> Result<Found, ViewError> {
        let commit = parse_commit(&self.store, commit)?;
        let no_run = || ViewError::NoRun { commit: commit.to_string(), run: run.to_owned() };
        // Asked before the refs are read: a run that ends in between is found there.
        let mut active = self.active_runs(&commit);
        if run == LATEST {
            let stored = self.store.runs(Some(&commit))?;
            active.retain(|run| stored.iter().all(|entry| entry.name.id != run.id()));
            let newest = active.into_iter().next().map(|run| Found::Active(Box::new(run)));
            let found = newest.or_else(|| stored.first().copied().map(Found::Stored));
            return found.ok_or_else(no_run);
        }
        let id = parse_run(run)?;
        if let Some(entry) = self.store.find_run(&RunName { commit, id })? {
            return Ok(Found::Stored(entry));
        }
        let found = active.into_iter().find(|run| run.id() == id);
        found.map(|run| Found::Active(Box::new(run))).ok_or_else(no_run)
    }

    /// Finds a run that is stored.
    pub(crate) fn find_stored(&self, commit: &str, run: &str) -> Result<RunEntry, ViewError> {
        match self.find(commit, run)? {
            Found::Stored(entry) => Ok(entry),
            Found::Active(run) => Err(ViewError::StillRunning { run: run.id().to_string() }),
        }
    }

    /// Finds a file of a run.
    pub(crate) fn file(&self, entry: &RunEntry, path: &[u8]) -> Result<RunFile, ViewError> {
        Run::open(&self.store, entry)?.find(path)?.ok_or_else(|| ViewError::NoFile {
            run: entry.name.id.to_string(),
            path: String::from_utf8_lossy(path).into_owned(),
        })
    }

    /// Lists the runs of a commit that go on, newest first.
    pub(crate) fn active_runs(&self, commit: &CommitId) -> Vec<ActiveRun> {
        let mut active = self.store.active_runs();
        active.retain(|run| run.name().is_some_and(|name| name.commit == *commit));
        active
    }

    /// Tells how a run stands that was found.
    pub(crate) fn summary(&self, found: &Found) -> Result<RunSummary, ViewError> {
        match found {
            Found::Stored(entry) => Ok(self.store.summary(entry)?),
            Found::Active(run) => run.summary().ok_or_else(|| ViewError::NoRun {
                commit: run.record().commit.clone(),
                run: run.id().to_string(),
            }),
        }
    }
}
