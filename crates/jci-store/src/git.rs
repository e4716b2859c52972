//! Calling git itself, for the few things that it alone does.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Prepares a `git` that works on the repository whose shared folder is `common_dir`.
pub(crate) fn git(common_dir: &Path) -> Command {
    let mut command = Command::new("git");
    // The environment of a hook names an index and a work tree; they are not what is asked about.
    for variable in ["GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"] {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").arg("--git-dir").arg(common_dir).stdin(Stdio::null());
    command
}

/// Runs `command` to its end, feeding it `input`, and returns what it printed.
pub(crate) fn output(command: &mut Command, input: &[u8]) -> Result<Vec<u8>, GitError> {
    let what = || {
        let words: Vec<_> = command.get_args().skip(2).map(|arg| arg.to_string_lossy()).collect();
        format!("git {}", words.join(" "))
    };
    let what = what();
    let failed = |source| GitError::Start { command: what.clone(), source };
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let stdin = child.stdin.take();
    let ended = thread::scope(|scope| {
        if let Some(mut stdin) = stdin {
            // Fed from a thread of its own: git may answer before it has read all, and end before.
            thread::Builder::new().spawn_scoped(scope, move || stdin.write_all(input))?;
        }
        child.wait_with_output()
    });
    let ended = ended.map_err(failed)?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    Err(GitError::Failed { command: what, status: ended.status.to_string(), said })
}

/// Why a call of git did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// git could not be started or talked to.
    #[error("could not run `{command}`")]
    Start {
        /// The command, without its repository.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// git ran and refused.
    #[error("`{command}` failed ({status}): {said}")]
    Failed {
        /// The command, without its repository.
        command: String,
        /// How git ended.
        status: String,
        /// What git printed as its error.
        said: String,
    },
}
