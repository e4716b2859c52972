//! What programs that are over have left behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Environment, TestRepo};

impl TestRepo {
    /// Lists what must not be there once no run goes on: temporary files and locks in `.git`, packs
    /// without their index, folders of runs, checkouts, and processes of this test.
    #[must_use]
    pub fn remains(&self) -> Vec<String> {
        let mut found = self.files_left_below(self.path());
        found.extend(self.environment.processes());
        found
    }

    /// Lists the files and folders that must not be there, the work tree being at `root`.
    pub(crate) fn files_left_below(&self, root: &Path) -> Vec<String> {
        let git = root.join(".git");
        let mut found = Vec::new();
        walk(&git, &mut |path| {
            if is_fragment(path, &git) {
                found.push(path.to_owned());
            }
        });
        found.extend(children(&git.join("jci/running")));
        found.extend(children(&git.join("worktrees")));
        let runs = children(&root.join(".jci/runs"));
        found.extend(runs.into_iter().filter(|path| !path.ends_with(".gitignore")));
        found.extend(children(&self.environment.path("home/.cache/jci/checkouts")));
        found.iter().map(|path| self.redact(&path.to_string_lossy())).collect()
    }

    /// Asserts that nothing remains.
    ///
    /// # Panics
    /// If something does, naming all of it.
    #[track_caller]
    pub fn assert_no_remains(&self) {
        let remains = self.remains();
        assert!(remains.is_empty(), "left behind: {remains:#?}");
    }
}

impl Environment {
    /// Lists the processes that were started in this world and have not ended.
    ///
    /// They are known by their `HOME`; one that changed it, or of another user, is not seen.
    ///
    /// # Panics
    /// If a process neither ends nor becomes another program, and yet has begun to.
    #[must_use]
    pub fn processes(&self) -> Vec<String> {
        let mut mark = b"HOME=".to_vec();
        mark.extend_from_slice(self.path("home").as_os_str().as_bytes());
        let of_this_world = |process: &PathBuf| {
            environment_of(process).split(|byte| *byte == 0).any(|variable| variable == mark)
        };
        let described = |process: &PathBuf| {
            let words = fs::read(process.join("cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            format!("process {}: {words}", process.display())
        };
        children(Path::new("/proc")).iter().filter(|p| of_this_world(p)).map(described).collect()
    }
}

/// Reads the environment of a process; one that has ended has none.
///
/// A process that is about to end, or to become another program, has lost its memory and still
/// holds its files and their locks: it is waited for. On a busy machine that takes a while.
fn environment_of(process: &Path) -> Vec<u8> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        // One that may not be asked is not of this world.
        let Ok(environment) = fs::read(process.join("environ")) else { return Vec::new() };
        if !environment.is_empty() || !is_in_between(process) {
            return environment;
        }
        assert!(Instant::now() < end, "{} neither ends nor goes on", process.display());
        thread::sleep(Duration::from_millis(1));
    }
}

/// Tells whether a process has no memory at the moment, and is more than an entry of its parent.
fn is_in_between(process: &Path) -> bool {
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let line = fs::read(process.join("stat")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    // The name may hold anything, also spaces and brackets; behind it comes the third field.
    let Some((_, fields)) = line.rsplit_once(") ") else { return false };
    let fields: Vec<_> = fields.split(' ').collect();
    let field = |number: usize| fields.get(number - 3).copied().unwrap_or_default().trim_end();
    let has_ended = matches!(field(3), "Z" | "X" | "x");
    let is_kernel_thread = field(9).parse().is_ok_and(|flags: u32| flags & KERNEL_THREAD != 0);
    // Where the environment begins and ends.
    !has_ended && !is_kernel_thread && (field(50) == "0" || field(51) == "0")
}

/// Tells whether a file in the git folder is half of something.
fn is_fragment(path: &Path, git: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // jci's own locks are files that stay and are locked by the kernel.
    let own_lock = path.parent() == Some(&git.join("jci"));
    name.starts_with("tmp_")
        || extension == "lock" && !own_lock
        || extension == "pack" && !path.with_extension("idx").exists()
        || extension == "idx" && !path.with_extension("pack").exists()
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for path in children(folder) {
        visit(&path);
        if path.is_dir() && !path.is_symlink() {
            walk(&path, visit);
        }
    }
}

/// Lists what is in a folder; one that is not there holds nothing.
fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).collect()
}
