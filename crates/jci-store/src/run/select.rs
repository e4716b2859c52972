//! From what a person types to the run that is meant.

use super::RunEntry;
use crate::refs::RefError;
use crate::store::ResolveError;
use crate::{CommitId, Store};

/// A start of a run id has at least this many characters, or it is taken for a revision.
const SHORTEST_ID: usize = 4;

impl Store {
    /// Finds the run that `spec` means: a run id, a unique start of one, or a revision, whose
    /// latest run it is.
    ///
    /// A text that could be both is a run: revisions have other spellings.
    pub fn select_run(&self, spec: &str) -> Result<RunEntry, SelectError> {
        if could_be_run_id(spec) {
            let start = |run: &RunEntry| run.name.id.to_string().starts_with(spec);
            let mut found: Vec<_> = self.runs(None)?.into_iter().filter(start).collect();
            if let Some(run) = found.pop() {
                if found.is_empty() {
                    return Ok(run);
                }
                found.push(run);
                let candidates = found.iter().map(|run| run.name.to_string()).collect();
                return Err(SelectError::Ambiguous { spec: spec.to_owned(), candidates });
            }
        }
        let commit = self.resolve_commit(spec)?;
        self.latest_run(&commit)?
            .ok_or_else(|| SelectError::NoRun { spec: spec.to_owned(), commit })
    }

    /// Finds the newest run of a commit.
    pub fn latest_run(&self, commit: &CommitId) -> Result<Option<RunEntry>, RefError> {
        Ok(self.runs(Some(commit))?.into_iter().next())
    }
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
