//! `.jci/crontab`: what a repository asks for.

use std::io;
use std::path::Path;

use jci_crontab::{Entry, LineError};

use crate::error::CommandError;

/// The file, seen from the root of the work tree.
pub(super) const FILE: &str = ".jci/crontab";

/// Reads the file of a work tree; `None` if there is none.
pub(super) fn read(root: &Path) -> Result<Option<Vec<Entry>>, CommandError> {
    let path = root.join(FILE);
    let content = match std::fs::read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(CommandError::failed(format!("failed to read {}", path.display()))
                .because(error)
                .hint("see that it is a file which you may read"));
        }
    };
    jci_crontab::parse(&content).map(Some).map_err(|LineError { line, problem }| {
        CommandError::not_possible(format!("{}:{line}: {problem}", path.display()))
            .hint("a line looks like this: 30 2 * * 1-5 branch:main name:nightly")
            .hint("nothing was changed; correct the line and type the command again")
    })
}
