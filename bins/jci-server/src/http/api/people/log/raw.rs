//! A log as it is now, as text or a part of it.

use std::io;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use jci_coord::Job;
use jci_web::ByteRange;

use super::super::parameters;
use super::source::Source;
use super::{Completeness, Place};
use crate::http::api::LOG_COMPLETE;
use crate::http::app::App;
use crate::http::problem::Refusal;

/// Answers `GET …/log`, from `?offset=` on, or the part that `Range` names.
///
/// A log is bytes: which text they are meant to be nobody knows, and none of them is changed.
pub(super) async fn read(
    State(app): State<App>,
    Extension(job): Extension<Job>,
    query: Result<Query<Place>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let place = parameters(query)?;
    let attempt = place.attempt(&job)?;
    // Judged before the length is looked at: what comes in between is no harm.
    let completeness = Completeness::of(&app, &job, attempt.as_ref()).await?;
    let complete = completeness == Completeness::Complete;
    let source = match &attempt {
        Some(attempt) => Source::open(&app, &job, attempt).await?,
        None => None,
    };
    let source = source.unwrap_or_else(|| Source::Whole(Bytes::new()));
    let length = source.length().await;
    let length = length.map_err(|error| Refusal::failed("looking at a log", &error))?;
    let (first, status) = match (place.offset, ByteRange::asked(&headers, None, length)) {
        (Some(offset), _) if offset <= length => (ByteRange::from(offset, length), StatusCode::OK),
        (None, Ok(None)) => (ByteRange::from(0, length), StatusCode::OK),
        (None, Ok(Some(part))) => (part, StatusCode::PARTIAL_CONTENT),
        (Some(_), _) | (None, Err(_)) => return Err(beyond(length)),
    };
    let mut response = body(source, first).into_response();
    *response.status_mut() = status;
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(first.length));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(LOG_COMPLETE, HeaderValue::from_static(if complete { "true" } else { "false" }));
    if status == StatusCode::PARTIAL_CONTENT {
        out.insert(header::CONTENT_RANGE, content_range(&first.told(length)));
    }
    Ok(response)
}

fn content_range(told: &str) -> HeaderValue {
    // It is digits and signs.
    HeaderValue::from_str(told).unwrap_or(HeaderValue::from_static("bytes */*"))
}

fn beyond(length: u64) -> Refusal {
    let detail = format!("the log has {length} bytes so far");
    Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "no such part", detail)
        .with(header::CONTENT_RANGE, content_range(&format!("bytes */{length}")))
}

/// Reads a part piece by piece, at the pace of who asked for it.
fn body(source: Source, part: ByteRange) -> Body {
    Body::from_stream(pieces(source, part))
}

fn pieces(source: Source, part: ByteRange) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((source, part.first, part.length), |(source, offset, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = source.read(offset).await?;
        if piece.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let read = piece.len() as u64;
        Ok(Some((piece, (source, offset + read, left - read))))
    })
}
