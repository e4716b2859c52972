//! Answers that say no: what was asked, what is wrong with it, and what would help, as RFC 9457
//! has it.

use std::error::Error;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jci_coord::StoreError;
pub(crate) use jci_daemon::chain;
use jci_proto::Problem;

use super::request_id;

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    title: &'static str,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// Says no; the title is the same for all problems of a kind.
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), headers: Vec::new() }
    }

    /// Says that a request makes no sense.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed request", detail)
    }

    /// Says that who asks did not show what is asked for.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        let realm = HeaderValue::from_static("Bearer realm=\"jci-server\"");
        Self::new(StatusCode::UNAUTHORIZED, "not authorized", detail)
            .with(header::WWW_AUTHENTICATE, realm)
    }

    /// Says that there is no such thing.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", detail)
    }

    /// Says that the server failed, and tells its log why; to the caller the cause is nobody's
    /// business.
    pub(crate) fn failed(what: &str, error: &dyn Error) -> Self {
        tracing::error!(error = %chain(error), "{what} failed");
        let detail = "the server failed at this; its log says why, under the id of this request";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", detail)
    }

    /// Says that something that the server needs is not there now, and may be there later.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not available", detail)
            .after(Duration::from_secs(5))
    }

    /// Says that the queue cannot be used; mostly that passes, and who asks again is served.
    pub(crate) fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Busy { .. }
            | StoreError::Conflict { .. }
            | StoreError::Full { .. }
            | StoreError::Unavailable { .. } => {
                tracing::error!(error = %chain(error), "the queue cannot be used");
                Self::unavailable(error.to_string())
            }
            StoreError::TooNew { .. } | StoreError::Corrupt { .. } | StoreError::Refused { .. } => {
                Self::failed("using the queue", error)
            }
        }
    }

    /// Says when it is worth another try.
    pub(crate) fn after(self, wait: Duration) -> Self {
        self.with(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)))
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: Some(format!("urn:jci:problem:{}", self.title.replace(' ', "-"))),
            status: self.status.as_u16(),
            title: self.title.to_owned(),
            detail: self.detail,
            instance: request_id::current().map(|id| format!("urn:jci:request:{id}")),
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(self.headers);
        response
    }
}
