//! The folder where it all happens, and the repositories in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchError;
use crate::files;
use crate::process;
use crate::workspace;

/// The folder of a benchmark, with what all workloads need.
pub(super) struct Place {
    folder: PathBuf,
}

impl Place {
    /// Prepares a folder; data that an earlier benchmark left in it are used again.
    pub(super) fn prepare(folder: PathBuf) -> Result<Self, BenchError> {
        let place = Self { folder };
        files::make_folder(&place.path("data"))?;
        files::make_empty_folder(&place.path("home"))?;
        let template = place.path("template");
        files::make_empty_folder(&template)?;
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            // Nothing in the background that one side would pay for and the other would not.
            &["config", "gc.auto", "0"],
            &["config", "maintenance.auto", "false"],
            &["commit", "--quiet", "--allow-empty", "--message=first"],
        ] {
            process::run(place.command("git", &template).args(arguments))?;
        }
        Ok(place)
    }

    /// Returns a path inside the folder.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    /// Makes a repository with one empty commit that no sample has touched.
    pub(super) fn fresh_repository(&self, name: &str) -> Result<PathBuf, BenchError> {
        self.copy("template", name)
    }

    /// Copies a folder with all that `stat` tells about its files.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<PathBuf, BenchError> {
        let path = self.path(to);
        files::remove_folder(&path)?;
        let mut copy = Command::new("cp");
        copy.arg("--archive").arg(self.path(from)).arg(&path);
        process::run(&mut copy)?;
        Ok(path)
    }

    /// Prepares a program that sees neither the user's configuration nor their home.
    pub(super) fn command(&self, program: impl AsRef<Path>, directory: &Path) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", path_with_git_jci())
            .env("HOME", self.path("home"))
            .env("LC_ALL", "C.UTF-8")
            .envs(OWN_GIT)
            .current_dir(directory);
        command
    }
}

/// What makes git the same for everybody, whoever runs the benchmark.
pub(super) const OWN_GIT: [(&str, &str); 6] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "bench"),
    ("GIT_AUTHOR_EMAIL", "bench@localhost"),
    ("GIT_COMMITTER_NAME", "bench"),
    ("GIT_COMMITTER_EMAIL", "bench@localhost"),
];

/// Where cargo puts what it builds for a release.
pub(super) fn release_folder() -> PathBuf {
    workspace::target().join("release")
}

fn path_with_git_jci() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(release_folder()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}
