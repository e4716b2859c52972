//! Running the binary on a terminal.

use jci_testkit::{Finished, TestRepo, require};

use crate::jci::BINARY;

/// Runs `git-jci` on a terminal of so many columns; what it shows there is its standard output.
pub(crate) fn on_terminal(repo: &TestRepo, columns: usize, arguments: &[&str]) -> Finished {
    let script = require("script", "bsdutils");
    let _ = require("stty", "coreutils");
    let words: Vec<_> = arguments.iter().map(|word| format!("'{word}'")).collect();
    let command = format!("stty cols {columns} && '{BINARY}' {}", words.join(" "));
    let arguments = ["--quiet", "--return", "--command", &command, "/dev/null"];
    let mut command = repo.environment.command(script, repo.path());
    command.args(arguments).env("TERM", "xterm").env("PAGER", "cat");
    Finished::of(&mut command)
}
