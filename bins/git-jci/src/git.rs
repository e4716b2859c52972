//! Asking git what it alone knows.

use std::path::Path;
use std::process::Command;

use crate::error::CommandError;

/// Runs git in `directory` and returns what it printed, without the last newline.
pub(crate) fn output(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, CommandError> {
    let command = format!("git {}", arguments.join(" "));
    let ended =
        Command::new("git").args(arguments).current_dir(directory).output().map_err(|error| {
            CommandError::failed(format!("failed to run `{command}`"))
                .because(error)
                .hint("install git, or put it on the PATH")
        })?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        return Err(CommandError::failed(format!("`{command}` failed")).because(said));
    }
    let mut printed = ended.stdout;
    if printed.last() == Some(&b'\n') {
        printed.pop();
    }
    Ok(printed)
}
