//! Runs that are going on, as the rest of the world sees them.
//!
//! Each has a folder `jci/running/<run-id>/` in the shared git folder. Its file `state.json` is
//! locked by the program that watches over the run, for as long as that program lives: the system
//! lets go of the lock however the program ends. A folder whose lock is free belongs to a run that
//! died.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufReader, Read as _, Seek as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::durable::PathError;
use crate::record::{RunRecord, Status};
use crate::run::{LOG, RunSummary, TIMING};
use crate::{RunId, RunName, Store, TimingReader};

const STATE: &str = "state.json";
/// The name under which a folder remembers the commit of its run: a symlink, whose text is on disk
/// as soon as its name is, which after a power cut is more than is sure of the state.
const COMMIT: &str = "commit";
/// Folders that are being made: they get their final name when they have all that is expected of
/// them. Meanwhile their maker shares the lock of the folder that holds them.
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
        let making = File::open(&running).and_then(|folder| folder.lock_shared().map(|()| folder));
        let _making = making.map_err(PathError::of("lock", &running))?;
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&running)
            .map_err(PathError::of("create a folder in", &running))?;
        let mut folder = Self::fill(unfinished.path(), record)?;
        let name = running.join(record.run.to_string());
        // Fails if the name is that of a folder with something in it, as all of ours have.
        if let Err(error) = fs::rename(&folder.path, &name) {
            let taken = name.exists();
            return if taken { Ok(None) } else { Err(PathError::of("create", &name)(error)) };
        }
        let _gone = unfinished.keep();
        folder.path = name;
        Ok(Some(folder))
    }

    /// Puts into a folder what everybody expects of one, the lock first.
    fn fill(path: &Path, record: &RunRecord) -> Result<Self, PathError> {
        let state_path = path.join(STATE);
        let state = OpenOptions::new().read(true).write(true).create_new(true).open(&state_path);
        let state = state.map_err(PathError::of("create", &state_path))?;
        state.lock().map_err(PathError::of("lock", &state_path))?;
        let mut folder = Self { path: path.to_owned(), state };
        folder.note(record)?;
        folder.remember(COMMIT, Path::new(&record.commit))?;
        let log = folder.log_path();
        File::create(&log).map_err(PathError::of("create", &log))?;
        Ok(folder)
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

    /// Reads what was noted; of a run whose state was lost in a power cut, what else is known.
    pub(super) fn record(&self) -> Option<RunRecord> {
        read_state(&self.path).or_else(|| {
            let run = self.path.file_name()?.to_str()?.parse().ok()?;
            let commit = self.remembered(COMMIT)?.into_os_string().into_string().ok()?;
            Some(RunRecord::named(run, commit))
        })
    }

    /// Remembers a path that belongs to the run, byte for byte, under a name.
    pub(super) fn remember(&self, name: &str, path: &Path) -> Result<(), PathError> {
        let link = self.path.join(name);
        symlink(path, &link).map_err(PathError::of("create", &link))
    }

    pub(super) fn remembered(&self, name: &str) -> Option<PathBuf> {
        fs::read_link(self.path.join(name)).ok()
    }

    /// Returns another handle of the lock, which is held until the last of them is closed.
    pub(super) fn lifeline(&self) -> Result<File, PathError> {
        self.state.try_clone().map_err(PathError::of("open", &self.path.join(STATE)))
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
        remove_fragment(&self.path)
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

    /// Returns the file to which the times of the output are being written; it may not be there.
    #[must_use]
    pub fn timing_path(&self) -> PathBuf {
        self.folder.join(TIMING)
    }

    /// Reads when each piece of the output came, as far as that is written; `None` if it is not.
    #[must_use]
    pub fn timing(&self) -> Option<TimingReader<BufReader<File>>> {
        TimingReader::new(BufReader::new(File::open(self.timing_path()).ok()?)).ok()
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
    let running = running_dir(store);
    for entry in fs::read_dir(&running).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let dead =
            if unfinished { is_abandoned(&running, &path) } else { !path.join(STATE).exists() };
        if dead {
            // What cannot be removed now is there the next time.
            let _ = remove_fragment(&path);
        }
    }
}

/// Tells whether nobody makes a folder at the moment, who would share this lock, and it is there.
fn is_abandoned(running: &Path, path: &Path) -> bool {
    let Ok(folder) = File::open(running) else { return false };
    folder.try_lock().is_ok() && path.exists()
}

/// Removes the folder of a run; somebody else, who found it without its state, may do so as well.
fn remove_fragment(path: &Path) -> Result<(), PathError> {
    match fs::remove_dir_all(path) {
        Err(_) if !path.exists() => Ok(()),
        result => result.map_err(PathError::of("remove", path)),
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
