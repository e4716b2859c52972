//! Reading what is in a run.

use std::io::Read as _;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::tree::EntryKind;
use gix::prelude::HeaderExt as _;

use super::{LOG, RECORD, RunEntry, STATUS, TIMING};
use crate::object::read::{FileReader, ReadError, open_blob};
use crate::record::{RunRecord, Status};
use crate::{RunName, Store, TimingReader};

/// Records and statuses are read whole up to this size; what is larger is none.
const SMALL_FILE: u64 = 16 << 20;

/// A run, ready to be read.
pub struct Run<'store> {
    store: &'store Store,
    repo: gix::Repository,
    entry: RunEntry,
    tree: ObjectId,
}

/// What kind of thing a path in a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    Regular,
    /// A file that can be run.
    Executable,
    /// A symlink; its content is where it points.
    Symlink,
}

/// A file in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFile {
    /// The path from the root of the run, with `/` between names; bytes, not text.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: FileKind,
    pub(crate) object: ObjectId,
}

impl RunFile {
    /// The path of the log.
    pub const LOG: &'static str = LOG;
    /// The path of the times of the log, as a [`TimingReader`] reads them.
    pub const TIMING: &'static str = TIMING;

    /// Returns the path as text, bytes that are not UTF-8 shown as marks.
    #[must_use]
    pub fn display_path(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// Returns the id of the content, equal for equal content.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.object.to_string()
    }
}

impl<'store> Run<'store> {
    /// Opens a run that was listed.
    pub fn open(store: &'store Store, entry: &RunEntry) -> Result<Self, ReadError> {
        let repo = store.local();
        let failed =
            |error: gix::Error| ReadError::Object { id: entry.object_id(), source: error.into() };
        let object = repo.find_object(entry.object).map_err(failed)?;
        let tree = object
            .peel_to_tree()
            .map_err(|_| unexpected("a commit", "another object", "", entry))?
            .id;
        Ok(Self { store, repo, entry: *entry, tree })
    }

    /// Returns the name of the run.
    #[must_use]
    pub fn name(&self) -> RunName {
        self.entry.name
    }

    /// Lists all files of the run, sorted as git sorts them. Reads trees, no contents.
    pub fn files(&self) -> Result<Vec<RunFile>, ReadError> {
        let mut files = Vec::new();
        let mut trees = vec![(Vec::new(), self.tree)];
        while let Some((prefix, tree)) = trees.pop() {
            let object = self.repo.find_object(tree).map_err(|error| missing(tree, error))?;
            let tree = object.into_tree();
            for item in tree.iter() {
                let item = item.map_err(|error| missing(tree.id, error))?;
                let mut path: Vec<u8> = prefix.clone();
                path.extend_from_slice(item.filename());
                match file_kind(item.mode().kind()) {
                    Some(kind) => files.push(RunFile { path, kind, object: item.object_id() }),
                    None if item.mode().is_tree() => {
                        path.push(b'/');
                        trees.push((path, item.object_id()));
                    }
                    None => {}
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Finds one file by its path, with `/` between names; `None` if there is no such file.
    pub fn find(&self, path: &[u8]) -> Result<Option<RunFile>, ReadError> {
        let mut tree = self.tree;
        let mut names = path.split_str("/").peekable();
        while let Some(name) = names.next() {
            let object = self.repo.find_object(tree).map_err(|error| missing(tree, error))?;
            let folder = object.into_tree();
            let found = folder.iter().filter_map(Result::ok).find(|item| item.filename() == name);
            let Some(item) = found else { return Ok(None) };
            if names.peek().is_some() && item.mode().is_tree() {
                tree = item.object_id();
            } else if names.peek().is_none() {
                let object = item.object_id();
                let path = BString::from(path).into();
                let kind = file_kind(item.mode().kind());
                return Ok(kind.map(|kind| RunFile { path, kind, object }));
            } else {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Returns the size of a file in bytes, without reading its content.
    pub fn size(&self, file: &RunFile) -> Result<u64, ReadError> {
        let header = self.repo.objects.header(file.object);
        Ok(header.map_err(|error| missing(file.object, error))?.size())
    }

    /// Opens a file of the run as a stream.
    pub fn read(&self, file: &RunFile) -> Result<FileReader, ReadError> {
        open_blob(&self.repo, &self.store.objects_dir(), file.object)
    }

    /// Opens the log; `None` if the run has none.
    pub fn log(&self) -> Result<Option<FileReader>, ReadError> {
        self.find(LOG.as_bytes())?.map(|file| self.read(&file)).transpose()
    }

    /// Reads when each piece of the log came; `None` if that was not recorded.
    pub fn timing(
        &self,
    ) -> Result<Option<TimingReader<std::io::BufReader<FileReader>>>, ReadError> {
        let Some(file) = self.find(TIMING.as_bytes())? else {
            return Ok(None);
        };
        let reader = std::io::BufReader::new(self.read(&file)?);
        Ok(TimingReader::new(reader).ok())
    }

    /// Reads the status of the run from its `status.txt`.
    pub fn status(&self) -> Result<Status, ReadError> {
        let text = self.small_file(STATUS)?;
        let found = text.as_deref().unwrap_or("nothing");
        Status::parse(found)
            .ok_or_else(|| unexpected("ok, err or running", found.trim(), STATUS, &self.entry))
    }

    /// Reads what is known of the run; `None` for runs of the original tool, which wrote less.
    pub fn record(&self) -> Result<Option<RunRecord>, ReadError> {
        let Some(text) = self.small_file(RECORD)? else {
            return Ok(None);
        };
        let record = serde_json::from_str(&text).map_err(|error| {
            unexpected("a record of schema jci.run/1", &error.to_string(), RECORD, &self.entry)
        })?;
        Ok(Some(record))
    }

    fn small_file(&self, name: &'static str) -> Result<Option<String>, ReadError> {
        let Some(file) = self.find(name.as_bytes())? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let reader = self.read(&file)?;
        reader
            .take(SMALL_FILE)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::Object { id: file.object_id(), source: error.into() })?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("name", &self.entry.name).finish_non_exhaustive()
    }
}

fn file_kind(kind: EntryKind) -> Option<FileKind> {
    match kind {
        EntryKind::Blob => Some(FileKind::Regular),
        EntryKind::BlobExecutable => Some(FileKind::Executable),
        EntryKind::Link => Some(FileKind::Symlink),
        EntryKind::Tree | EntryKind::Commit => None,
    }
}

fn missing(id: ObjectId, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::Object { id: id.to_string(), source: error.into() }
}

pub(super) fn unexpected(
    expected: &'static str,
    found: &str,
    path: &str,
    entry: &RunEntry,
) -> ReadError {
    ReadError::Unexpected {
        expected,
        found: found.to_owned(),
        path: path.to_owned(),
        run: entry.name.ref_name(),
    }
}
