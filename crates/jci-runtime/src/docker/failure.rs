//! What the engine's errors mean.

use bollard::errors::Error;

use super::Endpoint;
use crate::RuntimeError;

/// Podman blames itself for the mistakes of others. By the ends of its words, what Docker answers.
const BLAMED: [(&str, u16); 5] = [
    ("no such container", 404),
    ("container already exists", 409),
    ("that name is already in use", 409),
    ("repository name must be lowercase", 400),
    ("invalid reference format", 400),
];

/// Makes an error of what became of a call.
pub(super) fn of(
    operation: &'static str,
    subject: impl Into<String>,
    error: Error,
    endpoint: &Endpoint,
) -> RuntimeError {
    if refused(&error) {
        return endpoint.unreachable(error);
    }
    let transient = status(&error).map_or(is_broken(&error), is_busy);
    RuntimeError::Failed { operation, subject: subject.into(), message: words(&error), transient }
}

/// The status of the engine's answer, if it answered.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code: 500, message } => {
            let blamed = BLAMED.iter().find(|(words, _)| message.ends_with(words));
            Some(blamed.map_or(500, |(_, status)| *status))
        }
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Tells whether a status says that the same may work later.
pub(super) fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429) || status >= 500
}

/// Tells whether no answer came, or only a part of one, so that nobody knows what became of the
/// call.
pub(super) fn is_broken(error: &Error) -> bool {
    matches!(
        error,
        Error::HyperLegacyError { .. }
            | Error::HyperResponseError { .. }
            | Error::IOError { .. }
            | Error::RequestTimeoutError
            | Error::SocketNotFoundError(_)
    ) || matches!(error, Error::JsonSerdeError { err } if err.is_eof())
}

/// Tells whether the engine came upon a container just as it ended, so that a moment later it has an
/// answer. Podman then tells of a state that Docker does not know, or reads of a process that is gone.
pub(super) fn is_passing(error: &Error) -> bool {
    match error {
        Error::JsonDataError { message, .. } => message.starts_with("unknown variant"),
        Error::DockerResponseServerError { status_code: 500, message } => {
            message.ends_with("no such process")
        }
        _ => false,
    }
}

/// Tells whether nobody listens, so that nothing came of the call.
pub(super) fn refused(error: &Error) -> bool {
    match error {
        Error::HyperLegacyError { err } => err.is_connect(),
        Error::SocketNotFoundError(_) => true,
        _ => false,
    }
}

/// What the engine said; if it said nothing, what became of the connection.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { status_code, message } if message.trim().is_empty() => {
            format!("the engine answers with status {status_code} and says nothing")
        }
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.trim().to_owned(),
        Error::RequestTimeoutError => "the engine does not answer".to_owned(),
        error if is_broken(error) => format!("the connection to the engine ended: {}", root(error)),
        _ => root(error),
    }
}

/// What began it: what stands above it says only which library saw it.
fn root(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status_code: u16, words: &str) -> Error {
        Error::DockerResponseServerError { status_code, message: words.to_owned() }
    }

    #[test]
    fn mistakes_of_others_are_theirs_whoever_says_so() {
        let said = |code, words| status(&answer(code, words));
        assert_eq!(said(404, "No such container: c0ffee"), Some(404));
        let podman = "container c0ffee does not exist in database: no such container";
        assert_eq!(said(500, podman), Some(404));
        let podman = "container create: the container name \"a\" is already in use by c0ffee. You \
                      have to remove that container: that name is already in use";
        assert_eq!(said(500, podman), Some(409));
        assert_eq!(said(500, "out of space"), Some(500));
    }

    #[test]
    fn a_container_that_just_ends_is_looked_at_again() {
        let passes = |code, words| is_passing(&answer(code, words));
        assert!(passes(500, "read /proc/23430/cgroup: no such process"));
        assert!(!passes(500, "out of space"));
        assert!(!passes(404, "no such container"));
    }
}
