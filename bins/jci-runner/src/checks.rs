//! What is looked at before any job is taken.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jci_daemon::chain;
use jci_proto::Heartbeat;
use reqwest::StatusCode;

use crate::api::{Api, ApiError};
use crate::config::{Config, RuntimeKind, is_loopback};

/// Fails because jobs could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// There is no git-jci for jobs.
    #[error("failed to read the git-jci for jobs, {path}; JCI_BINARY says which it is", path = path.display())]
    Binary { path: PathBuf, source: io::Error },
    /// What is there cannot be run in a container.
    #[error("{path} is not a program for Linux, and cannot be the git-jci for jobs; JCI_BINARY says which it is", path = path.display())]
    NotElf { path: PathBuf },
    /// The server does not take the secret.
    #[error(
        "the server {server} does not take the secret: JCI_RUNNER_SECRET must be the same there and here"
    )]
    Secret { server: String },
    /// The server cannot be asked.
    #[error("the server of JCI_SERVER does not answer as it should")]
    Server(#[from] ApiError),
}

/// Looks at the git-jci that jobs get; returns what somebody may not have meant.
pub(crate) fn binary(path: &Path) -> Result<Option<String>, CheckError> {
    let failed = |source| CheckError::Binary { path: path.to_owned(), source };
    let mut head = Vec::new();
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(CheckError::NotElf { path: path.to_owned() });
    }
    file.take(64 << 10).read_to_end(&mut head).map_err(failed)?;
    if !head.starts_with(b"\x7fELF") {
        return Err(CheckError::NotElf { path: path.to_owned() });
    }
    let warning = || {
        format!(
            "{} is linked dynamically: it runs only in images that have its libraries",
            path.display(),
        )
    };
    Ok(wants_loader(&head).then(warning))
}

/// Tells whether a program names another that loads its libraries: a program header of the type
/// PT_INTERP.
fn wants_loader(head: &[u8]) -> bool {
    const PT_INTERP: u32 = 3;
    let is_64 = head.get(4) == Some(&2);
    let little = head.get(5) == Some(&1);
    let number = |at: usize, length: usize| -> Option<u64> {
        let bytes = head.get(at..at.checked_add(length)?)?;
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(if little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
    };
    let (offset, size, count) =
        if is_64 { (number(32, 8), (54, 2), (56, 2)) } else { (number(28, 4), (42, 2), (44, 2)) };
    let facts = (offset, number(size.0, size.1), number(count.0, count.1));
    let (Some(offset), Some(size), Some(count)) = facts else { return false };
    (0..count).any(|place| {
        let at = place.checked_mul(size).and_then(|by| offset.checked_add(by));
        let at = at.and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| number(at, 4)) == Some(PT_INTERP.into())
    })
}

/// How the server took the question whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It takes the secret.
    Fine,
    /// It knows no heartbeats, and will say at the first poll whether it takes the secret.
    Original,
}

/// Asks the server whether it takes the secret.
pub(crate) async fn server(api: &Api, runner: &str) -> Result<Reached, CheckError> {
    let beat = Heartbeat { runner: runner.to_owned(), running: Vec::new() };
    match api.beat(&beat).await {
        Ok(_) => Ok(Reached::Fine),
        Err(error) => match error.status() {
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(CheckError::Secret { server: api.address().to_string() })
            }
            Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => Ok(Reached::Original),
            _ => Err(error.into()),
        },
    }
}

/// Says aloud what somebody may not have meant.
pub(crate) fn warn(config: &Config) {
    let address = &config.server.address;
    if is_loopback(address) && config.own.runtime == RuntimeKind::Docker {
        tracing::warn!(server = %address, "a container finds itself under this address, and no \
            server: give JCI_SERVER an address of this machine that containers reach, too");
    }
    if address.scheme() == "http" {
        tracing::debug!(server = %address, "secrets cross the network in plain");
    }
    if let Err(error) = fs::metadata(&config.own.data) {
        tracing::warn!(%error, "the folder for logs cannot be looked at");
    }
}

/// Puts an error of a check into the log, for a runner that goes on nevertheless.
pub(crate) fn tell(error: &CheckError) {
    tracing::warn!(error = %chain(error), "the server cannot be asked now; it is asked again");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_from_anything_else() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("git-jci");
        fs::write(&script, "#!/bin/sh\n").unwrap();
        assert!(matches!(binary(&script).unwrap_err(), CheckError::NotElf { .. }));
        assert!(matches!(binary(folder.path()).unwrap_err(), CheckError::NotElf { .. }));
        let missing = binary(&folder.path().join("none")).unwrap_err();
        assert!(matches!(missing, CheckError::Binary { .. }));
    }

    #[test]
    fn one_that_is_linked_dynamically_is_told() {
        let own = std::env::current_exe().unwrap();
        let warning = binary(&own).unwrap().unwrap();
        assert!(warning.contains("linked dynamically"), "{warning}");
        let of_tests = jci_testkit::static_git_jci();
        assert_eq!(binary(&of_tests).unwrap(), None);
    }
}
