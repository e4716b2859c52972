//! Answers, and the bodies that they have.

use std::io;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(super) type Answer = Response<Body>;

/// Makes a body of bytes.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Answers with bytes of some type.
pub(super) fn bytes(status: StatusCode, kind: &str, bytes: impl Into<Bytes>) -> Answer {
    let answer = Response::builder().status(status).header(CONTENT_TYPE, kind).body(full(bytes));
    answer.expect("the headers are valid")
}

/// Answers with a line of text, as the forge does outside its API.
pub(super) fn text(status: StatusCode, text: &str) -> Answer {
    bytes(status, "text/plain;charset=utf-8", format!("{text}\n"))
}

/// Says how to sign in.
pub(super) fn realm() -> HeaderValue {
    HeaderValue::from_static("Basic realm=\"Gitea\"")
}

/// Answers with JSON.
pub(super) fn json(status: StatusCode, value: &Value) -> Answer {
    bytes(status, "application/json;charset=utf-8", value.to_string())
}
