//! A disk that runs full.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::{Finished, TestRepo, require};

/// A file system with little room in the place of a folder.
///
/// Only programs that are started through it see it. It lives in a name space of its own that ends
/// with this value, and also with the process of the test, however that ends.
#[derive(Debug)]
pub struct SmallDisk<'a> {
    repo: &'a TestRepo,
    keeper: Child,
    nsenter: PathBuf,
}

/// The file that takes the room of the disk; where git does not look.
const BALLAST: &str = ".git/ballast";
/// By so many bytes a tmpfs gives room.
const PAGE: usize = 4096;

/// Mounts, moves the copy over the folder, and stays until its standard input is closed.
const KEEPER: &str = r#"
set -e
mkdir "$1.small"
mount -t tmpfs -o "size=$2" tmpfs "$1.small"
cp -a "$1/." "$1.small/"
mount --move "$1.small" "$1"
echo mounted
read -r _ || true
"#;

impl<'a> SmallDisk<'a> {
    /// Puts the repository on a disk of this many bytes, with all that it holds.
    ///
    /// # Panics
    /// If this user may not mount: the tests of a full disk need root.
    #[must_use]
    pub fn under(repo: &'a TestRepo, bytes: u64) -> Self {
        let environment = &repo.environment;
        let mut command = environment.command(require("unshare", "util-linux"), repo.path());
        command.args(["--mount", "--", "sh", "-c", KEEPER, "sh"]);
        command.arg(repo.path()).arg(bytes.to_string());
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare can be started");
        let mut said = String::new();
        let stdout = keeper.stdout.take().expect("standard output is a pipe");
        let _ = BufReader::new(stdout).read_line(&mut said);
        assert_eq!(said, "mounted\n", "a small disk cannot be mounted here: run the tests as root");
        Self { repo, keeper, nsenter: require("nsenter", "util-linux") }
    }

    /// Prepares a program that sees the small disk.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let mut command = self.repo.environment.command(&self.nsenter, Path::new("/"));
        command.arg(format!("--mount=/proc/{}/ns/mnt", self.keeper.id()));
        // The folder is entered inside: outside it is another one of the same name.
        command.args(["--", "sh", "-c", r#"cd "$0" && exec "$@""#]).arg(directory).arg(program);
        command
    }

    /// Runs a program that sees the small disk to its end.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[S],
        directory: &Path,
    ) -> Finished {
        Finished::of(self.command(program, directory).args(arguments))
    }

    /// Takes all room but so many pages of 4 KiB.
    ///
    /// # Panics
    /// If there was less than that.
    pub fn leave(&self, pages: u64) {
        self.make_room();
        let mut ballast = File::create(self.ballast()).expect("an empty file takes no room");
        let mut size = 0;
        let full = loop {
            match ballast.write(&[0; PAGE]) {
                Ok(written) => size += written as u64,
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        let size = size.checked_sub(pages * PAGE as u64).expect("the disk is larger than that");
        ballast.set_len(size).expect("a file can be made smaller");
    }

    /// Gives back the room that [`SmallDisk::leave`] took.
    pub fn make_room(&self) {
        // Making it smaller needs no room, even where removing a name does.
        if let Ok(ballast) = OpenOptions::new().write(true).open(self.ballast()) {
            ballast.set_len(0).expect("a file can be made smaller");
        }
    }

    fn ballast(&self) -> PathBuf {
        self.outside(&self.repo.path().join(BALLAST))
    }

    /// Lists what must not be on the disk once no run goes on, as [`TestRepo::remains`] does.
    #[must_use]
    pub fn remains(&self) -> Vec<String> {
        let mut found = self.repo.files_left_below(&self.outside(self.repo.path()));
        let own = format!("process /proc/{}:", self.keeper.id());
        let processes = self.repo.environment.processes();
        found.extend(processes.into_iter().filter(|process| !process.starts_with(&own)));
        found
    }

    /// Returns the path by which the test itself reaches a path on the small disk.
    #[must_use]
    pub fn outside(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
