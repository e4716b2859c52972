//! How the texts of two runs differ: git's own diff, with the pager and colours set up for it.

use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use jci_store::{FilePair, RunEntry, Store};
use rustix::process::Signal;

use super::Args;
use crate::commands::run::REPOSITORY_VARIABLES;
use crate::context::Context;
use crate::error::CommandError;

/// Has git print the differences.
pub(super) fn print(
    store: &Store,
    from: &RunEntry,
    to: &RunEntry,
    args: &Args,
    context: &Context,
) -> Result<(), CommandError> {
    writeln!(io::stdout())?;
    let repository = store.common_dir();
    let mut git = Command::new("git");
    for variable in REPOSITORY_VARIABLES {
        git.env_remove(variable);
    }
    // From inside the repository, so that no folder of a work tree limits what is compared.
    git.current_dir(&repository).arg("--git-dir").arg(&repository).args(["diff", "--no-ext-diff"]);
    if args.stat {
        git.arg("--stat");
    }
    if !context.colour() {
        git.arg("--no-color");
    }
    git.args([from.object_id(), to.object_id()]).arg("--");
    if !args.all {
        git.args(FilePair::ALWAYS_DIFFER.map(|path| format!(":(top,literal,exclude){path}")));
    }
    let ended = git.status().map_err(|error| {
        CommandError::failed("failed to run `git diff`")
            .because(error)
            .hint("install git, or put it on the PATH")
    })?;
    // Who has seen enough closes the pager, or the pipe.
    if ended.success() || ended.signal() == Some(Signal::PIPE.as_raw()) {
        return Ok(());
    }
    Err(CommandError::failed(format!("`git diff` failed ({ended})"))
        .hint("add `--name-status` to see which files differ"))
}
