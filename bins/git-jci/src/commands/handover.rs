//! `git jci server` and `git jci runner`: hand over to the programs of that name.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;

/// What the other program gets, `--help` included.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// Everything that follows, handed over as it stands
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Replaces this process by `program`; comes back only if that was not possible.
pub(crate) fn run(program: &str, args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let arguments = args.as_typed();
    let folder = own_folder();
    enter(context.directory())?;
    let beside = folder.as_ref().map(|folder| folder.join(program));
    // Beside git-jci first: that one was installed together with it.
    for candidate in beside.into_iter().chain([PathBuf::from(program)]) {
        let error = Command::new(&candidate).args(&arguments).exec();
        if error.kind() != io::ErrorKind::NotFound {
            return Err(CommandError::failed(format!("failed to start {}", candidate.display()))
                .because(error));
        }
    }
    Err(not_found(program, folder.as_deref()))
}

impl Args {
    /// Returns the arguments with the `--` that clap takes away when it comes first.
    fn as_typed(&self) -> Vec<OsString> {
        let mut all: Vec<_> = std::env::args_os().collect();
        let mut first = all.len() - self.arguments.len();
        if all[first - 1] == "--" {
            first -= 1;
        }
        all.split_off(first)
    }
}

fn own_folder() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    own.parent().map(Path::to_owned)
}

fn enter(directory: &Path) -> Result<(), CommandError> {
    std::env::set_current_dir(directory).map_err(|error| {
        CommandError::not_possible(format!("failed to enter {}", directory.display()))
            .because(error)
            .hint("give -C a folder that exists")
    })
}

fn not_found(program: &str, folder: Option<&Path>) -> CommandError {
    let place = folder.map_or_else(String::new, |folder| format!("in {} or ", folder.display()));
    CommandError::not_possible(format!(
        "{program} is not installed: it was looked for {place}on the PATH"
    ))
    .hint(format!("in a checkout of jci, type `cargo install --path bins/{program}`"))
}
