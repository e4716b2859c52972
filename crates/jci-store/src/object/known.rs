//! Which objects the repository has already.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use gix::hash::{Kind as HashKind, oid};
use gix::odb::pack::index;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};

/// The objects that are in the database, as of when this was made.
///
/// An object that is found is touched, as git does: a `git gc` that runs at the same moment takes
/// it for new and does not delete it from under a run that counts on it.
pub(crate) struct KnownObjects {
    folders: Vec<PathBuf>,
    packs: Vec<KnownPack>,
}

struct KnownPack {
    index: index::File,
    pack: PathBuf,
    fresh: AtomicBool,
}

impl KnownObjects {
    /// Looks at the object folder and at those that it borrows from.
    ///
    /// What cannot be read is taken to hold nothing: the worst that follows is a second copy.
    pub(crate) fn open(objects: &Path, hash: HashKind) -> Self {
        let mut folders = vec![objects.to_owned()];
        folders
            .extend(gix::odb::alternate::resolve(objects.to_owned(), objects).unwrap_or_default());
        let packs = folders.iter().flat_map(|folder| packs(folder, hash)).collect();
        Self { folders, packs }
    }

    /// Knows of nothing.
    pub(crate) fn empty() -> Self {
        Self { folders: Vec::new(), packs: Vec::new() }
    }

    /// Tells whether the object is there, and keeps it there if so.
    pub(crate) fn contains(&self, id: &oid) -> bool {
        self.packs.iter().any(|pack| pack.contains(id))
            || self.folders.iter().any(|folder| touch(&loose_path(folder, id)))
    }
}

impl KnownPack {
    fn contains(&self, id: &oid) -> bool {
        if self.index.lookup(id).is_none() {
            return false;
        }
        if !self.fresh.load(Ordering::Relaxed) {
            let touched = touch(&self.pack);
            self.fresh.store(touched, Ordering::Relaxed);
            return touched;
        }
        true
    }
}

fn packs(objects: &Path, hash: HashKind) -> Vec<KnownPack> {
    let Ok(folder) = fs::read_dir(objects.join("pack")) else {
        return Vec::new();
    };
    let paths = folder.filter_map(Result::ok).map(|entry| entry.path());
    let indexes = paths.filter(|path| path.extension().is_some_and(|kind| kind == "idx"));
    indexes.filter_map(|path| known_pack(&path, hash)).collect()
}

fn known_pack(path: &Path, hash: HashKind) -> Option<KnownPack> {
    // What git has put into a cruft pack is on its way out and has times of its own.
    if path.with_extension("mtimes").exists() {
        return None;
    }
    let index = index::File::at(path, hash).ok()?;
    Some(KnownPack { index, pack: path.with_extension("pack"), fresh: AtomicBool::new(false) })
}

/// Where an object lies that has a file of its own.
pub(crate) fn loose_path(objects: &Path, id: &oid) -> PathBuf {
    let hex = id.to_hex().to_string();
    objects.join(&hex[..2]).join(&hex[2..])
}

/// Makes a file look new; `false` if there is none or it is somebody else's.
fn touch(path: &Path) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    utimensat(CWD, path, &times, AtFlags::empty()).is_ok()
}
