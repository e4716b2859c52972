//! Storing a run: from a folder and a log to a commit and a ref.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use gix::ObjectId;
use gix::objs::Kind;
use jiff::SignedDuration;

use super::begin::{CHECKOUT, OUTPUT};
use super::{LOG, PAGE, PendingRun, RECORD, STATUS, TIMING, commit, page};
use crate::RunName;
use crate::beside::Beside;
use crate::durable::PathError;
use crate::ingest::{self, RootFile, Sink, Walk};
use crate::object::WriteError;
use crate::record::{Reason, RunRecord, Status};
use crate::refs::RefError;

/// The files that jci adds to what the script left.
const OWN_FILES: usize = 5;
/// The name under which files are kept whose run could not be stored yet.
const KEPT: &str = "kept";

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// Whether it passed.
    pub status: Status,
    /// Why, where the exit code does not say it.
    pub reason: Option<Reason>,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// The number of the signal that ended the script, if one did.
    pub signal: Option<i32>,
    /// How much memory the script might use, in bytes, if it ran out and that is known.
    pub memory_limit: Option<u64>,
    /// How long the script ran.
    pub duration: SignedDuration,
}

/// How a run is stored.
#[derive(Clone, Copy)]
pub struct FinishOptions<'a> {
    /// The largest size of all files of the script together, in bytes.
    pub max_output_size: Option<u64>,
    /// Is told how many bytes have been stored since it was last called; from several threads.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Is called when the run is stored and about to be forgotten, to remove the work tree that was
    /// noted by [`PendingRun::set_checkout`]: afterwards nobody knows of it.
    pub remove_checkout: &'a dyn Fn(&Path) -> Result<(), PathError>,
}

impl Default for FinishOptions<'_> {
    fn default() -> Self {
        Self { max_output_size: None, progress: &|_| {}, remove_checkout: &|_| Ok(()) }
    }
}

/// A run that is stored.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// The name of the run.
    pub name: RunName,
    /// What stands in its `run.json`.
    pub record: RunRecord,
}

impl PendingRun<'_> {
    /// Stores the run. When this returns it is on disk, whole, and its folder is gone.
    ///
    /// On an error nothing is lost: log, files and result are kept below
    /// `.git/jci/running/<run-id>`, from where [`DeadRun::store`](super::DeadRun::store) tries
    /// again.
    pub fn finish(
        mut self,
        ending: &Ending,
        options: &FinishOptions<'_>,
    ) -> Result<StoredRun, FinishError> {
        let record = &mut self.record;
        record.status = ending.status;
        record.reason = ending.reason;
        record.exit_code = ending.exit_code;
        record.signal = ending.signal;
        record.memory_limit = ending.memory_limit;
        record.duration_ms = u64::try_from(ending.duration.as_millis()).ok();
        let ended = record.started.checked_add(ending.duration);
        record.ended = ended.and_then(|ended| ended.round(jiff::Unit::Millisecond)).ok();
        self.store_ended(options)
    }

    /// Stores a run whose record says how it ended.
    pub(super) fn store_ended(
        mut self,
        options: &FinishOptions<'_>,
    ) -> Result<StoredRun, FinishError> {
        let result = self
            .folder
            .note(&self.record)
            .map_err(FinishError::from)
            .and_then(|()| self.write(options));
        match result {
            Ok(record) => {
                let name = self.name;
                let cleared = self.clear(options.remove_checkout);
                cleared.map_err(|source| FinishError::NotCleared { name, source })?;
                Ok(StoredRun { name, record })
            }
            Err(source) => Err(FinishError::NotStored {
                name: self.name,
                kept: self.keep(),
                source: Box::new(source),
            }),
        }
    }

    /// Writes all objects, then the ref that makes them a run.
    fn write(&self, options: &FinishOptions<'_>) -> Result<RunRecord, FinishError> {
        let mut record = self.record.clone();
        let mut walk = self.walk();
        if let Some(limit) = options.max_output_size.filter(|limit| walk.bytes > *limit) {
            walk.leave_out_everything(&format!("over the limit of {limit} bytes"));
            record.status = Status::Err;
            record.reason = Some(Reason::OutputTooLarge);
        }
        let _lock = self.store.lock_for_writing()?;
        let repo = self.store.local();
        let objects = self.store.objects_dir();
        let log_size = fs::metadata(self.folder.log_path()).map_or(0, |metadata| metadata.len());
        // A folder becomes an object as a file does; the root is among what each run has.
        let objects_to_come = walk.files.len() + walk.folders.len() - 1 + OWN_FILES;
        let amount = (objects_to_come, walk.bytes + log_size);
        let tag = self.name.id.to_string();
        let mut sink = Sink::new(&objects, repo.object_hash(), &tag, amount)?;

        let mut blobs = ingest::store_blobs(&mut sink, &walk, options.progress)?;
        record.left_out.append(&mut walk.left_out);
        record.left_out.append(&mut blobs.left_out);
        let own = self.write_own_files(&mut sink, &walk, &record)?;
        let tree = ingest::write_trees(&mut sink, &walk, &blobs.ids, own)?;
        let commit = commit::write(&mut sink, &repo, tree, &record)?;
        self.publish(sink, &repo, commit)?;
        Ok(record)
    }

    /// Waits until all objects are on disk, and only then creates the ref that makes them a run.
    fn publish(
        &self,
        sink: Sink,
        repo: &gix::Repository,
        commit: ObjectId,
    ) -> Result<(), FinishError> {
        let prepare = || {
            let prepared = self.store.refs().prepare(&self.store.local(), &self.name, commit);
            // Before there is a run to be counted: here it makes nobody wait.
            self.store.count_unfolded(1);
            prepared
        };
        let prepared = thread::scope(|scope| {
            let preparing = Beside::start(scope, prepare);
            sink.finish()?;
            Ok::<_, FinishError>(preparing.join()?)
        })?;
        Ok(prepared.commit(repo)?)
    }

    fn walk(&self) -> Walk {
        let kept = self.folder.path().join(KEPT);
        let output = if kept.exists() { Some(kept) } else { self.output_dir() };
        output.map_or_else(Walk::empty, |output| ingest::walk(&output))
    }

    fn write_own_files(
        &self,
        sink: &mut Sink,
        walk: &Walk,
        record: &RunRecord,
    ) -> Result<Vec<RootFile>, FinishError> {
        let mut files = Vec::new();
        let mut add = |name, id| files.push(RootFile { name, id });
        let notes: String = record.left_out.iter().map(|what| format!("jci: {what}\n")).collect();
        add(LOG, store_file(sink, &self.folder.log_path(), notes.as_bytes())?);
        add(STATUS, sink.add(Kind::Blob, format!("{}\n", record.status).as_bytes())?);
        let mut json = serde_json::to_vec_pretty(record)
            .map_err(|error| PathError::of("encode", Path::new(RECORD))(error.into()))?;
        json.push(b'\n');
        add(RECORD, sink.add(Kind::Blob, &json)?);
        if self.folder.timing_path().exists() {
            add(TIMING, store_file(sink, &self.folder.timing_path(), b"")?);
        }
        let own_page = walk.files.iter().any(|file| file.folder == 0 && file.name == PAGE)
            || walk.folders.iter().skip(1).any(|folder| {
                folder.parent == 0 && folder.path.file_name().is_some_and(|name| name == PAGE)
            });
        if !own_page {
            let page = page::render(record, &self.folder.log_path(), walk);
            add(PAGE, sink.add(Kind::Blob, page.as_bytes())?);
        }
        Ok(files)
    }

    /// Removes all that was there for the run while it went on.
    pub(super) fn clear(
        self,
        remove_checkout: &dyn Fn(&Path) -> Result<(), PathError>,
    ) -> Result<(), PathError> {
        if let Some(output) = self.folder.remembered(OUTPUT) {
            remove_folder(&output)?;
        }
        if let Some(checkout) = self.folder.remembered(CHECKOUT) {
            remove_checkout(&checkout)?;
        }
        self.folder.remove()
    }

    /// Moves the files of a run that cannot be stored now out of the work tree.
    fn keep(&self) -> PathBuf {
        let kept = self.folder.path().join(KEPT);
        if let Some(output) = self.folder.remembered(OUTPUT) {
            // Where it cannot be moved, to another file system, it stays: nothing is lost.
            let _ = fs::rename(output, kept);
        }
        self.folder.path().to_owned()
    }
}

/// Stores a file of jci's own, of any size, and `more` behind it.
fn store_file(sink: &mut Sink, path: &Path, more: &[u8]) -> Result<ObjectId, FinishError> {
    let failed = |source| PathError::of("read", path)(source);
    let file = ingest::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut source = file.take(size).chain(more);
    let id = ingest::stream(sink, &mut source, size + more.len() as u64, path)?;
    Ok(id.map_err(failed)?)
}

/// Removes a folder and whatever a script put into it: folders that nobody may write, and those
/// that are deeper than a path can be long.
///
/// A symlink in its place is removed and not followed; it is fine if nothing is there.
pub fn remove_folder(path: &Path) -> Result<(), PathError> {
    let Err(error) = fs::remove_dir_all(path) else { return Ok(()) };
    if let Ok(metadata) = fs::symlink_metadata(path) {
        if metadata.is_dir() {
            make_writable(path);
        }
        // `rm` goes to any depth.
        let _ = Command::new("rm").args(["-rf", "--"]).arg(path).stderr(Stdio::null()).status();
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(PathError::of("remove", path)(error));
    }
    Ok(())
}

fn make_writable(path: &Path) {
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
        let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(inner.map(|entry| entry.path()));
    }
}

/// Why a run could not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishError {
    /// The run is not stored; all that it left is kept.
    #[error("the run {name} could not be stored; its log and files are kept in {kept:?}")]
    NotStored {
        /// The name of the run.
        name: RunName,
        /// The folder that keeps them until they can be stored.
        kept: PathBuf,
        /// What went wrong.
        source: Box<FinishError>,
    },
    /// The run is stored, and something of what was there while it went on is there still.
    #[error("the run {name} is stored, but its folders could not be removed")]
    NotCleared {
        /// The name of the run.
        name: RunName,
        /// What could not be removed.
        source: PathError,
    },
    /// A file or folder could not be read or written.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The objects could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The ref could not be written.
    #[error(transparent)]
    Refs(#[from] RefError),
}

impl FinishError {
    /// Tells whether the disk is full, so that trying again after making room will help.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::NotStored { source, .. } => source.is_disk_full(),
            Self::Path(error) => error.is_disk_full(),
            Self::Write(error) => error.is_disk_full(),
            Self::NotCleared { .. } | Self::Refs(_) => false,
        }
    }
    /// Names the lock that another process holds, or has left behind, if that was what went wrong.
    #[must_use]
    pub fn held_lock(&self) -> Option<&Path> {
        match self {
            Self::NotStored { source, .. } => source.held_lock(),
            Self::Refs(RefError::Locked { lock, .. }) => Some(lock),
            _ => None,
        }
    }
}
