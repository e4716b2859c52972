//! What programs that are over have left behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

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
    #[must_use]
    pub fn processes(&self) -> Vec<String> {
        let mut mark = b"HOME=".to_vec();
        mark.extend_from_slice(self.path("home").as_os_str().as_bytes());
        let of_this_world = |process: &PathBuf| {
            // A process that has ended and waits for its parent has no environment any more.
            fs::read(process.join("environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|v| v == mark))
        };
        let described = |process: &PathBuf| {
            let words = fs::read(process.join("cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            format!("process {}: {words}", process.display())
        };
        children(Path::new("/proc")).iter().filter(|p| of_this_world(p)).map(described).collect()
    }
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
