//! Beginning a run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::active::ActiveFolder;
use crate::durable::PathError;
use crate::record::{RunRecord, Tool};
use crate::refs::RefError;
use crate::{CommitId, RunId, RunName, Store};

/// The name under which a run's folder remembers where the script's files are.
pub(super) const OUTPUT: &str = "output";
/// The name under which a run's folder remembers a folder that somebody else keeps.
pub(super) const BORROWED: &str = "borrowed";
/// The name under which a run's folder remembers the work tree that was made for it.
pub(super) const CHECKOUT: &str = "checkout";
/// How often a new id is tried before giving up; each try finds the clock a little further on.
const ID_TRIES: usize = 1000;

/// What is known of a run when it begins.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// The commit that the run belongs to.
    pub commit: CommitId,
    /// The branch that is checked out, if any.
    pub branch: Option<String>,
    /// Whether the work tree differs from the commit.
    pub dirty: bool,
    /// What made the run begin, for example `manual`.
    pub trigger: String,
    /// The program that records the run.
    pub tool: Tool,
}

/// A run that has begun. Dropped unfinished, it is stored later as interrupted.
#[derive(Debug)]
pub struct PendingRun<'store> {
    pub(super) store: &'store Store,
    pub(super) folder: ActiveFolder,
    pub(super) record: RunRecord,
    pub(super) name: RunName,
}

impl Store {
    /// Begins a run: chooses an id that never existed.
    ///
    /// The files of the script come from the folder that is named next, by
    /// [`PendingRun::create_output_dir`] or [`PendingRun::set_output_dir`].
    pub fn begin_run(&self, start: &RunStart) -> Result<PendingRun<'_>, BeginError> {
        for _ in 0..ID_TRIES {
            let now = Timestamp::now();
            let id = RunId::at(now);
            let record = record(start, id, now);
            let Some(folder) = ActiveFolder::create(self, &record)? else {
                continue;
            };
            let name = RunName { commit: start.commit, id };
            match self.refs().find(&self.local(), &name) {
                Ok(None) => return Ok(PendingRun { store: self, folder, record, name }),
                Ok(Some(_)) => folder.remove()?,
                Err(error) => {
                    folder.remove()?;
                    return Err(error.into());
                }
            }
        }
        Err(BeginError::NoFreeId { commit: start.commit })
    }
}

fn record(start: &RunStart, run: RunId, now: Timestamp) -> RunRecord {
    RunRecord {
        branch: start.branch.clone(),
        dirty: start.dirty,
        // What is smaller than a millisecond says nothing about a run.
        started: now.round(jiff::Unit::Millisecond).unwrap_or(now),
        trigger: start.trigger.clone(),
        tool: start.tool.clone(),
        ..RunRecord::named(run, start.commit.to_string())
    }
}

impl PendingRun<'_> {
    /// Makes a fresh folder `.jci/runs/<run-id>` in a work tree, which git does not see and which
    /// is removed once the run is stored.
    pub fn create_output_dir(&self, work_tree: &Path) -> Result<PathBuf, PathError> {
        let runs = work_tree.join(".jci").join("runs");
        let path = runs.join(self.name.id.to_string());
        self.folder.remember(OUTPUT, &path)?;
        fs::create_dir_all(&runs).map_err(PathError::of("create", &runs))?;
        // First of all: a `git status` at this moment shows whatever is not hidden yet.
        hide_from_git(&runs, self.folder.path())?;
        fs::create_dir(&path).map_err(PathError::of("create", &path))?;
        Ok(path)
    }

    /// Takes the files from a folder that exists and that stays as it is.
    pub fn set_output_dir(&self, path: &Path) -> Result<(), PathError> {
        self.folder.remember(BORROWED, path)
    }

    /// Notes that a work tree is about to be made for this run, so that it can be removed once the
    /// run is stored, or after a crash; see
    /// [`FinishOptions::remove_checkout`](super::FinishOptions::remove_checkout).
    pub fn set_checkout(&self, path: &Path) -> Result<(), PathError> {
        self.folder.remember(CHECKOUT, path)
    }

    /// Notes that the work tree differs from the commit, where that took until now to find out.
    pub fn set_dirty(&mut self) -> Result<(), PathError> {
        self.record.dirty = true;
        self.folder.note(&self.record)
    }

    /// Returns an open file that keeps the run from being taken for dead: given to a process, as
    /// its standard input for example, it lets the run live until that process, too, has ended.
    pub fn lifeline(&self) -> Result<File, PathError> {
        self.folder.lifeline()
    }

    /// Returns the name of the run.
    #[must_use]
    pub fn name(&self) -> RunName {
        self.name
    }

    /// Returns what is known of the run so far.
    #[must_use]
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Returns the folder whose content will be stored, if one was named.
    #[must_use]
    pub fn output_dir(&self) -> Option<PathBuf> {
        self.folder.remembered(OUTPUT).or_else(|| self.folder.remembered(BORROWED))
    }

    /// Returns the file to which the output is to be written while it comes.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.folder.log_path()
    }

    /// Returns the file to which a [`TimingWriter`](crate::TimingWriter) may note the times.
    #[must_use]
    pub fn timing_path(&self) -> PathBuf {
        self.folder.timing_path()
    }

    /// Forgets the run as if it had never begun. `remove_checkout` is called as that of
    /// [`FinishOptions`](super::FinishOptions) is.
    pub fn discard(
        self,
        remove_checkout: &dyn Fn(&Path) -> Result<(), PathError>,
    ) -> Result<(), PathError> {
        self.clear(remove_checkout)
    }
}

/// Puts a `.gitignore` into the folder that hides all that is in it, itself included.
///
/// It comes whole, from a folder that git does not look into, since another run may look for it or
/// git may read it at this moment.
fn hide_from_git(runs: &Path, scratch: &Path) -> Result<(), PathError> {
    let text = "# Runs that are going on; what they leave is stored in git.\n*\n";
    let ignore = runs.join(".gitignore");
    if fs::metadata(&ignore).is_ok_and(|found| found.len() >= text.len() as u64) {
        return Ok(());
    }
    let written = scratch.join("gitignore");
    fs::write(&written, text).map_err(PathError::of("write", &written))?;
    fs::rename(&written, &ignore)
        // The work tree may lie on another disk than its repository.
        .or_else(|_| fs::copy(&written, &ignore).map(drop))
        .map_err(PathError::of("write", &ignore))
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// A file or folder of the run could not be made.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The refs could not be read.
    #[error(transparent)]
    Refs(#[from] RefError),
    /// All ids that were tried belong to other runs.
    #[error("found no free run id for {commit} in this second")]
    NoFreeId {
        /// The commit that was to be run.
        commit: CommitId,
    },
}

impl BeginError {
    /// Tells whether the disk is full, so that trying again after making room will help.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Path(error) if error.is_disk_full())
    }
}
