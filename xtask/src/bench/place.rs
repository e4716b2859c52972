//! The folder where it all happens, and the repositories in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::BenchError;
use super::disk::Footprint;
use crate::files::{self, At};
use crate::process;
use crate::workspace;

/// A repository with one empty commit.
const TEMPLATE: &str = "template";

/// A folder that costs more bytes and fewer inodes than this is removed once it has served.
const WORTH_REMOVING: Footprint = Footprint { bytes: 32 << 20, inodes: 1000 };

/// The folder of a benchmark, with what all workloads need.
///
/// Folders of many files are set aside while it goes on, never removed: where many files have
/// just been removed, ext4 takes ten times as long to make new ones, which rivals would pay for.
pub(super) struct Place {
    folder: PathBuf,
    set_aside: AtomicUsize,
}

impl Place {
    /// Prepares a folder; data that an earlier benchmark left in it are used again.
    pub(super) fn prepare(folder: PathBuf) -> Result<Self, BenchError> {
        let place = Self { folder, set_aside: AtomicUsize::new(0) };
        place.clear()?;
        files::make_folder(&place.kept(""))?;
        files::make_folder(&place.path("home"))?;
        let template = place.path(TEMPLATE);
        files::make_folder(&template)?;
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

    /// Removes all that this benchmark made and the next one has no use for.
    pub(super) fn clear(&self) -> Result<(), BenchError> {
        let work = self.path("");
        if work.exists() && Footprint::of(&work)?.inodes > WORTH_REMOVING.inodes {
            eprintln!(
                "note: removes many files, after which some file systems are slow to make new \
                 ones: the next benchmark should wait for 5 minutes"
            );
        }
        Ok(files::remove_folder(&work)?)
    }

    /// Returns a path of what goes when the benchmark ends.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.folder.join("work").join(relative)
    }

    /// Returns a path of what stays for the next benchmark.
    pub(super) fn kept(&self, relative: &str) -> PathBuf {
        self.folder.join("data").join(relative)
    }

    /// Makes a folder that stays, or finds it there if it is as described.
    pub(super) fn keep(
        &self,
        name: &str,
        description: &str,
        make: impl FnOnce(&Path) -> Result<(), BenchError>,
    ) -> Result<PathBuf, BenchError> {
        let folder = self.kept(name);
        let stamp = self.kept(&format!("{name}.stamp"));
        if !files::read_text(&stamp).is_ok_and(|found| found == description) {
            files::remove_folder(&folder)?;
            make(&folder)?;
            files::write(&stamp, description)?;
        }
        Ok(folder)
    }

    /// Makes a repository with one empty commit that no sample has touched.
    pub(super) fn fresh_repository(&self, path: &Path) -> Result<(), BenchError> {
        self.copy(&self.path(TEMPLATE), path)
    }

    /// Copies a folder with all that `stat` tells about its files.
    pub(super) fn copy(&self, from: &Path, to: &Path) -> Result<(), BenchError> {
        self.give_way(to)?;
        Ok(process::run(Command::new("cp").arg("--archive").arg(from).arg(to))?)
    }

    fn give_way(&self, folder: &Path) -> Result<(), BenchError> {
        if !folder.exists() {
            return Ok(());
        }
        let cost = Footprint::of(folder)?;
        if cost.bytes > WORTH_REMOVING.bytes && cost.inodes < WORTH_REMOVING.inodes {
            return Ok(files::remove_folder(folder)?);
        }
        let number = self.set_aside.fetch_add(1, Ordering::Relaxed);
        let aside = self.path(&format!("set-aside-{number}"));
        Ok(std::fs::rename(folder, &aside).at("move away", folder)?)
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

/// Describes who makes the runs: how they are kept is part of what is measured.
pub(super) fn program_stamp() -> Result<String, BenchError> {
    let program = release_folder().join("git-jci");
    let data = program.metadata().at("find", &program)?;
    let modified = data.modified().at("find", &program)?;
    Ok(format!("a program of {} bytes, {modified:?}\n", data.len()))
}

/// Where cargo puts what it builds for a release.
pub(super) fn release_folder() -> PathBuf {
    workspace::target().join("release")
}

fn path_with_git_jci() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(release_folder()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}
