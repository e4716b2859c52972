//! Where a command runs: the folder, the repository, the terminal.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use jci_store::Store;

use crate::error::CommandError;
use crate::recovery::recover;

/// What every command gets to work with.
#[derive(Debug)]
pub(crate) struct Context {
    directory: PathBuf,
}

impl Context {
    /// Starts from the folder given by `-C`, or the current one.
    pub(crate) fn new(directory: Option<PathBuf>) -> Result<Self, CommandError> {
        let current = || {
            std::env::current_dir().map_err(|error| {
                CommandError::not_possible("the current folder is gone or cannot be read")
                    .because(error)
                    .hint("type `cd` to go to one that exists")
            })
        };
        Ok(Self { directory: directory.map_or_else(current, Ok)? })
    }

    /// The folder that the command works from.
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// Opens the repository that holds the folder, and stores the runs there that died.
    pub(crate) fn store(&self) -> Result<Store, CommandError> {
        let store = Store::discover(&self.directory)?;
        recover(&store);
        Ok(store)
    }

    /// Opens the repository as [`Context::store`] does, for a command that goes on for long.
    pub(crate) fn lasting_store(&self) -> Result<Store, CommandError> {
        let _recovered = self.store()?;
        Ok(Store::discover_lasting(&self.directory)?)
    }

    /// Opens the repository and names the root of its work tree, for commands that need one.
    pub(crate) fn work_tree(&self) -> Result<(Store, PathBuf), CommandError> {
        let store = self.store()?;
        match store.work_dir() {
            Some(root) => Ok((store, root)),
            None => Err(CommandError::not_possible(format!(
                "{} is a bare repository, without files to work on",
                store.git_dir().display()
            ))
            .hint("type the command in a clone that has a work tree")),
        }
    }

    /// Tells whether colours belong on standard output.
    pub(crate) fn colour(&self) -> bool {
        std::io::stdout().is_terminal() && colour_wanted()
    }

    /// Returns how many columns the terminal has, if standard output is one.
    pub(crate) fn columns(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// Tells whether a person watches standard error, so that progress is worth showing.
    pub(crate) fn progress(&self) -> bool {
        std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }
}

/// Heeds <https://no-color.org>: any non-empty `NO_COLOR` means none.
fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
