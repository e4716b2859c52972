//! Where the objects of one run go: one pack, or a few loose files.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::hash::Kind as HashKind;
use gix::objs::Kind;

use crate::object::deflate::Deflater;
use crate::object::known::KnownObjects;
use crate::object::loose::LooseBatch;
use crate::object::pack::{PackWriter, PackedObject, remove_half_named};
use crate::object::stream::StreamError;
use crate::object::{WriteError, hash};

/// Up to this many files and folders a run stays loose: above it one pack is quicker and takes less
/// room.
const LOOSE_OBJECTS: usize = 12;
/// Up to this many bytes a run stays loose: such objects are made in memory.
const LOOSE_BYTES: u64 = 1 << 20;

/// Takes objects, drops those that are there already, and makes the rest durable at once.
pub(crate) struct Sink {
    pub(super) known: KnownObjects,
    pub(super) hash: HashKind,
    seen: HashSet<ObjectId>,
    target: Target,
}

enum Target {
    Loose(LooseBatch),
    Pack(Box<PackWriter>, Deflater),
}

impl Sink {
    /// Chooses by the number of the files and folders that will come, and by their size.
    ///
    /// `tag` is part of the names of temporary files, for [`remove_leftovers`].
    pub(crate) fn new(
        objects: &Path,
        hash: HashKind,
        tag: &str,
        (number, bytes): (usize, u64),
    ) -> Result<Self, WriteError> {
        let target = if number <= LOOSE_OBJECTS && bytes <= LOOSE_BYTES {
            Target::Loose(LooseBatch::new(objects.to_owned(), tag))
        } else {
            Target::Pack(Box::new(PackWriter::create(objects, hash, tag)?), Deflater::zlib())
        };
        let known = KnownObjects::open(objects, hash);
        Ok(Self { known, hash, seen: HashSet::new(), target })
    }

    /// Adds an object that is in memory.
    pub(crate) fn add(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, WriteError> {
        let id = hash(self.hash, kind, data)?;
        if !self.is_new(&id) {
            return Ok(id);
        }
        match &mut self.target {
            Target::Loose(batch) => batch.add(id, kind, data),
            Target::Pack(pack, deflater) => {
                pack.append(&PackedObject::new(id, kind, data, deflater))?;
            }
        }
        Ok(id)
    }

    /// Returns what makes packed objects on other threads, or `None` if they are to come loose.
    pub(super) fn packs(&self) -> bool {
        matches!(self.target, Target::Pack(..))
    }

    /// Adds an object that was compressed elsewhere and is not in the repository.
    pub(super) fn add_packed(&mut self, object: &PackedObject) -> Result<(), WriteError> {
        if let Target::Pack(pack, _) = &mut self.target
            && self.seen.insert(object.id)
        {
            pack.append(object)?;
        }
        Ok(())
    }

    /// Adds a blob of any size, read as it goes into the pack.
    pub(super) fn add_stream(
        &mut self,
        source: &mut (dyn Read + Send),
        size: u64,
    ) -> Result<ObjectId, StreamError> {
        match &mut self.target {
            Target::Pack(pack, _) => {
                let (seen, known) = (&mut self.seen, &self.known);
                pack.append_stream(source, size, |id| seen.insert(*id) && !known.contains(id))
            }
            Target::Loose(_) => {
                let mut data = Vec::new();
                (&mut *source).take(size).read_to_end(&mut data).map_err(StreamError::Read)?;
                let found = data.len() as u64;
                if found < size {
                    return Err(StreamError::Shrunk { expected: size, found });
                }
                self.add(Kind::Blob, &data).map_err(|error| match error {
                    WriteError::Path(error) => StreamError::Write(error.source),
                    WriteError::Collision { .. } => StreamError::Collision,
                })
            }
        }
    }

    /// Returns the path to name when a write fails.
    pub(super) fn path(&self) -> &Path {
        match &self.target {
            Target::Loose(batch) => batch.path(),
            Target::Pack(pack, _) => pack.path(),
        }
    }

    /// Gives all objects their names; when this returns they are on disk.
    pub(crate) fn finish(self) -> Result<(), WriteError> {
        match self.target {
            Target::Loose(batch) => batch.finish()?,
            Target::Pack(pack, _) => pack.finish()?,
        }
        Ok(())
    }

    fn is_new(&mut self, id: &ObjectId) -> bool {
        self.seen.insert(*id) && !self.known.contains(id)
    }
}

/// Removes the temporary files of a writer that died, by the tag it was made with.
pub(crate) fn remove_leftovers(objects: &Path, hash: HashKind, tag: &str) {
    for folder in writing_folders(objects) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("tmp_") && name.contains(tag) {
                // What cannot be removed now is removed by `git gc` in two weeks.
                let _ = remove_half_named(&entry.path(), hash);
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Returns the folders that hold temporary files: those of loose objects and that of packs.
fn writing_folders(objects: &Path) -> impl Iterator<Item = PathBuf> {
    let loose = (0..=u8::MAX).map(|byte| format!("{byte:02x}"));
    loose.chain(["pack".to_owned()]).map(|name| objects.join(name))
}
