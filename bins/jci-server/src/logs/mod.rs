//! Logs of jobs as runners send them: one file an attempt, on disk before it is acknowledged.

mod append;
mod ending;
mod folder;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use jci_coord::{AttemptId, JobId};
use tokio::sync::{Mutex, Notify};

/// Attempts share so many shards.
const SHARDS: usize = 64;

/// Fails because a piece of a log could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// It begins where the log has not yet come to.
    #[error("the log has {length} bytes, and the piece begins at {offset}")]
    Gap { length: u64, offset: u64 },
    /// The log is as long as a log may be.
    #[error("a log may have {limit} bytes, and this would be more")]
    TooLong { limit: u64 },
    /// The disk is full: it passes, and nothing that was acknowledged is lost.
    #[error("the disk is full at {path}", path = path.display())]
    DiskFull { path: PathBuf, source: io::Error },
    /// The file cannot be read or written.
    #[error("failed to use the log {path}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    /// The task that does it has died.
    #[error("writing the log was given up")]
    Task { source: tokio::task::JoinError },
}

impl LogError {
    fn file(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            _ => Self::File { path, source },
        }
    }
}

/// All logs.
#[derive(Debug)]
pub(crate) struct Logs {
    folder: PathBuf,
    limit: u64,
    shards: Vec<Shard>,
}

/// What some attempts share.
#[derive(Debug, Default)]
struct Shard {
    /// Two pieces of one log never meet.
    lock: Arc<Mutex<()>>,
    /// Wakes those who follow a log.
    grown: Notify,
}

impl Logs {
    /// Keeps logs in a folder, each of them up to so many bytes.
    pub(crate) fn new(folder: PathBuf, limit: u64) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { folder, limit, shards }
    }

    /// Adds a piece that begins at an offset; returns how long the log is then, all of it on disk.
    ///
    /// What is there already is not written again, so that a piece may come twice. With the `last`
    /// one the log is at its end, which is on disk as well then.
    pub(crate) async fn append(
        &self,
        attempt: &AttemptId,
        offset: u64,
        piece: Bytes,
        last: bool,
    ) -> Result<u64, LogError> {
        let (path, limit) = (self.path(attempt), self.limit);
        let shard = self.shard(attempt);
        let guard = Arc::clone(&shard.lock).lock_owned().await;
        let task = tokio::task::spawn_blocking(move || -> Result<u64, LogError> {
            // Held by the writing itself: who sent the piece may be gone before it is done.
            let _guard = guard;
            let length = append::append(&path, limit, offset, &piece)?;
            if last {
                ending::note(&path, length).map_err(|source| LogError::file(&path, source))?;
            }
            Ok(length)
        });
        let written = task.await.map_err(|source| LogError::Task { source })?;
        // Also if the end could not be noted: what came before it is there.
        shard.grown.notify_waiters();
        written
    }

    /// Opens the log of an attempt, if any of it has come. It does no harm if it is removed
    /// meanwhile.
    pub(crate) async fn open(&self, attempt: &AttemptId) -> Result<Option<File>, LogError> {
        let path = self.path(attempt);
        let opened = tokio::task::spawn_blocking(move || match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LogError::file(&path, error)),
        });
        opened.await.map_err(|source| LogError::Task { source })?
    }

    /// Tells how many bytes of the log of an attempt there are.
    pub(crate) async fn length(&self, attempt: &AttemptId) -> Result<u64, LogError> {
        let path = self.path(attempt);
        match tokio::fs::metadata(&path).await {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(LogError::file(&path, error)),
        }
    }

    /// Returns how long the log of an attempt is, if who sends it has said that this is all.
    pub(crate) async fn ending(&self, attempt: &AttemptId) -> Result<Option<u64>, LogError> {
        let path = self.path(attempt);
        let noted = tokio::task::spawn_blocking(move || {
            ending::noted(&path).map_err(|source| LogError::file(&path, source))
        });
        match noted.await.map_err(|source| LogError::Task { source })?? {
            // The file counts: if more has come after all, that was not the end.
            Some(noted) if noted == self.length(attempt).await? => Ok(Some(noted)),
            _ => Ok(None),
        }
    }

    /// Tells when the last of the log of an attempt came, if any has.
    pub(crate) async fn grew(&self, attempt: &AttemptId) -> Result<Option<SystemTime>, LogError> {
        let path = self.path(attempt);
        match tokio::fs::metadata(&path).await.and_then(|metadata| metadata.modified()) {
            Ok(modified) => Ok(Some(modified)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LogError::file(&path, error)),
        }
    }

    /// Returns what wakes those who wait for more of a log; that it does is no proof of more.
    pub(crate) fn grown(&self, attempt: &AttemptId) -> &Notify {
        &self.shard(attempt).grown
    }

    /// Removes the logs of a job.
    pub(crate) async fn remove(&self, job: &JobId) -> Result<(), LogError> {
        let folder = self.job_folder(job);
        match tokio::fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(LogError::file(&folder, error))
            }
            _ => Ok(()),
        }
    }

    /// Returns the file with the log of an attempt, which may not be there.
    pub(crate) fn path(&self, attempt: &AttemptId) -> PathBuf {
        self.job_folder(&attempt.job).join(format!("{}.log", attempt.number))
    }

    /// Returns the folder of a job, in one of 256: its id begins with the time and ends at random.
    fn job_folder(&self, job: &JobId) -> PathBuf {
        let text = job.as_str();
        let shard = &text[text.len().saturating_sub(2)..];
        self.folder.join("logs").join(shard).join(text)
    }

    fn shard(&self, attempt: &AttemptId) -> &Shard {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(attempt);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }
}
