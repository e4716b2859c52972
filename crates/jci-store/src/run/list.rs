//! Listing runs without reading what is in them.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use jiff::{SignedDuration, Timestamp};

use super::read::{Run, unexpected};
use crate::object::ahead::ReadAhead;
use crate::object::read::ReadError;
use crate::record::{Reason, Status};
use crate::refs::RefError;
use crate::{CommitId, RunName, Store, message};

/// A run as its ref tells of it; nothing of it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEntry {
    /// The name of the run.
    pub name: RunName,
    pub(crate) object: ObjectId,
}

impl RunEntry {
    /// Returns the id of the commit that holds the run, in hex.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.object.to_string()
    }
}

/// A run as its commit tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// The name of the run.
    pub name: RunName,
    /// How the run stands.
    pub status: Status,
    /// Why, where the exit code does not say it.
    pub reason: Option<Reason>,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// The number of the signal that ended the script, if one did.
    pub signal: Option<i32>,
    /// When the run began.
    pub started: Timestamp,
    /// How long the script ran; not known of runs of the original tool.
    pub duration: Option<SignedDuration>,
    /// The branch that was checked out, if any.
    pub branch: Option<String>,
    /// Whether the work tree differed from the commit; `false` for runs of the original tool, which
    /// does not tell.
    pub dirty: bool,
}

impl Store {
    /// Lists the runs of one commit, or of all commits, newest first. Reads refs only.
    pub fn runs(&self, commit: Option<&CommitId>) -> Result<Vec<RunEntry>, RefError> {
        Ok(newest_first(self.refs().runs(&self.local(), commit)?))
    }

    /// Tells whether any run is stored.
    pub fn has_runs(&self) -> Result<bool, RefError> {
        self.refs().has_runs(&self.local())
    }

    /// Lists the runs of each of some commits, in the order of the commits, the runs of each newest
    /// first. Reads refs only, and of them only those.
    pub fn runs_of(&self, commits: &[CommitId]) -> Result<Vec<Vec<RunEntry>>, RefError> {
        let found = self.refs().runs_of(&self.local(), commits)?;
        Ok(found.into_iter().map(newest_first).collect())
    }

    /// Lists the runs whose ids begin with `start`, newest first. Reads few refs.
    pub fn runs_by_id(&self, start: &str) -> Result<Vec<RunEntry>, RefError> {
        Ok(newest_first(self.refs().runs_by_id(&self.local(), start)?))
    }

    /// Finds one run by its full name.
    pub fn find_run(&self, name: &RunName) -> Result<Option<RunEntry>, RefError> {
        let object = self.refs().find(&self.local(), name)?;
        Ok(object.map(|object| RunEntry { name: *name, object }))
    }

    /// Reads how one run stands.
    pub fn summary(&self, run: &RunEntry) -> Result<RunSummary, ReadError> {
        summary(self, &self.local(), run)
    }

    /// Reads how runs stand: one object a run, and for runs of the original tool two more.
    ///
    /// Lazy, so that who wants twenty of ten thousand pays for few; who wants all has several
    /// threads read them.
    pub fn summaries<'a>(
        &'a self,
        runs: &'a [RunEntry],
    ) -> impl Iterator<Item = Result<RunSummary, ReadError>> + 'a {
        ReadAhead::new(self, runs.iter(), |repo, entry| summary(self, repo, entry))
    }

    /// Reads the subjects of commits, the first lines of their messages; `None` for a commit that
    /// is not in the repository. Lazy, as [`Store::summaries`].
    pub fn subjects<'a>(
        &'a self,
        commits: impl IntoIterator<Item = CommitId, IntoIter: 'a>,
    ) -> impl Iterator<Item = Option<String>> + 'a {
        ReadAhead::new(self, commits.into_iter(), |repo, commit| {
            let object = repo.try_find_object(commit.0).ok()??;
            let commit = object.try_to_commit_ref().ok()?;
            Some(commit.message().summary().to_str_lossy().into_owned())
        })
    }
}

fn newest_first(found: Vec<(RunName, ObjectId)>) -> Vec<RunEntry> {
    let mut runs: Vec<_> =
        found.into_iter().map(|(name, object)| RunEntry { name, object }).collect();
    runs.sort_unstable_by(|a, b| {
        b.name.id.cmp(&a.name.id).then_with(|| b.name.commit.cmp(&a.name.commit))
    });
    runs
}

fn summary(
    store: &Store,
    repo: &gix::Repository,
    entry: &RunEntry,
) -> Result<RunSummary, ReadError> {
    let object = repo
        .find_object(entry.object)
        .map_err(|error| ReadError::Object { id: entry.object_id(), source: error.into() })?;
    let commit = object
        .try_to_commit_ref()
        .map_err(|_| unexpected("a commit", &object.kind.to_string(), "", entry))?;
    let started_by_id = || {
        let seconds = i64::try_from(entry.name.id.seconds()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    };
    if let Some(trailers) = message::parse(commit.message) {
        return Ok(RunSummary {
            name: entry.name,
            status: trailers.status,
            reason: trailers.reason,
            exit_code: trailers.exit_code,
            signal: trailers.signal,
            started: trailers.started.unwrap_or_else(started_by_id),
            duration: trailers
                .duration_ms
                .and_then(|milliseconds| i64::try_from(milliseconds).ok())
                .map(SignedDuration::from_millis),
            branch: trailers.branch,
            dirty: trailers.dirty,
        });
    }
    Ok(RunSummary {
        name: entry.name,
        status: Run::open(store, entry)?.status()?,
        reason: None,
        exit_code: None,
        signal: None,
        started: started_by_id(),
        duration: None,
        branch: None,
        dirty: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_testkit::{Formats, PlumbedRun, TestRepo};

    #[test]
    fn the_runs_of_some_commits_are_those_of_each() {
        for formats in Formats::ALL {
            let repo = TestRepo::with_formats(formats);
            let store = Store::discover(repo.path()).unwrap();
            assert!(!store.has_runs().unwrap());
            let commits = ["first", "second", "third"].map(|name| repo.commit(name));
            for (commit, run) in [
                (&commits[0], "1767323000-0001"),
                (&commits[2], "1767323000-0002"),
                (&commits[2], "1767323001-0003"),
            ] {
                repo.plumb_run(commit, &PlumbedRun::new(run, "ok"));
                // One packed, one loose, where there is a difference.
                if run.ends_with('2') {
                    repo.git(&["pack-refs", "--all"]);
                }
            }
            assert!(store.has_runs().unwrap());
            let ids = commits.map(|id| id.parse().unwrap());
            let found = store.runs_of(&ids).unwrap();
            assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 2], "{formats:?}");
            for (id, found) in ids.iter().zip(found) {
                assert_eq!(found, store.runs(Some(id)).unwrap(), "{formats:?}");
            }
            assert!(store.runs_of(&[]).unwrap().is_empty());
        }
    }
}
