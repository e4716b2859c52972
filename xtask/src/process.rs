//! Programs that a task runs: to be watched, or for what they print.

use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};

use thiserror::Error;

/// Why a program did not do what a task needed.
#[derive(Debug, Error)]
pub(crate) enum ProcessError {
    /// The program could not be started, or not be waited for.
    #[error("failed to run `{command}`")]
    Start {
        /// The command line, as one would type it.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program ran and said no.
    #[error("`{command}` ended with {status}{}", after_newline(said))]
    Failed {
        /// The command line, as one would type it.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error, if that was captured.
        said: String,
    },
}

/// Runs a program whose output goes where this task's output goes.
pub(crate) fn run(command: &mut Command) -> Result<(), ProcessError> {
    let status = command.status().map_err(|source| not_started(command, source))?;
    check(command, status, &[])
}

/// Runs a program and returns what it printed, without the last newline.
pub(crate) fn read(command: &mut Command) -> Result<String, ProcessError> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|source| not_started(command, source))?;
    check(command, output.status, &output.stderr)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(printed.trim_end_matches('\n').to_owned())
}

/// Starts a program and does not wait for it.
pub(crate) fn spawn(command: &mut Command) -> Result<Child, ProcessError> {
    command.spawn().map_err(|source| not_started(command, source))
}

/// Returns the error of a program that could not be started, fed or waited for.
pub(crate) fn not_started(command: &Command, source: io::Error) -> ProcessError {
    ProcessError::Start { command: shown(command), source }
}

/// Turns an exit status other than 0 into an error.
pub(crate) fn check(
    command: &Command,
    status: ExitStatus,
    said: &[u8],
) -> Result<(), ProcessError> {
    if status.success() {
        return Ok(());
    }
    Err(ProcessError::Failed {
        command: shown(command),
        status,
        said: String::from_utf8_lossy(said).trim().to_owned(),
    })
}

/// Writes a command line as one would type it; the program without its folder.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn after_newline(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("\n{said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/git");
        command.args(["log", "--format=%H", "two words", "it's", ""]);
        assert_eq!(shown(&command), r"git log --format=%H 'two words' 'it'\''s' ''");
    }

    #[test]
    fn a_failure_carries_what_the_program_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such thing >&2; exit 3"]);
        let error = read(&mut command).expect_err("it exits with 3");
        let text = error.to_string();
        assert!(text.ends_with("ended with exit status: 3\nno such thing"), "{text}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("/nowhere/jci-no-such-program")).expect_err("missing");
        assert_eq!(error.to_string(), "failed to run `jci-no-such-program`");
    }
}
