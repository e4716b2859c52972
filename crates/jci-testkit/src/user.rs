//! Programs of a user without special rights.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Finished, TestRepo, require};

/// The user and group `nobody`, by number: not every system has the name.
pub(crate) const NOBODY: u32 = 65534;

/// Runs programs as a user to whom permissions apply, in a repository that is theirs.
///
/// Root reads and writes whatever it wants, and tests often run as root; where they do not, the
/// user of the test will do.
#[derive(Debug)]
pub struct OrdinaryUser<'a> {
    repo: &'a TestRepo,
    setpriv: Option<PathBuf>,
}

impl<'a> OrdinaryUser<'a> {
    /// Gives the whole world of the repository to the user.
    ///
    /// # Panics
    /// If it cannot be given away.
    #[must_use]
    pub fn of(repo: &'a TestRepo) -> Self {
        let setpriv = is_root().then(|| require("setpriv", "util-linux"));
        if setpriv.is_some() {
            let world = repo.environment.path("");
            give(&world);
            fs::set_permissions(world, Permissions::from_mode(0o755)).expect("it is ours");
        }
        Self { repo, setpriv }
    }

    /// Copies a program to where the user can reach it: what cargo builds may lie in root's home.
    ///
    /// # Panics
    /// If it cannot be copied.
    #[must_use]
    pub fn copy_of(&self, program: &Path) -> PathBuf {
        let copy = self.repo.environment.path("bin").join(program.file_name().expect("a file"));
        let arguments = [program, &copy];
        // By `cp`, for the reason that `write_program` has.
        let _ = self.repo.environment.run("cp", &arguments, self.repo.path()).success();
        copy
    }

    /// Prepares a program of this user.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let Some(setpriv) = &self.setpriv else {
            return self.repo.environment.command(program, directory);
        };
        let mut command = self.repo.environment.command(setpriv, directory);
        command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
        command.args(["--clear-groups", "--inh-caps=-all", "--"]).arg(program);
        command
    }

    /// Runs a program of this user to its end, at the root of the work tree.
    pub fn run<S: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: &[S]) -> Finished {
        Finished::of(self.command(program, self.repo.path()).args(arguments))
    }
}

/// Tells whether the test runs as a user whom no permission stops.
pub(crate) fn is_root() -> bool {
    // Whoever may give a file of theirs away is root; asking so needs no system call of our own.
    let probe = tempfile::NamedTempFile::new().expect("a file can be made");
    chown(probe.path(), Some(NOBODY), None).is_ok()
}

fn give(path: &Path) {
    lchown(path, Some(NOBODY), Some(NOBODY)).expect("root gives files away");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).expect("root reads all").filter_map(Result::ok) {
            give(&entry.path());
        }
    }
}
