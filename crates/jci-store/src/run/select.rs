//! From what a person types to the run that is meant.

use super::{ActiveRun, RunEntry};
use crate::refs::RefError;
use crate::store::ResolveError;
use crate::{CommitId, RUNS_PREFIX, RunName, Store};

/// A start of a run id has at least this many characters, or it is taken for a revision.
const SHORTEST_ID: usize = 4;

/// A run as it was found: stored, or still going on.
#[derive(Debug, Clone)]
pub enum SelectedRun {
    /// The run is stored.
    Stored(RunEntry),
    /// The run goes on, in this repository and on this machine.
    Active(Box<ActiveRun>),
}

/// Which runs are asked for.
#[derive(Clone, Copy)]
enum Among<'a> {
    /// Those of a commit.
    Commit(&'a CommitId),
    /// Those whose ids begin so.
    Ids(&'a str),
}

impl Among<'_> {
    fn has(self, name: &RunName) -> bool {
        match self {
            Self::Commit(commit) => name.commit == *commit,
            Self::Ids(start) => name.id.starts_with(start),
        }
    }
}

impl Store {
    /// Finds the stored run that `spec` means: a run id, a unique start of one, its ref, with or
    /// without `refs/jci-runs/`, or a revision, whose latest run it is.
    ///
    /// A text that could be both is a run: revisions have other spellings.
    pub fn select_run(&self, spec: &str) -> Result<RunEntry, SelectError> {
        self.select(spec, |among| {
            Ok(self.stored_runs(among)?.into_iter().map(|run| (run.name, run)).collect())
        })
    }

    /// Finds the run that `spec` means, as [`Store::select_run`] does, among those that are stored
    /// and those that go on; of a revision, one that goes on comes first.
    pub fn select_any_run(&self, spec: &str) -> Result<SelectedRun, SelectError> {
        self.select(spec, |among| self.any_runs(among))
    }

    /// Selects from what `list` lists, the likeliest first.
    fn select<T>(
        &self,
        spec: &str,
        list: impl Fn(Among<'_>) -> Result<Vec<(RunName, T)>, RefError>,
    ) -> Result<T, SelectError> {
        let mut found = if let Some(name) = run_name(spec) {
            let of_commit = list(Among::Commit(&name.commit))?;
            of_commit.into_iter().filter(|(found, _)| *found == name).collect()
        } else if could_be_run_id(spec) {
            list(Among::Ids(spec))?
        } else {
            Vec::new()
        };
        if found.len() > 1 {
            let candidates = found.iter().map(|(name, _)| name.to_string()).collect();
            return Err(SelectError::Ambiguous { spec: spec.to_owned(), candidates });
        }
        if let Some((_, run)) = found.pop() {
            return Ok(run);
        }
        let commit = self.resolve_commit(spec)?;
        let latest = list(Among::Commit(&commit))?.into_iter().next();
        let run = latest.map(|(_, run)| run);
        run.ok_or_else(|| SelectError::NoRun { spec: spec.to_owned(), commit })
    }

    /// Lists the runs that go on, then those that are stored, each newest first.
    fn any_runs(&self, among: Among<'_>) -> Result<Vec<(RunName, SelectedRun)>, RefError> {
        // Asked before the refs are read: a run that ends in between is found there.
        let active = self.active_runs();
        let stored = self.stored_runs(among)?;
        // A run that is stored, but whose folder is not cleared yet, has ended.
        let goes_on =
            |name: &RunName| among.has(name) && stored.iter().all(|run| run.name != *name);
        let named = active.into_iter().filter_map(|run| Some((run.name()?, run)));
        let mut all: Vec<_> = named
            .filter(|(name, _)| goes_on(name))
            .map(|(name, run)| (name, SelectedRun::Active(Box::new(run))))
            .collect();
        all.extend(stored.into_iter().map(|run| (run.name, SelectedRun::Stored(run))));
        Ok(all)
    }

    fn stored_runs(&self, among: Among<'_>) -> Result<Vec<RunEntry>, RefError> {
        match among {
            Among::Commit(commit) => self.runs(Some(commit)),
            Among::Ids(start) => self.runs_by_id(start),
        }
    }

    /// Finds the newest stored run of a commit.
    pub fn latest_run(&self, commit: &CommitId) -> Result<Option<RunEntry>, RefError> {
        Ok(self.runs(Some(commit))?.into_iter().next())
    }
}

/// Reads a run's full name: its ref, or what comes behind the prefix that all have.
fn run_name(spec: &str) -> Option<RunName> {
    let full = if spec.starts_with(RUNS_PREFIX) { "" } else { RUNS_PREFIX };
    RunName::from_ref_name(format!("{full}{spec}").as_bytes())
}

fn could_be_run_id(spec: &str) -> bool {
    let (seconds, suffix) = spec.split_once('-').unwrap_or((spec, ""));
    spec.len() >= SHORTEST_ID
        && !seconds.is_empty()
        && seconds.bytes().all(|byte| byte.is_ascii_digit())
        && suffix.len() <= 4
        && suffix.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Why no run was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// Several runs begin with the text.
    #[error("{spec:?} is the start of {} runs: {}", .candidates.len(), .candidates.join(", "))]
    Ambiguous {
        /// The text as it was given.
        spec: String,
        /// The runs that begin with it.
        candidates: Vec<String>,
    },
    /// The text names a commit, and no run of it is here.
    #[error("{spec:?} is the commit {}, which has no run here", .commit.short())]
    NoRun {
        /// The text as it was given.
        spec: String,
        /// The commit that it names.
        commit: CommitId,
    },
    /// The text names neither a run nor a commit.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The refs could not be read.
    #[error(transparent)]
    Refs(#[from] RefError),
}
