//! Few objects: each a file of its own.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use gix::ObjectId;
use gix::objs::Kind;

use super::deflate::{Deflater, stored_whole};
use super::known::loose_path;
use crate::beside::Beside;
use crate::durable::{PathError, sync_dir};

/// So many objects wait for the disk at once: it takes several in about the time of one, and a
/// small run has seven.
const AT_ONCE: usize = 8;

/// Up to this size compressing gains nothing: file systems give a file a block of 4 KiB at the
/// least.
const SMALLEST: usize = 4000;

/// Objects that wait to be written, compressed, in memory: they are few and small.
pub(crate) struct LooseBatch {
    objects: PathBuf,
    tag: String,
    deflater: Deflater,
    waiting: Vec<Compressed>,
}

struct Compressed {
    id: ObjectId,
    stream: Vec<u8>,
}

impl LooseBatch {
    /// Begins a batch for the object folder; `tag` becomes part of the temporary names.
    pub(crate) fn new(objects: PathBuf, tag: &str) -> Self {
        Self { objects, tag: tag.to_owned(), deflater: Deflater::zlib(), waiting: Vec::new() }
    }

    /// Takes an object.
    pub(crate) fn add(&mut self, id: ObjectId, kind: Kind, data: &[u8]) {
        let mut whole = gix::objs::encode::loose_header(kind, data.len() as u64).to_vec();
        whole.extend_from_slice(data);
        let stored = if whole.len() <= SMALLEST { stored_whole(&whole) } else { None };
        let stream = stored.unwrap_or_else(|| {
            let mut stream = Vec::new();
            self.deflater.whole(&whole, &mut stream);
            stream
        });
        self.waiting.push(Compressed { id, stream });
    }

    /// Returns where the objects go, for errors that callers report.
    pub(crate) fn path(&self) -> &Path {
        &self.objects
    }

    /// Writes all objects; when this returns they are on disk.
    pub(crate) fn finish(self) -> Result<(), PathError> {
        let made_folders = self.make_folders()?;
        let share = self.waiting.len().div_ceil(AT_ONCE).max(1);
        let shares: Vec<_> = self.waiting.chunks(share).collect();
        if !made_folders {
            return self.write_shares(&shares);
        }
        thread::scope(|scope| {
            let objects = Beside::start(scope, || self.sync_objects());
            self.write_shares(&shares).and(objects.join())
        })
    }

    /// Writes shares beside each other. Each thread hands on half of what it was given, for to start
    /// a thread takes about as long as to write an object.
    fn write_shares(&self, shares: &[&[Compressed]]) -> Result<(), PathError> {
        let (here, there) = match shares {
            [] => return Ok(()),
            [share] => return self.write_share(share),
            _ => shares.split_at(shares.len() / 2),
        };
        thread::scope(|scope| {
            let beside = Beside::start(scope, || self.write_shares(there));
            self.write_shares(here).and(beside.join())
        })
    }

    fn sync_objects(&self) -> Result<(), PathError> {
        sync_dir(&self.objects).map_err(PathError::of("sync", &self.objects))
    }

    /// Makes the folders that the objects go into, and tells whether one was missing.
    fn make_folders(&self) -> Result<bool, PathError> {
        self.waiting.iter().try_fold(false, |made, object| {
            let folder = self.folder(object);
            match fs::create_dir(&folder) {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(made),
                Err(error) => Err(PathError::of("create", &folder)(error)),
            }
        })
    }

    fn folder(&self, object: &Compressed) -> PathBuf {
        let path = loose_path(&self.objects, &object.id);
        path.parent().unwrap_or(&self.objects).to_owned()
    }

    /// Writes some objects, durably.
    fn write_share(&self, share: &[Compressed]) -> Result<(), PathError> {
        share.iter().try_for_each(|object| self.write(object))
    }

    fn write(&self, object: &Compressed) -> Result<(), PathError> {
        let folder = self.folder(object);
        // Named as git names its own, and where git makes them, so that `git gc` clears what a
        // crash leaves. Who writes beside us does not wait for the same folder.
        let temporary = folder.join(format!("tmp_obj_jci_{}_{}", self.tag, object.id));
        let written = self.write_as(&temporary, object);
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written?;
        sync_dir(&folder).map_err(PathError::of("sync", &folder))
    }

    fn write_as(&self, temporary: &Path, object: &Compressed) -> Result<(), PathError> {
        let mut file = File::create(temporary).map_err(PathError::of("create", temporary))?;
        file.write_all(&object.stream).map_err(PathError::of("write", temporary))?;
        read_only(&file).map_err(PathError::of("protect", temporary))?;
        // The content before the name: a name on disk is the promise of a whole object.
        file.sync_all().map_err(PathError::of("sync", temporary))?;
        let path = loose_path(&self.objects, &object.id);
        fs::rename(temporary, &path).map_err(PathError::of("create", &path))
    }
}

/// Takes away the right to write, as git does: objects never change.
pub(super) fn read_only(file: &File) -> std::io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}
