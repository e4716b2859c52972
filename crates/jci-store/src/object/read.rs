//! Reading blobs as streams, whatever their size.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use gix::ObjectId;
use gix::odb::pack::{data, index};
use gix::prelude::HeaderExt;
use zlib_rs::{Inflate, InflateFlush, Status};

use super::known::loose_path;
use crate::git::{GitError, git};

/// Blobs up to this size are read whole.
const SMALL: u64 = 1 << 20;

/// The content of one file of a run, read as it is asked for.
pub struct FileReader {
    size: u64,
    source: Source,
}

enum Source {
    Memory(Cursor<Vec<u8>>),
    Inflating(Box<InflateReader>),
    Git(GitReader),
}

impl FileReader {
    /// Returns the size of the whole file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Tells whether the content is read from the disk as it is asked for, so that a reader which
    /// is put aside costs little; otherwise it is in memory, or another process holds it ready.
    #[must_use]
    pub fn is_frugal(&self) -> bool {
        matches!(self.source, Source::Inflating(_))
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Memory(memory) => memory.read(buffer),
            Source::Inflating(stream) => stream.read(buffer),
            Source::Git(child) => child.read(buffer),
        }
    }
}

impl std::fmt::Debug for FileReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReader").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Opens a blob for reading.
pub(crate) fn open_blob(
    repo: &gix::Repository,
    objects: &Path,
    id: ObjectId,
) -> Result<FileReader, ReadError> {
    let missing = |source: Box<dyn std::error::Error + Send + Sync>| ReadError::Object {
        id: id.to_string(),
        source,
    };
    let header = repo.objects.header(id).map_err(|error| missing(error.into()))?;
    let size = header.size();
    let source = if size <= SMALL {
        let object = repo.find_object(id).map_err(|error| missing(error.into()))?;
        Source::Memory(Cursor::new(object.detach().data))
    } else if let Some(stream) =
        open_inflating(objects, id, repo.object_hash()).map_err(|error| missing(error.into()))?
    {
        Source::Inflating(Box::new(stream))
    } else {
        // Kept as a difference to another object, which needs both in memory: git's, not ours.
        Source::Git(GitReader::start(repo, id)?)
    };
    Ok(FileReader { size, source })
}

/// Finds an object that is kept whole: loose, or in a pack without a base.
fn open_inflating(
    objects: &Path,
    id: ObjectId,
    hash: gix::hash::Kind,
) -> io::Result<Option<InflateReader>> {
    let borrowed = gix::odb::alternate::resolve(objects.to_owned(), objects).unwrap_or_default();
    for folder in std::iter::once(objects.to_owned()).chain(borrowed) {
        if let Ok(file) = File::open(loose_path(&folder, &id)) {
            return InflateReader::loose(file).map(Some);
        }
        for path in indexes(&folder) {
            let Ok(index) = index::File::at(&path, hash) else {
                continue;
            };
            let Some(position) = index.lookup(id) else {
                continue;
            };
            // Folded into another pack at this moment: git will find it there.
            let Ok(pack) = File::open(path.with_extension("pack")) else { continue };
            let mut pack = BufReader::new(pack);
            let offset = index.pack_offset_at_index(position);
            pack.seek(SeekFrom::Start(offset))?;
            let entry = data::Entry::from_read(&mut pack, offset, hash.len_in_bytes())?;
            return Ok(entry.header.is_base().then(|| InflateReader::new(pack)));
        }
    }
    Ok(None)
}

fn indexes(objects: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = std::fs::read_dir(objects.join("pack")).into_iter().flatten();
    let paths = folder.filter_map(Result::ok).map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "idx"))
}

/// Reads one zlib stream out of a file.
struct InflateReader {
    file: BufReader<File>,
    inflate: Inflate,
    ended: bool,
}

impl InflateReader {
    fn new(file: BufReader<File>) -> Self {
        let window_bits = 15;
        Self { file, inflate: Inflate::new(true, window_bits), ended: false }
    }

    /// Skips the header of a loose object, `blob <size>` and a zero byte.
    fn loose(file: File) -> io::Result<Self> {
        let mut stream = Self::new(BufReader::new(file));
        let mut byte = [1];
        while byte != [0] {
            stream.read_exact(&mut byte)?;
        }
        Ok(stream)
    }
}

impl Read for InflateReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let input = self.file.fill_buf()?;
            let at_end = input.is_empty();
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(input, buffer, InflateFlush::NoFlush);
            self.file.consume((self.inflate.total_in() - read) as usize);
            let written = (self.inflate.total_out() - written) as usize;
            match status {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if at_end && written == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) => return Err(io::Error::other(error.as_str())),
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// Reads what `git cat-file` prints; ends it when dropped.
struct GitReader {
    child: Child,
    stdout: ChildStdout,
}

impl GitReader {
    fn start(repo: &gix::Repository, id: ObjectId) -> Result<Self, GitError> {
        let mut command = git(repo.common_dir());
        command.args(["cat-file", "blob", &id.to_string()]);
        let failed =
            |source| GitError::Start { command: format!("git cat-file blob {id}"), source };
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
        let stdout = child.stdout.take();
        let stdout = stdout.ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { child, stdout })
    }
}

impl Read for GitReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stdout.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.child.wait()?.success() {
            return Err(io::Error::other("git cat-file failed"));
        }
        Ok(read)
    }
}

impl Drop for GitReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The object is missing or damaged.
    #[error("could not read the object {id}")]
    Object {
        /// The id of the object.
        id: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The object is not what a run is made of.
    #[error("expected {expected}, found {found} at {run}{}{path}", if .path.is_empty() { "" } else { ":" })]
    Unexpected {
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
        /// Where in the run; empty for the run itself.
        path: String,
        /// The ref of the run.
        run: String,
    },
    /// git, which was asked for it, failed.
    #[error(transparent)]
    Git(#[from] GitError),
}
