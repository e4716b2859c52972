//! Few objects: each a file of its own.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

use gix::ObjectId;
use gix::objs::Kind;

use super::deflate::{Deflater, stored_whole};
use super::known::loose_path;
use crate::beside::Beside;
use crate::durable::{PathError, sync_dir};

/// So many objects wait for the disk at once: it takes several in about the time of one, and a small
/// run has seven.
const AT_ONCE: usize = 8;

/// Up to this size compressing gains nothing: file systems give a file a block of 4 KiB at the least.
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
        let share = self.waiting.len().div_ceil(AT_ONCE).max(1);
        let (batch, mut shares) = (&self, self.waiting.chunks(share));
        let first = shares.next().unwrap_or_default();
        let made_folders = thread::scope(|scope| {
            let beside = |share| Beside::start(scope, move || batch.write_share(share));
            let others: Vec<_> = shares.map(beside).collect();
            let here = batch.write_share(first);
            let there = others.into_iter().map(Beside::join);
            there.fold(here, |all, one| Ok(all? | one?))
        })?;
        if made_folders {
            sync_dir(&self.objects).map_err(PathError::of("sync", &self.objects))?;
        }
        Ok(())
    }

    /// Writes some objects, durably. Tells whether a folder was made for one of them.
    fn write_share(&self, share: &[Compressed]) -> Result<bool, PathError> {
        share.iter().try_fold(false, |made, object| Ok(self.write(object)? | made))
    }

    fn write(&self, object: &Compressed) -> Result<bool, PathError> {
        // Named as git names its own, so that `git gc` clears what a crash leaves.
        let temporary = self.objects.join(format!("tmp_obj_jci_{}_{}", self.tag, object.id));
        let written = self.write_as(&temporary, object);
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn write_as(&self, temporary: &Path, object: &Compressed) -> Result<bool, PathError> {
        let mut file = File::create(temporary).map_err(PathError::of("create", temporary))?;
        file.write_all(&object.stream).map_err(PathError::of("write", temporary))?;
        read_only(&file).map_err(PathError::of("protect", temporary))?;
        // The content before the name: a name on disk is the promise of a whole object.
        file.sync_all().map_err(PathError::of("sync", temporary))?;
        let path = loose_path(&self.objects, &object.id);
        let folder = path.parent().unwrap_or(&self.objects);
        let made = match fs::create_dir(folder) {
            Ok(()) => true,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(PathError::of("create", folder)(error)),
        };
        fs::rename(temporary, &path).map_err(PathError::of("create", &path))?;
        sync_dir(folder).map_err(PathError::of("sync", folder))?;
        Ok(made)
    }
}

/// Takes away the right to write, as git does: objects never change.
pub(super) fn read_only(file: &File) -> std::io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}
