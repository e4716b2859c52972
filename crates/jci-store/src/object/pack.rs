//! Many objects: one pack, written straight to where git looks for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;

use gix::ObjectId;
use gix::hash::{Kind as HashKind, hasher};
use gix::objs::Kind;
use gix::odb::pack::data::{Version, entry, header};
use zlib_rs::crc32::crc32;

use super::deflate::Deflater;
use super::loose::read_only;
use super::pack_index::{self, IndexEntry};
use super::stream::{StreamError, compress_blob};
use crate::beside::Beside;
use crate::durable::{PathError, sync_dir};

/// How much is written to or read from the pack at a time.
const BUFFER: usize = 256 * 1024;

/// An object as it stands in a pack, ready to be appended.
pub(crate) struct PackedObject {
    pub(crate) id: ObjectId,
    bytes: Vec<u8>,
    crc32: u32,
}

impl PackedObject {
    /// Compresses an object that is in memory.
    pub(crate) fn new(id: ObjectId, kind: Kind, data: &[u8], deflater: &mut Deflater) -> Self {
        let mut bytes = entry_header(kind, data.len() as u64);
        deflater.whole(data, &mut bytes);
        let crc32 = crc32(0, &bytes);
        Self { id, bytes, crc32 }
    }
}

fn entry_header(kind: Kind, size: u64) -> Vec<u8> {
    let header = match kind {
        Kind::Blob => entry::Header::Blob,
        Kind::Tree => entry::Header::Tree,
        Kind::Commit => entry::Header::Commit,
        Kind::Tag => entry::Header::Tag,
    };
    let mut bytes = Vec::new();
    // A vector takes whatever is written to it.
    let _ = header.write_to(size, &mut bytes);
    bytes
}

/// A pack being written under a temporary name; dropped before its end, it leaves nothing.
pub(crate) struct PackWriter {
    folder: PathBuf,
    path: PathBuf,
    file: BufWriter<File>,
    hash: HashKind,
    offset: u64,
    entries: Vec<IndexEntry>,
    named: bool,
}

impl PackWriter {
    /// Begins a pack in the object folder `objects`; `tag` becomes part of the temporary name.
    pub(crate) fn create(objects: &Path, hash: HashKind, tag: &str) -> Result<Self, PathError> {
        let folder = objects.join("pack");
        fs::create_dir_all(&folder).map_err(PathError::of("create", &folder))?;
        // Named as git names its own, so that `git gc` clears what a crash leaves.
        let unique = format!("tmp_pack_jci_{tag}_{:08x}", fastrand::u32(..));
        let path = folder.join(unique);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(PathError::of("create", &path))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        let mut pack =
            Self { folder, path, file, hash, offset: 0, entries: Vec::new(), named: false };
        // The number of objects is put in at the end.
        pack.write(&header::encode(Version::V2, 0))?;
        Ok(pack)
    }

    /// Appends an object; the caller sees to it that none comes twice.
    pub(crate) fn append(&mut self, object: &PackedObject) -> Result<(), PathError> {
        let entry = IndexEntry { id: object.id, crc32: object.crc32, offset: self.offset };
        self.write(&object.bytes)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Compresses `size` bytes from `source` into the pack.
    ///
    /// `wanted` is asked once the id is known; if it says no, the pack is as it was before. So it
    /// is after an error, unless the pack itself could not be written.
    pub(crate) fn append_stream(
        &mut self,
        source: &mut (dyn Read + Send),
        size: u64,
        wanted: impl FnOnce(&ObjectId) -> bool,
    ) -> Result<ObjectId, StreamError> {
        let start = self.offset;
        let header = entry_header(Kind::Blob, size);
        let mut crc = crc32(0, &header);
        self.write_io(&header).map_err(StreamError::Write)?;
        let hash = self.hash;
        let result = compress_blob(source, size, hash, &mut |piece| {
            crc = crc32(crc, piece);
            self.write_io(piece)
        });
        match result {
            Ok(id) if wanted(&id) => {
                self.entries.push(IndexEntry { id, crc32: crc, offset: start });
                Ok(id)
            }
            Ok(id) => self.truncate(start).map(|()| id).map_err(StreamError::Write),
            Err(StreamError::Write(error)) => Err(StreamError::Write(error)),
            Err(error) => self.truncate(start).map_err(StreamError::Write).and(Err(error)),
        }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(length))?;
        self.file.get_ref().set_len(length)?;
        self.offset = length;
        Ok(())
    }

    fn write_io(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), PathError> {
        self.write_io(bytes).map_err(PathError::of("write", &self.path))
    }

    /// Returns the path of the pack, for errors that callers report.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Completes the pack and its index and gives them their names; then both are on disk.
    pub(crate) fn finish(mut self) -> Result<(), PathError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let checksum = self.complete().map_err(PathError::of("write", &self.path))?;
        let name = self.folder.join(format!("pack-{checksum}"));
        let temporary_index = self.path.with_extension("idx");
        self.write_index(&temporary_index, &checksum)
            .inspect_err(|_| drop(fs::remove_file(&temporary_index)))
            .map_err(PathError::of("write", &temporary_index))?;
        // git looks for the index and then expects its pack.
        let pack = name.with_extension("pack");
        fs::rename(&self.path, &pack).map_err(PathError::of("create", &pack))?;
        self.named = true;
        let index = name.with_extension("idx");
        fs::rename(&temporary_index, &index).map_err(PathError::of("create", &index))?;
        sync_dir(&self.folder).map_err(PathError::of("sync", &self.folder))
    }

    /// Puts in the number of objects and the checksum, and waits for the disk.
    fn complete(&mut self) -> io::Result<ObjectId> {
        self.file.flush()?;
        let count = u32::try_from(self.entries.len()).map_err(io::Error::other)?;
        let mut file = self.file.get_ref();
        file.rewind()?;
        file.write_all(&header::encode(Version::V2, count))?;
        file.rewind()?;
        let checksum = thread::scope(|scope| {
            // What is there goes to the disk while it is read once more.
            let ahead = Beside::start(scope, || file.sync_data());
            let checksum = checksum(file, self.hash)?;
            ahead.join()?;
            Ok::<_, io::Error>(checksum)
        })?;
        file.write_all(checksum.as_slice())?;
        read_only(file)?;
        file.sync_all()?;
        Ok(checksum)
    }

    fn write_index(&mut self, path: &Path, checksum: &ObjectId) -> io::Result<()> {
        let file = File::create(path)?;
        let out = BufWriter::with_capacity(BUFFER, &file);
        pack_index::write(out, &mut self.entries, checksum, self.hash)?;
        read_only(&file)?;
        file.sync_all()
    }
}

/// Reads a pack once more because the number of its objects, which comes first, is known last. This
/// is from memory mostly.
fn checksum(mut pack: &File, hash: HashKind) -> io::Result<ObjectId> {
    let mut hasher = hasher(hash);
    let mut buffer = vec![0; BUFFER];
    loop {
        match pack.read(&mut buffer)? {
            0 => return hasher.try_finalize().map_err(io::Error::other),
            read => hasher.update(&buffer[..read]),
        }
    }
}

impl Drop for PackWriter {
    fn drop(&mut self) {
        if !self.named {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the pack that has its name already, where its index still has its temporary one: its
/// writer died in between, and nobody else would ever look for it.
pub(crate) fn remove_half_named(temporary_index: &Path, hash: HashKind) -> io::Result<()> {
    if temporary_index.extension().is_none_or(|kind| kind != "idx") {
        return Ok(());
    }
    // At its end an index names its pack, and then itself.
    let length = hash.len_in_bytes();
    let mut index = File::open(temporary_index)?;
    let mut checksum = vec![0; length];
    let start = index.metadata()?.len().saturating_sub(2 * length as u64);
    index.seek(SeekFrom::Start(start))?;
    index.read_exact(&mut checksum)?;
    let checksum = ObjectId::from_bytes_or_panic(&checksum);
    let pack = temporary_index.with_file_name(format!("pack-{checksum}.pack"));
    if pack.with_extension("idx").exists() { Ok(()) } else { fs::remove_file(pack) }
}
