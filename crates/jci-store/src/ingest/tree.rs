//! Building the trees of a run from its blobs.

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Kind, Tree, WriteTo as _};
use std::os::unix::ffi::OsStrExt as _;

use super::sink::Sink;
use super::walk::Walk;
use crate::object::WriteError;

/// A file that jci itself puts at the root of the run.
pub(crate) struct RootFile {
    pub(crate) name: &'static str,
    pub(crate) id: ObjectId,
}

/// Writes the trees from the leaves up and returns the id of the root.
///
/// `blobs` holds the id of each file of the walk, or `None` where it could not be stored. Folders
/// in which nothing is stored do not appear: git has no empty ones.
pub(crate) fn write_trees(
    sink: &mut Sink,
    walk: &Walk,
    blobs: &[Option<ObjectId>],
    root_files: Vec<RootFile>,
) -> Result<ObjectId, WriteError> {
    let mut children: Vec<Vec<Entry>> = walk.folders.iter().map(|_| Vec::new()).collect();
    children[0] = root_files
        .into_iter()
        .map(|file| entry(EntryKind::Blob, file.name.as_bytes(), file.id))
        .collect();
    // Each folder comes after the one that holds it: backwards, the leaves come first.
    for (index, folder) in walk.folders.iter().enumerate().rev() {
        let mut entries = std::mem::take(&mut children[index]);
        for position in folder.files.clone() {
            let file = &walk.files[position];
            if let Some(id) = blobs[position] {
                entries.push(entry(file.kind, file.name.as_bytes(), id));
            }
        }
        if index == 0 {
            return write_tree(sink, entries);
        }
        if entries.is_empty() {
            continue;
        }
        let id = write_tree(sink, entries)?;
        let name = folder.path.file_name().unwrap_or_default();
        children[folder.parent].push(entry(EntryKind::Tree, name.as_bytes(), id));
    }
    write_tree(sink, Vec::new())
}

fn entry(kind: EntryKind, name: &[u8], oid: ObjectId) -> Entry {
    Entry { mode: kind.into(), filename: BString::from(name), oid }
}

fn write_tree(sink: &mut Sink, mut entries: Vec<Entry>) -> Result<ObjectId, WriteError> {
    entries.sort();
    let mut data = Vec::new();
    // Writing to memory fails only for names that no file can have.
    Tree { entries }.write_to(&mut data).map_err(|error| crate::durable::PathError {
        action: "encode the tree of",
        path: sink.path().to_owned(),
        source: std::io::Error::other(error),
    })?;
    sink.add(Kind::Tree, &data)
}
