//! What went wrong, as `application/problem+json`.

use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jci_proto::Problem;

use crate::ViewError;
use crate::log::LogError;

/// An answer that says what went wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into() }
    }

    /// Says that the address or a part of it makes no sense.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed request", detail)
    }

    /// Says that jci itself failed.
    pub(crate) fn failed(error: &dyn Error) -> Self {
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            detail.push_str(": ");
            detail.push_str(&error.to_string());
            source = error.source();
        }
        detail.push_str("; `git jci doctor` tells what is wrong with the repository");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "cannot be read", detail)
    }
}

impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        let (status, title) = match &error {
            ViewError::Malformed { .. } => return Self::malformed(error.to_string()),
            ViewError::NoCommit { .. } => (StatusCode::NOT_FOUND, "no such commit"),
            ViewError::NoRevision { .. } => (StatusCode::NOT_FOUND, "no such branch"),
            ViewError::NoRun { .. } => (StatusCode::NOT_FOUND, "no such run"),
            ViewError::NoFile { .. } => (StatusCode::NOT_FOUND, "no such file"),
            ViewError::StillRunning { .. } => (StatusCode::CONFLICT, "the run goes on"),
            ViewError::NotThat { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "not of this kind"),
            ViewError::Unsafe(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unsafe path"),
            ViewError::TooManyLogs(_) => (StatusCode::SERVICE_UNAVAILABLE, "too many logs at once"),
            ViewError::Log(LogError::TextTooLong { .. }) => {
                (StatusCode::BAD_REQUEST, "text too long")
            }
            ViewError::Log(_)
            | ViewError::Spool { .. }
            | ViewError::Refs(_)
            | ViewError::Read(_) => return Self::failed(&error),
        };
        Self::new(status, title, error.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: None,
            status: self.status.as_u16(),
            title: self.title.to_owned(),
            detail: self.detail,
            instance: None,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
