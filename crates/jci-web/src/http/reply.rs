//! Answers that the browser may keep, and need not be sent again while they are the same.

use std::hash::{DefaultHasher, Hasher as _};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Fault;

/// Answers with JSON, or that it is as it was.
pub(crate) fn json(request: &HeaderMap, value: &impl Serialize) -> Result<Response, Fault> {
    let body = serde_json::to_vec(value).map_err(|error| Fault::failed(&error))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&body);
    // Weak: the same content, whatever becomes of its bytes on the way.
    let tag = format!("W/\"{:016x}-{:x}\"", hasher.finish(), body.len());
    Ok(tagged(request, &tag, || {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body)
            .into_response()
    }))
}

/// Answers with something that has a tag of its own, or that it is as it was.
pub(crate) fn tagged(request: &HeaderMap, tag: &str, make: impl FnOnce() -> Response) -> Response {
    let mut response =
        if matches_tag(request, tag) { StatusCode::NOT_MODIFIED.into_response() } else { make() };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Tells whether the browser has what this tag stands for.
pub(crate) fn matches_tag(request: &HeaderMap, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let given = request.get_all(header::IF_NONE_MATCH);
    given
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|known| known.trim() == "*" || bare(known) == bare(tag)))
}
