//! Runs whose program died before they were stored.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::PendingRun;
use super::active::{self, ActiveFolder};
use super::begin::CHECKOUT;
use super::finish::{FinishError, FinishOptions, StoredRun};
use crate::durable::PathError;
use crate::ingest::remove_leftovers;
use crate::record::{Reason, RunRecord, Status};
use crate::refs::lock_path;
use crate::{RunName, Store};

/// A run that died with its program, or that could not be stored for want of room.
///
/// Nobody else stores it while this lives.
#[derive(Debug)]
pub struct DeadRun<'store> {
    run: PendingRun<'store>,
}

impl Store {
    /// Finds the runs that died, and clears what is left of those that were stored before that.
    #[must_use]
    pub fn dead_runs(&self) -> Vec<DeadRun<'_>> {
        active::remove_fragments(self);
        active::run_folders(self).into_iter().filter_map(|folder| self.take_over(folder)).collect()
    }

    fn take_over(&self, folder: PathBuf) -> Option<DeadRun<'_>> {
        let folder = ActiveFolder::take_over(folder)?;
        let record = folder.record()?;
        let name = RunName { commit: record.commit.parse().ok()?, id: record.run };
        let run = PendingRun { store: self, folder, record, name };
        run.remove_traces();
        match self.refs().find(&self.local(), &name) {
            Ok(Some(_)) if run.folder.remembered(CHECKOUT).is_none() => {
                let _ = run.clear(&|_| Ok(()));
                None
            }
            _ => Some(DeadRun { run }),
        }
    }
}

impl PendingRun<'_> {
    /// Removes what a writer leaves that is killed: temporary files and the lock of its ref.
    fn remove_traces(&self) {
        let hash = self.store.hash_kind();
        remove_leftovers(&self.store.objects_dir(), hash, &self.name.id.to_string());
        // The name is this run's alone and its writer is dead: the lock is nobody's.
        let reference = self.store.common_dir().join(self.name.ref_name());
        let _ = fs::remove_file(lock_path(&reference));
    }
}

impl DeadRun<'_> {
    /// Returns the name of the run.
    #[must_use]
    pub fn name(&self) -> RunName {
        self.run.name
    }

    /// Returns what is known of the run.
    #[must_use]
    pub fn record(&self) -> &RunRecord {
        &self.run.record
    }

    /// Returns the folder of the script's files, by which processes that outlived it are known.
    #[must_use]
    pub fn output_dir(&self) -> Option<PathBuf> {
        self.run.output_dir()
    }

    /// Stores the run: with its result if that was known, else as interrupted.
    ///
    /// `Ok(None)` if it had been stored already.
    pub fn store(mut self, options: &FinishOptions<'_>) -> Result<Option<StoredRun>, FinishError> {
        let run = &mut self.run;
        if run.store.refs().find(&run.store.local(), &run.name)?.is_some() {
            let name = self.run.name;
            let cleared = self.run.clear(options.remove_checkout);
            cleared.map_err(|source| FinishError::NotCleared { name, source })?;
            return Ok(None);
        }
        if run.record.status == Status::Running {
            run.record.status = Status::Err;
            run.record.reason = Some(Reason::Interrupted);
            let ended = last_sign_of_life(run).unwrap_or_else(Timestamp::now);
            let duration = ended.duration_since(run.record.started).max(SignedDuration::ZERO);
            run.record.duration_ms = u64::try_from(duration.as_millis()).ok();
            run.record.ended = Some(ended);
        }
        self.run.store_ended(options).map(Some)
    }

    /// Forgets the run and deletes what it left. `remove_checkout` is called as that of
    /// [`FinishOptions`] is.
    pub fn discard(
        self,
        remove_checkout: &dyn Fn(&Path) -> Result<(), PathError>,
    ) -> Result<(), PathError> {
        self.run.clear(remove_checkout)
    }
}

/// When the log last grew: the best that is known of the end.
fn last_sign_of_life(run: &PendingRun<'_>) -> Option<Timestamp> {
    let modified = fs::metadata(run.folder.log_path()).ok()?.modified().ok()?;
    Timestamp::try_from(modified).ok()?.round(jiff::Unit::Millisecond).ok()
}
