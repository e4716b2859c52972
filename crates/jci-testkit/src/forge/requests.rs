//! What a test sees of the requests that came in.

use hyper::header::{CONTENT_ENCODING, HeaderMap};
use hyper::{Method, StatusCode};

use super::access::{self, Authorization};

/// A request that came in. The token is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// How it said who it comes from.
    pub authorization: Authorization,
    /// The header `Git-Protocol`.
    pub git_protocol: Option<String>,
    /// The header `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// The status of the answer, once there is one; a connection that was closed has none.
    pub status: Option<u16>,
}

impl SeenRequest {
    pub(super) fn new(method: &Method, path: &str, headers: &HeaderMap) -> Self {
        let text = |value: Option<&hyper::header::HeaderValue>| {
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Self {
            method: method.to_string(),
            path: path.to_owned(),
            authorization: access::read(headers).0,
            git_protocol: text(headers.get("git-protocol")),
            content_encoding: text(headers.get(CONTENT_ENCODING)),
            status: None,
        }
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status.as_u16());
    }

    /// Returns method and path in one line.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
