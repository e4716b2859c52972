//! The user's crontab, through the program that alone may change it.

use std::io::{self, Seek as _, Write as _};
use std::process::{Command, Output, Stdio};

use crate::error::CommandError;

/// Reads the whole table; a user without one has an empty one.
pub(super) fn read() -> Result<Vec<u8>, CommandError> {
    let ended = run(crontab("-l").stdin(Stdio::null()))?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let said = words(&ended);
    // busybox tells of a missing table as of any missing file.
    if said.to_lowercase().contains("no crontab for") || said.ends_with("No such file or directory")
    {
        return Ok(Vec::new());
    }
    Err(CommandError::failed("`crontab -l` would not show your crontab")
        .because(said)
        .hint("who may use crontab stands in /etc/cron.allow and /etc/cron.deny"))
}

/// Replaces the whole table.
pub(super) fn write(table: &[u8]) -> Result<(), CommandError> {
    // From a file and not a pipe: were this process killed half-way, crontab would take what it
    // got so far for the whole table.
    let input = spool(table)
        .map_err(|error| CommandError::failed("failed to write a temporary file").because(error))?;
    let ended = run(crontab("-").stdin(input))?;
    if ended.status.success() {
        return Ok(());
    }
    Err(CommandError::failed("`crontab -` would not take the new crontab")
        .because(words(&ended))
        .hint("the old crontab is still there: `crontab -l` shows it"))
}

fn spool(table: &[u8]) -> io::Result<Stdio> {
    let mut file = tempfile::tempfile()?;
    file.write_all(table)?;
    file.rewind()?;
    Ok(file.into())
}

fn crontab(argument: &str) -> Command {
    let mut command = Command::new("crontab");
    // Its words are read, so they must be English.
    command.arg(argument).env("LC_ALL", "C");
    command
}

fn run(command: &mut Command) -> Result<Output, CommandError> {
    command.output().map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            return CommandError::not_possible("the program `crontab` is not installed")
                .hint("install it: the package is called cron (Debian, Ubuntu), cronie (Fedora, Arch) or dcron (Alpine)");
        }
        CommandError::failed("failed to run `crontab`").because(error)
    })
}

fn words(ended: &Output) -> String {
    let said = [&ended.stderr[..], &ended.stdout[..]].concat();
    String::from_utf8_lossy(&said).trim().to_owned()
}
