//! A folder that files are written to, and nothing outside of it.
//!
//! Every step from the folder down opens one name in the folder before it and refuses a symlink,
//! so that no symlink leads out, whether the run brought it or it was there before, or appears
//! while we write.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jci_store::RunFile;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::error::CommandError;
use crate::format;

/// So many files that are there already are named.
const NAMED: usize = 5;
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The folder, and the folder in it that was written to last.
pub(super) struct Target {
    root: OwnedFd,
    path: PathBuf,
    force: bool,
    current: (Vec<u8>, OwnedFd),
    /// How many files were begun, for the names they have until they are whole.
    begun: u64,
}

impl Target {
    /// Opens the folder, which is made if it is not there.
    pub(super) fn open(path: PathBuf, force: bool) -> Result<Self, CommandError> {
        let opened = fs::create_dir_all(&path).and_then(|()| {
            // The folder itself is the caller's choice and may be a symlink.
            let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
            let root = rustix::fs::openat(CWD, &path, flags, Mode::empty())?;
            Ok((root.try_clone()?, root))
        });
        let (root, current) = opened.map_err(|error| {
            CommandError::failed(format!("failed to open the folder {}", path.display()))
                .because(error)
                .hint("give -o a folder that you may write to")
        })?;
        Ok(Self { root, path, force, current: (Vec::new(), current), begun: 0 })
    }

    /// Refuses to begin where a file would have to be replaced, unless that is wanted.
    pub(super) fn check_that_all_are_free(&self, files: &[RunFile]) -> Result<(), CommandError> {
        if self.force {
            return Ok(());
        }
        let is_there = |file: &&RunFile| {
            let path = OsStr::from_bytes(&file.path);
            rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW).is_ok()
        };
        let there: Vec<_> = files.iter().filter(is_there).collect();
        if there.is_empty() {
            return Ok(());
        }
        let mut names: Vec<_> =
            there.iter().take(NAMED).map(|file| format::path(&file.path)).collect();
        if there.len() > NAMED {
            names.push("…".to_owned());
        }
        let number = format::count(there.len(), "file");
        let verb = if there.len() == 1 { "is" } else { "are" };
        let place = self.path.display();
        let message = format!("{number} {verb} in {place} already: {}", names.join(", "));
        Err(CommandError::not_possible(message)
            .hint("add `--force` to replace what is there, or give `-o` another folder"))
    }

    /// Writes a file, which appears under its name once it is whole.
    pub(super) fn write_file(
        &mut self,
        path: &[u8],
        executable: bool,
        fill: impl FnOnce(File) -> Result<u64, CommandError>,
    ) -> Result<(), CommandError> {
        let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
        let temporary = self.enter(path)?;
        let made = rustix::fs::openat(&self.current.1, &temporary, NEW_FILE, mode)
            .map_err(|error| not_written(&self.path, path, error.into()))
            .and_then(|file| fill(file.into()));
        self.put_in_place(&temporary, path, made.map(drop))
    }

    /// Writes a symlink, wherever it points.
    pub(super) fn write_symlink(
        &mut self,
        path: &[u8],
        points_to: &[u8],
    ) -> Result<(), CommandError> {
        let temporary = self.enter(path)?;
        let points_to = OsStr::from_bytes(points_to);
        let made = rustix::fs::symlinkat(points_to, &self.current.1, &temporary)
            .map_err(|error| not_written(&self.path, path, error.into()));
        self.put_in_place(&temporary, path, made)
    }

    /// Opens the folder of a file, making it if need be, and returns a name for the file to have
    /// there until it is whole.
    fn enter(&mut self, path: &[u8]) -> Result<String, CommandError> {
        let (folder, _) = split(path);
        if self.current.0 != folder {
            self.current = (folder.to_owned(), self.descend(folder)?);
        }
        self.begun += 1;
        Ok(format!(".jci-get-{}-{}", std::process::id(), self.begun))
    }

    /// Gives what was made its name, or removes it if it was not made whole.
    fn put_in_place(
        &self,
        temporary: &str,
        path: &[u8],
        made: Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let (_, name) = split(path);
        let folder = &self.current.1;
        let named = made.and_then(|()| {
            rename(folder, temporary, OsStr::from_bytes(name), self.force)
                .map_err(|error| not_written(&self.path, path, error.into()))
        });
        if named.is_err() {
            // It may not have come to be.
            let _ = rustix::fs::unlinkat(folder, temporary, AtFlags::empty());
        }
        named
    }

    /// Goes down from the root; `folder` is empty or ends in a slash.
    fn descend(&self, folder: &[u8]) -> Result<OwnedFd, CommandError> {
        let mut open = self.root.try_clone().map_err(|error| {
            CommandError::failed(format!("failed to open {}", self.path.display())).because(error)
        })?;
        let mut begin = 0;
        for (slash, _) in folder.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let name = OsStr::from_bytes(&folder[begin..slash]);
            open = open_folder(&open, name)
                .map_err(|error| not_a_folder(&self.path, &folder[..slash], error))?;
            begin = slash + 1;
        }
        Ok(open)
    }
}

/// Splits a path into its folder, which is empty or ends in a slash, and its name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    path.split_at(slash.map_or(0, |slash| slash + 1))
}

fn open_folder(parent: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => rustix::fs::openat(parent, name, FOLDER, Mode::empty()),
        Err(error) => Err(error),
    }
}

fn rename(folder: &OwnedFd, from: &str, to: &OsStr, force: bool) -> Result<(), Errno> {
    if force {
        return rustix::fs::renameat(folder, from, folder, to);
    }
    match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        // Some file systems cannot promise it; that the name was free was checked before.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            rustix::fs::renameat(folder, from, folder, to)
        }
        result => result,
    }
}

fn not_a_folder(root: &Path, path: &[u8], error: Errno) -> CommandError {
    let path = shown(root, path);
    match error {
        // What the systems say of a symlink that is not to be followed.
        Errno::NOTDIR | Errno::LOOP | Errno::MLINK => CommandError::not_possible(format!(
            "{path} is there and is no folder; symlinks are not followed"
        ))
        .hint("remove it, or give `-o` another folder"),
        error => CommandError::failed(format!("failed to make the folder {path}"))
            .because(io::Error::from(error)),
    }
}

/// Says that a file could not be written below `root`.
pub(super) fn not_written(root: &Path, path: &[u8], error: io::Error) -> CommandError {
    let path = shown(root, path);
    match error.kind() {
        io::ErrorKind::IsADirectory => {
            CommandError::not_possible(format!("{path} is there and is a folder"))
                .hint("remove it, or give `-o` another folder")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            CommandError::failed(format!("failed to write {path}"))
                .because(error)
                .hint("make room on the disk, then add `--force` to write all files again")
        }
        _ => CommandError::failed(format!("failed to write {path}")).because(error),
    }
}

fn shown(root: &Path, path: &[u8]) -> String {
    format!("{}/{}", root.display(), format::path(path))
}
