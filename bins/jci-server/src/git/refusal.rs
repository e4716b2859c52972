//! Requests that are not served, in the words that git prints behind `remote:`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::asked::Service;
use super::commands::CommandError;
use super::forge::ForgeError;
use super::grant::Refused;

/// Fails because a request is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The address is none of git's.
    #[error("only git's smart HTTP is spoken here: clone, fetch and push of <owner>/<name>.git")]
    NotGit,
    /// The address names what cannot be a repository.
    #[error("this address does not name a repository; it is /git/<owner>/<name>.git")]
    NotARepository,
    /// The address is one of dumb HTTP.
    #[error("dumb HTTP is not spoken here; use a git that knows smart HTTP, 1.6.6 or newer")]
    Dumb,
    /// The method is not that of the address.
    #[error("this address takes {expected} requests only")]
    Method {
        /// The one that it takes.
        expected: Method,
    },
    /// There is no token.
    #[error("a job's token is needed; jci hands one to each job in its environment")]
    NoToken,
    /// The token allows nothing here.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The body is not one of git's.
    #[error("the body is not what git sends; it must be {}", service.request_type())]
    ContentType {
        /// To which program the body goes.
        service: Service,
    },
    /// The body is compressed in a way that is not read.
    #[error("the body is compressed in a way that is not read here")]
    Encoding,
    /// The job has too many connections.
    #[error("this job has all the connections that it may have at once, which is {limit}")]
    TooMany {
        /// How many it may have.
        limit: usize,
    },
    /// The list of a push cannot be read.
    #[error("{0}")]
    Malformed(#[from] CommandError),
    /// git stopped sending.
    #[error("the request broke off")]
    BrokeOff,
    /// The forge does not serve it.
    #[error("{0}")]
    Forge(#[from] ForgeError),
}

impl Refusal {
    /// Returns the status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotGit | Self::NotARepository => StatusCode::NOT_FOUND,
            Self::Dumb => StatusCode::FORBIDDEN,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Refused(Refused::Dead | Refused::OtherRepository) => StatusCode::FORBIDDEN,
            Self::Refused(Refused::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
            Self::ContentType { .. } | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::BrokeOff => StatusCode::REQUEST_TIMEOUT,
            Self::Forge(error) => error.status(),
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::NoToken => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"jci\"")))
            }
            Self::Method { expected } => {
                HeaderValue::from_str(expected.as_str()).ok().map(|value| (ALLOW, value))
            }
            Self::Forge(ForgeError::Busy { retry_after: Some(seconds) }) => {
                Some((RETRY_AFTER, HeaderValue::from(*seconds)))
            }
            Self::Refused(Refused::Unavailable) | Self::TooMany { .. } => {
                Some((RETRY_AFTER, HeaderValue::from(5)))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(format!("jci: {self}\n")));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        // git shows a body of this very type, and no other.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.extend(self.header());
        response
    }
}
