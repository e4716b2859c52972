//! Does the work tree differ from the commit?

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jci_store::Store;

/// git, looking through the work tree, if that is needed.
pub(super) struct Changes {
    status: Option<Child>,
}

impl Changes {
    /// Sends git to look where that is not plain; meanwhile there is other work to do.
    pub(super) fn look(store: &Store, directory: &Path) -> Self {
        if store.is_certainly_clean() {
            return Self { status: None };
        }
        let status = Command::new("git")
            .args(["status", "--porcelain=v1", "-z", "--no-renames"])
            // The index is the user's: looking must not lock it under a commit of theirs.
            .env("GIT_OPTIONAL_LOCKS", "0")
            // What is read is the same in any language, and git has none to load.
            .env("LC_ALL", "C")
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Self { status: status.ok() }
    }

    /// Waits for git and counts the files and folders that differ; none if it cannot tell.
    pub(super) fn count(self) -> usize {
        let Some(mut status) = self.status else { return 0 };
        let mut printed = Vec::new();
        if let Some(stdout) = &mut status.stdout {
            // What was read before an error counts.
            let _ = stdout.read_to_end(&mut printed);
        }
        let _ = status.wait();
        printed.iter().filter(|byte| **byte == 0).count()
    }
}
