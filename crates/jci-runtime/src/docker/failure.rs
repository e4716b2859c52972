//! What the engine's errors mean.

use bollard::errors::Error;

use super::Endpoint;
use crate::RuntimeError;

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
        // Podman blames itself for a container that is gone.
        Error::DockerResponseServerError { status_code: 500, message }
            if message.ends_with("no such container") =>
        {
            Some(404)
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

    #[test]
    fn a_container_that_is_gone_is_not_found_whoever_says_so() {
        let said = |status_code, message: &str| {
            let message = message.to_owned();
            status(&Error::DockerResponseServerError { status_code, message })
        };
        assert_eq!(said(404, "No such container: c0ffee"), Some(404));
        let podman = "container c0ffee does not exist in database: no such container";
        assert_eq!(said(500, podman), Some(404));
        assert_eq!(said(500, "out of space"), Some(500));
    }
}
