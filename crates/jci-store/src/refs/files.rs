//! Refs as files below `.git/refs` and in `packed-refs`, through gix.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::lock::acquire::Fail;

use super::{BRANCHES, LOCK_WAIT, RefError};
use crate::durable::sync_dir;
use crate::ids::RUNS_PREFIX;
use crate::{CommitId, RunName};

pub(super) fn resolve(repo: &gix::Repository, rev: &str) -> Option<CommitId> {
    let id = repo.rev_parse_single(format!("{rev}^{{commit}}").as_str()).ok()?;
    Some(CommitId(id.detach()))
}

pub(super) fn branch(repo: &gix::Repository) -> Option<String> {
    let name = repo.head_name().ok()??;
    name.as_bstr().strip_prefix(b"refs/heads/").map(|name| name.to_str_lossy().into_owned())
}

pub(super) fn runs(
    repo: &gix::Repository,
    commit: Option<&CommitId>,
) -> Result<Vec<(RunName, ObjectId)>, RefError> {
    let prefix = commit.map_or_else(|| RUNS_PREFIX.to_owned(), |id| format!("{RUNS_PREFIX}{id}/"));
    let mut runs = Vec::new();
    each(repo, &prefix, |name, id| runs.extend(RunName::from_ref_name(name).zip(Some(id))))?;
    Ok(runs)
}

pub(super) fn has_runs(repo: &gix::Repository) -> Result<bool, RefError> {
    let mut found = false;
    each_until(repo, RUNS_PREFIX, |name, _| {
        found = RunName::from_ref_name(name).is_some();
        found
    })?;
    Ok(found)
}

pub(super) fn branches(repo: &gix::Repository) -> Result<Vec<(Vec<u8>, ObjectId)>, RefError> {
    let mut branches = Vec::new();
    for prefix in BRANCHES {
        each(repo, prefix, |name, id| branches.push((name.to_owned(), id)))?;
    }
    Ok(branches)
}

/// Calls `take` with the name of each ref below `prefix` that points to an object, and that object.
fn each(
    repo: &gix::Repository,
    prefix: &str,
    mut take: impl FnMut(&[u8], ObjectId),
) -> Result<(), RefError> {
    each_until(repo, prefix, |name, id| {
        take(name, id);
        false
    })
}

/// Does the same until `is_enough` says that it is.
fn each_until(
    repo: &gix::Repository,
    prefix: &str,
    mut is_enough: impl FnMut(&[u8], ObjectId) -> bool,
) -> Result<(), RefError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| RefError::Read {
        prefix: prefix.to_owned(),
        source,
    };
    let platform = repo.references().map_err(|error| failed(error.into()))?;
    let found = platform.prefixed(prefix).map_err(|error| failed(error.into()))?;
    for reference in found {
        let reference = reference.map_err(|error| failed(error.into()))?;
        if let Some(id) = reference.inner.target.try_id()
            && is_enough(reference.name().as_bstr(), id.to_owned())
        {
            break;
        }
    }
    Ok(())
}

pub(super) fn find(repo: &gix::Repository, name: &RunName) -> Result<Option<ObjectId>, RefError> {
    let found = repo
        .try_find_reference(name.ref_name().as_str())
        .map_err(|error| RefError::Read { prefix: name.ref_name(), source: error.into() })?;
    Ok(found.and_then(|reference| reference.inner.target.try_id().map(ToOwned::to_owned)))
}

/// A ref that is about to be created: it is locked, and what it will say is on disk.
pub(crate) struct PreparedRef {
    path: PathBuf,
    ref_name: String,
    lock: gix::lock::File,
}

/// Prepares to create the ref of a run; dropped, nothing has happened but that its folder is there.
///
/// After a crash at any point the ref is either absent, perhaps with a stale `.lock` beside it, or
/// complete: its content is on disk before it gets its name.
pub(super) fn prepare(
    repo: &gix::Repository,
    name: &RunName,
    target: ObjectId,
) -> Result<PreparedRef, RefError> {
    let ref_name = name.ref_name();
    let path = repo.common_dir().join(&ref_name);
    let topmost_new = first_missing_parent(&path);
    // Not by a transaction of gix: it would wait for the lock of all packed refs, which a git that
    // packs them holds for long, and one that was killed for ever. A new ref needs only its own.
    let mut lock = lock(repo, &path, &ref_name)?;
    if find(repo, name)?.is_some() {
        return Err(RefError::Exists { ref_name });
    }
    let written = lock
        .with_mut(|file| writeln!(file, "{target}").and_then(|()| file.sync_all()))
        .and_then(|()| sync_made_folders(&path, &topmost_new));
    match written {
        Ok(()) => Ok(PreparedRef { path, ref_name, lock }),
        Err(error) => Err(RefError::Write { ref_name, source: error.into() }),
    }
}

impl PreparedRef {
    /// Creates the ref; when this returns it is on disk.
    pub(super) fn commit(self) -> Result<(), RefError> {
        let Self { path, ref_name, lock } = self;
        let written = lock
            .commit()
            .map_err(|error| error.error)
            .and_then(|_| path.parent().map_or(Ok(()), sync_dir));
        written.map_err(|error| RefError::Write { ref_name, source: error.into() })
    }
}

/// Takes the lock of one ref, as git and gix do; what holds it or is in the way is named.
fn lock(repo: &gix::Repository, path: &Path, ref_name: &str) -> Result<gix::lock::File, RefError> {
    let wait = Fail::AfterDurationWithBackoff(LOCK_WAIT);
    let below = repo.common_dir().to_owned();
    gix::lock::File::acquire_to_update_resource(path, wait, Some(below), 0).map_err(|error| {
        // What gix says is for people; what is the case is asked of the disk.
        let (ref_name, lock) = (ref_name.to_owned(), lock_path(path));
        let in_the_way = path.ancestors().skip(1).find(|parent| parent.is_file());
        match in_the_way.and_then(|other| other.strip_prefix(repo.common_dir()).ok()) {
            _ if lock.exists() => RefError::Locked { ref_name, lock },
            Some(other) => RefError::InTheWay { ref_name, other: other.to_owned() },
            None => RefError::Write { ref_name, source: error.into() },
        }
    })
}

/// The lock that git and gix hold while they write a ref.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

/// Returns the topmost folder above `path` whose entry is about to be created.
fn first_missing_parent(path: &Path) -> PathBuf {
    let parents = path.ancestors().skip(1);
    let missing = parents.take_while(|parent| !parent.exists()).last();
    missing.or_else(|| path.parent()).unwrap_or(path).to_owned()
}

/// Syncs every folder above that of the ref which got a new entry.
fn sync_made_folders(path: &Path, topmost_new: &Path) -> std::io::Result<()> {
    // Where nothing was missing, somebody else may have made the ref's folder a moment ago.
    let last = topmost_new.parent();
    let above = path.ancestors().skip(2);
    let changed = above.take_while(|folder| Some(*folder) != last).chain(last);
    changed.into_iter().try_for_each(sync_dir)
}
