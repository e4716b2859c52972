//! Runs that are going on, as the rest of the world sees them.
//!
//! Each has a folder `jci/running/<run-id>/` in the shared git folder. Its file `state.json` is
//! locked by the program that watches over the run, for as long as that program lives: the system
//! lets go of the lock however the program ends. A folder whose lock is free belongs to a run that
//! died.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::durable::PathError;
use crate::record::{RunRecord, Status};
use crate::run::{LOG, RunSummary, TIMING};
use crate::{RunId, RunName, Store, TimingReader};

const STATE: &str = "state.json";
/// Folders that are being made: they get their final name when their lock is held.
const UNFINISHED: &str = "new-";
/// The state has room from the start, so that the result can be noted on a full disk.
const STATE_ROOM: usize = 4096;

/// The folder of a run that goes on, with its lock held.
#[derive(Debug)]
pub(super) struct ActiveFolder {
    path: PathBuf,
    state: File,
}

/// The folder that holds the folders of all runs that go on.
pub(super) fn running_dir(store: &Store) -> PathBuf {
    store.state_dir().join("running")
}

impl ActiveFolder {
    /// Makes the folder of a run. `Ok(None)` if the id is taken.
    pub(super) fn create(store: &Store, record: &RunRecord) -> Result<Option<Self>, PathError> {
        let running = running_dir(store);
        fs::create_dir_all(&running).map_err(PathError::of("create", &running))?;
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&running)
            .map_err(PathError::of("create a folder in", &running))?;
        let path = unfinished.path().join(STATE);
        let state = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let state = state.map_err(PathError::of("create", &path))?;
        state.lock().map_err(PathError::of("lock", &path))?;
        let mut folder = Self { path: unfinished.path().to_owned(), state };
        folder.note(record)?;
        let name = running.join(record.run.to_string());
        // Fails if the name is that of a folder with something in it, as all of ours have.
        if fs::rename(&folder.path, &name).is_err() {
            if name.exists() {
                return Ok(None);
            }
            return Err(PathError::of("create", &name)(io::ErrorKind::Other.into()));
        }
        let _gone = unfinished.keep();
        folder.path = name;
        Ok(Some(folder))
    }

    /// Takes over the folder of a run that died; `None` if it lives or somebody was quicker.
    pub(super) fn take_over(path: PathBuf) -> Option<Self> {
        let state = OpenOptions::new().read(true).write(true).open(path.join(STATE)).ok()?;
        state.try_lock().ok()?;
        // The one who was quicker may have cleared it between the two lines above.
        path.join(STATE).exists().then_some(Self { path, state })
    }

    /// Writes down how the run stands, without needing any more room on the disk.
    pub(super) fn note(&mut self, record: &RunRecord) -> Result<(), PathError> {
        let path = self.path.join(STATE);
        let encoded = serde_json::to_vec(record);
        let mut text = encoded.map_err(|error| PathError::of("encode", &path)(error.into()))?;
        // White space, which JSON allows, up to the old length and to a good one.
        let length = self.state.metadata().map_or(0, |metadata| metadata.len() as usize);
        text.resize(text.len().next_multiple_of(STATE_ROOM).max(length), b' ');
        let rewound = self.state.rewind();
        rewound.and_then(|()| self.state.write_all(&text)).map_err(PathError::of("write", &path))
    }

    pub(super) fn record(&self) -> Option<RunRecord> {
        read_state(&self.path)
    }

    /// Remembers a path that belongs to the run, byte for byte, under a name.
    pub(super) fn remember(&self, name: &str, path: &Path) -> Result<(), PathError> {
        let link = self.path.join(name);
        symlink(path, &link).map_err(PathError::of("create", &link))
    }

    pub(super) fn remembered(&self, name: &str) -> Option<PathBuf> {
        fs::read_link(self.path.join(name)).ok()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.path.join(LOG)
    }

    pub(super) fn timing_path(&self) -> PathBuf {
        self.path.join(TIMING)
    }

    /// Removes the folder; the lock goes last, so that nobody takes it for that of a dead run.
    pub(super) fn remove(self) -> Result<(), PathError> {
        let state = self.path.join(STATE);
        // Without its state the folder says nothing to anybody, should we end here.
        fs::remove_file(&state).map_err(PathError::of("remove", &state))?;
        match fs::remove_dir_all(&self.path) {
            // Somebody else clears it, too: without its state it is a fragment to them.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(PathError::of("remove", &self.path)),
        }
    }
}

/// A run that goes on.
#[derive(Debug, Clone)]
pub struct ActiveRun {
    folder: PathBuf,
    record: RunRecord,
}

impl ActiveRun {
    /// Returns what is known of the run so far.
    #[must_use]
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Returns the id of the run.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.record.run
    }

    /// Returns the name that the run will have once it is stored.
    #[must_use]
    pub fn name(&self) -> Option<RunName> {
        Some(RunName { commit: self.record.commit.parse().ok()?, id: self.record.run })
    }

    /// Tells of the run as if it were stored; whatever its script did, it is not over yet.
    #[must_use]
    pub fn summary(&self) -> Option<RunSummary> {
        Some(RunSummary {
            name: self.name()?,
            status: Status::Running,
            reason: None,
            exit_code: None,
            signal: None,
            started: self.record.started,
            duration: None,
            branch: self.record.branch.clone(),
            dirty: self.record.dirty,
        })
    }

    /// Returns the file to which the output is being written.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// Reads when each piece of the output came, as far as that is written; `None` if it is not.
    #[must_use]
    pub fn timing(&self) -> Option<TimingReader<BufReader<File>>> {
        TimingReader::new(BufReader::new(File::open(self.folder.join(TIMING)).ok()?)).ok()
    }

    /// Tells whether the run still goes on; once it does not, it is stored or was given up.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        is_locked(&self.folder)
    }
}

impl Store {
    /// Lists the runs that are going on in this repository, on this machine, newest first.
    #[must_use]
    pub fn active_runs(&self) -> Vec<ActiveRun> {
        let mut runs: Vec<_> = run_folders(self)
            .into_iter()
            .filter(|folder| is_locked(folder))
            .filter_map(|folder| Some(ActiveRun { record: read_state(&folder)?, folder }))
            .collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.id()));
        runs
    }
}

/// Lists the folders of runs, alive and dead.
pub(super) fn run_folders(store: &Store) -> Vec<PathBuf> {
    let entries = fs::read_dir(running_dir(store)).into_iter().flatten();
    let folders = entries.filter_map(Result::ok);
    folders
        .filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| name.parse::<RunId>().is_ok())
        })
        .map(|entry| entry.path())
        .collect()
}

/// Clears folders that were never finished because their makers died, or that lost their state.
pub(super) fn remove_fragments(store: &Store) {
    const TIME_TO_FINISH: std::time::Duration = std::time::Duration::from_secs(60);
    for entry in fs::read_dir(running_dir(store)).into_iter().flatten().filter_map(Result::ok) {
        let old = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > TIME_TO_FINISH));
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let emptied = !entry.path().join(STATE).exists();
        if emptied && !unfinished || old && unfinished && !is_locked(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_locked(folder: &Path) -> bool {
    let Ok(state) = File::open(folder.join(STATE)) else {
        return false;
    };
    matches!(state.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn read_state(folder: &Path) -> Option<RunRecord> {
    let mut text = Vec::new();
    File::open(folder.join(STATE)).ok()?.read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
