//! A disk that runs full.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::{Environment, Finished, TestRepo, require};

/// A file system with little room in the place of a folder.
///
/// Only programs that are started through it see it. It lives in a name space of its own that ends
/// with this value, and also with the process of the test, however that ends.
#[derive(Debug)]
pub struct SmallDisk<'a> {
    environment: &'a Environment,
    keeper: Child,
    nsenter: PathBuf,
}

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
        Self { environment, keeper, nsenter: require("nsenter", "util-linux") }
    }

    /// Prepares a program that sees the small disk.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let mut command = self.environment.command(&self.nsenter, directory);
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
