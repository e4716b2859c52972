//! Listing what a script left, and what of it cannot be stored.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::objs::tree::EntryKind;
use gix::validate::path::component;

use crate::record::LeftOut;
use crate::run::RESERVED_NAMES;

/// Lines of a `.gitattributes` from this length on are an error to `git fsck`.
const ATTRIBUTES_LINE: usize = 2048;
/// A `.gitattributes` larger than this is one, too.
const ATTRIBUTES_SIZE: u64 = 100 << 20;

/// What a folder holds, as it is to be stored.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// The folders; the first is the root, and each comes after the one that holds it.
    pub(crate) folders: Vec<Folder>,
    /// The files, those of one folder next to each other.
    pub(crate) files: Vec<FoundFile>,
    /// What cannot be stored, and why.
    pub(crate) left_out: Vec<LeftOut>,
    /// The size of all files together, in bytes.
    pub(crate) bytes: u64,
}

/// A folder that was found.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) parent: usize,
    pub(crate) files: Range<usize>,
}

/// A file or a symlink that was found.
#[derive(Debug)]
pub(crate) struct FoundFile {
    pub(crate) name: OsString,
    pub(crate) folder: usize,
    pub(crate) kind: EntryKind,
    pub(crate) size: u64,
}

impl Walk {
    /// Finds nothing.
    pub(crate) fn empty() -> Self {
        let root = Folder { path: PathBuf::new(), parent: 0, files: 0..0 };
        Self { folders: vec![root], ..Self::default() }
    }

    /// Returns where a file lies on disk.
    pub(crate) fn path(&self, file: &FoundFile) -> PathBuf {
        self.folders[file.folder].path.join(&file.name)
    }

    /// Returns a path as people know it: from the root of the folder on.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let root = self.folders.first().map_or(Path::new(""), |root| &root.path);
        path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Leaves out all files, for one reason that holds for all of them.
    pub(crate) fn leave_out_everything(&mut self, why: &str) {
        for folder in &mut self.folders {
            folder.files = 0..0;
        }
        let files = self.files.len();
        self.files.clear();
        let path = format!("{files} files of {} bytes", self.bytes);
        self.left_out.push(LeftOut { path, why: why.to_owned() });
        self.bytes = 0;
    }

    fn leave_out(&mut self, path: &Path, why: impl Into<String>) {
        let path = self.shown(path);
        self.left_out.push(LeftOut { path, why: why.into() });
    }
}

/// Lists the folder `root`. A folder that is gone is an empty one, and said to be gone.
pub(crate) fn walk(root: &Path) -> Walk {
    let mut walk = Walk::empty();
    // A script may have put a symlink in its place, which would lead out of it.
    let is_folder = fs::symlink_metadata(root).is_ok_and(|metadata| metadata.is_dir());
    if !is_folder {
        let why = "the folder is gone, or no folder any more";
        walk.left_out.push(LeftOut { path: "$JCI_OUTPUT_DIR".to_owned(), why: why.to_owned() });
        return walk;
    }
    root.clone_into(&mut walk.folders[0].path);
    let mut next = 0;
    while next < walk.folders.len() {
        list(&mut walk, next);
        next += 1;
    }
    walk
}

fn list(walk: &mut Walk, index: usize) {
    let path = walk.folders[index].path.clone();
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) => return walk.leave_out(&path, unreadable(&error)),
    };
    let start = walk.files.len();
    for entry in entries {
        match entry {
            Ok(entry) => look_at(walk, index, &entry),
            Err(error) => walk.leave_out(&path, unreadable(&error)),
        }
    }
    walk.folders[index].files = start..walk.files.len();
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

fn look_at(walk: &mut Walk, folder: usize, entry: &fs::DirEntry) {
    let (path, name) = (entry.path(), entry.file_name());
    if folder == 0 && RESERVED_NAMES.iter().any(|reserved| OsStr::new(reserved) == name) {
        return walk.leave_out(&path, "the name belongs to jci");
    }
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) => return walk.leave_out(&path, unreadable(&error)),
    };
    if let Some(why) = dangerous(&name, &path, metadata.len()) {
        return walk.leave_out(&path, why);
    }
    let kind = metadata.file_type();
    if kind.is_dir() {
        return walk.folders.push(Folder { path, parent: folder, files: 0..0 });
    }
    let executable = metadata.mode() & 0o100 != 0;
    let kind = match entry_kind(kind, executable) {
        Ok(kind) => kind,
        Err(why) => return walk.leave_out(&path, why),
    };
    walk.bytes += metadata.len();
    walk.files.push(FoundFile { name, folder, kind, size: metadata.len() });
}

fn entry_kind(kind: FileType, executable: bool) -> Result<EntryKind, &'static str> {
    if kind.is_symlink() {
        Ok(EntryKind::Link)
    } else if kind.is_file() {
        Ok(if executable { EntryKind::BlobExecutable } else { EntryKind::Blob })
    } else if kind.is_socket() {
        Err("a socket")
    } else if kind.is_fifo() {
        Err("a named pipe")
    } else if kind.is_block_device() || kind.is_char_device() {
        Err("a device")
    } else {
        Err("neither a file nor a folder nor a symlink")
    }
}

/// Tells whether git would take a name for its own, and then refuse the tree that holds it.
fn dangerous(name: &OsStr, path: &Path, size: u64) -> Option<String> {
    let options =
        component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
    let bytes = name.as_bytes().as_bstr();
    match component(bytes, Some(component::Mode::Symlink), options) {
        Err(component::Error::DotGitDir) => return Some("a nested .git".to_owned()),
        Err(component::Error::SymlinkedGitModules) => {
            return Some("git reads a .gitmodules as settings, and may refuse them".to_owned());
        }
        // Backslashes are separators to git on Windows, which looks behind each.
        _ if hides_git(name.as_bytes()) => return Some("a nested .git for Windows".to_owned()),
        _ => {}
    }
    let attributes = name.eq_ignore_ascii_case(".gitattributes");
    (attributes && !attributes_are_sane(path, size))
        .then(|| "git reads .gitattributes, and refuses lines or files of this length".to_owned())
}

fn hides_git(name: &[u8]) -> bool {
    let options =
        component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
    name.split(|byte| *byte == b'\\').skip(1).any(|part| {
        let checked = component(part.as_bstr(), None, options);
        matches!(checked, Err(component::Error::DotGitDir))
    })
}

fn attributes_are_sane(path: &Path, size: u64) -> bool {
    size <= ATTRIBUTES_SIZE
        && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
        && fs::read(path)
            .is_ok_and(|text| text.split(|b| *b == b'\n').all(|line| line.len() < ATTRIBUTES_LINE))
}
