//! Scripts for bash, and what they and their tests wait for each other by.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jci_exec::{Job, Script};

use crate::bench::{Bench, DEADLINE};

/// A time in which nothing needs to happen.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

impl Bench {
    pub(crate) fn executable(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    /// Makes a pipe with a name, by which a script and its test wait for each other.
    pub(crate) fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo is needed: install coreutils").success());
        path
    }

    /// Prepares a bash script to run in this folder, marked as its own.
    pub(crate) fn job(&self, script: &str) -> Job {
        let script = Script::open(self.file("script.sh", script)).unwrap();
        let job = Job::script(script).timeout(Some(DEADLINE));
        job.directory(self.folder.path()).marker("BENCH", self.folder.path())
    }

    /// Writes a path of this folder in a message as `[dir]`, so that it can be compared.
    pub(crate) fn redact(&self, text: &impl ToString) -> String {
        text.to_string().replace(self.folder.path().to_str().unwrap(), "[dir]")
    }
}

/// Lets whoever opens the fifo at `path` for reading go on.
pub(crate) fn release(path: &Path) {
    fs::write(path, "go\n").unwrap();
}
