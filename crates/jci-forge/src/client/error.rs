//! What can go wrong between a request and its answer.

use http::{Method, StatusCode};

use super::retry::Retry;

/// Fails because a request did not lead to the answer that it should.
///
/// It names method and path, never the token nor anything else of the headers.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path} failed")]
pub struct RequestError {
    /// The method.
    pub method: Method,
    /// The path of the request, without host and query.
    pub path: String,
    /// What happened.
    #[source]
    pub failure: Box<Failure>,
}

/// What happened instead of an answer of use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No connection came about: the forge is down, the name unknown, the certificate wrong.
    #[error("no connection to the forge: {reason}")]
    Connect {
        /// The chain of reasons, outermost first.
        reason: String,
    },
    /// The answer was not there in time.
    #[error("the forge did not answer in time")]
    Timeout,
    /// The connection broke before the answer was whole.
    #[error("the connection broke before the answer was whole: {reason}")]
    Interrupted {
        /// The chain of reasons, outermost first.
        reason: String,
    },
    /// The answer is longer than is allowed.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// How long it may be.
        limit: usize,
    },
    /// The forge answered that it will not.
    #[error("{0}")]
    Refused(Refusal),
    /// The answer is a success, but not what the API promises.
    #[error("the answer has something unexpected at {path}")]
    Decode {
        /// The JSON path of it.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The answer is a success, but not what was asked for, or not all of it.
    #[error("the answer is of no use: {reason}")]
    Unusable {
        /// What is wrong with it.
        reason: String,
    },
}

/// An answer of the forge, or of a proxy before it, that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// What the forge says to it, if it speaks JSON as its API should.
    pub message: Option<String>,
    /// Whether the body is an HTML page: then a proxy speaks, or the address is not the API's.
    pub html: bool,
    /// The id by which the forge's own log knows the request.
    pub request_id: Option<String>,
    /// The host to which the answer sends us, where we do not go.
    pub redirect: Option<String>,
    /// Whether to try again.
    pub retry: Retry,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the forge answered {}", self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(host) = &self.redirect {
            write!(f, ", a redirect to {host} that is not followed")?;
        }
        if self.html {
            f.write_str(" with an HTML page, which may be a proxy's")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl RequestError {
    /// Says whether and when it is worth another try.
    ///
    /// The client has tried already as its policy says; this is for whoever keeps work for later.
    pub fn retry(&self) -> Retry {
        match &*self.failure {
            Failure::Connect { .. } | Failure::Timeout | Failure::Interrupted { .. } => {
                Retry::Backoff
            }
            Failure::Refused(refusal) => refusal.retry,
            Failure::TooLarge { .. } | Failure::Decode { .. } | Failure::Unusable { .. } => {
                Retry::Never
            }
        }
    }

    /// Returns the status of the answer, if there was one that is no success.
    pub fn status(&self) -> Option<StatusCode> {
        match &*self.failure {
            Failure::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }
}
