//! Running the binary under test.

use std::path::Path;

use jci_testkit::{Finished, TestRepo};

/// The binary that cargo built for these tests.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_git-jci");

/// Runs `git-jci` at the root of the work tree.
pub(crate) fn jci(repo: &TestRepo, arguments: &[&str]) -> Finished {
    jci_in(repo, repo.path(), arguments)
}

/// Runs `git-jci` in any folder of the repository's world.
pub(crate) fn jci_in(repo: &TestRepo, directory: &Path, arguments: &[&str]) -> Finished {
    repo.environment.run(BINARY, arguments, directory)
}

/// Shows all that a caller sees of a finished program, fit for a snapshot.
pub(crate) fn shown(repo: &TestRepo, finished: &Finished) -> String {
    let code = finished.code().expect("the program ends by itself");
    let mut text = format!("exit {code}\n");
    for (name, said) in [("stdout", finished.stdout()), ("stderr", finished.stderr())] {
        if !said.is_empty() {
            text += &format!("--- {name}\n{said}");
        }
    }
    repo.redact(&text)
}

/// Puts the binary on the `PATH`, so that `git jci` and hooks find it.
pub(crate) fn install(repo: &TestRepo) {
    std::os::unix::fs::symlink(BINARY, repo.environment.path("bin/git-jci"))
        .expect("a link can be made");
}
