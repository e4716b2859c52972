//! Runners send the log of an attempt, piece by piece.

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_coord::Attempt;
use jci_proto::LogAcknowledged;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::LOG_COMPLETE;
use crate::http::app::App;
use crate::http::body;
use crate::http::problem::{Refusal, chain};
use crate::logs::LogError;

/// How large a piece may be.
const PIECE: usize = 4 << 20;

/// The header with the hash of a piece, as RFC 9530 has it.
const DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The header that says how far the log has come.
const OFFSET: HeaderName = HeaderName::from_static("jci-log-offset");

/// Where a piece begins.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    offset: u64,
}

/// Answers `PUT …/log?offset=<bytes>`: how much of the log is on disk, once it is.
///
/// With `jci-log-complete: true` the sender says that nothing follows the piece, which may be empty.
/// An attempt that is over may still send: a log that is whole is worth more than one that ends
/// where the lease did.
pub(super) async fn append(
    State(app): State<App>,
    Extension(attempt): Extension<Attempt>,
    place: Result<Query<Place>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LogAcknowledged>, Refusal> {
    let Query(Place { offset }) = place.map_err(|error| Refusal::malformed(error.body_text()))?;
    let piece = body::read(body, PIECE, app.config().listen.patience).await?;
    check_digest(&headers, &piece)?;
    let length = piece.len() as u64;
    let last = headers.get(LOG_COMPLETE).is_some_and(|value| value == "true");
    match app.logs().append(&attempt.id, offset, piece, last).await {
        Ok(offset) => {
            app.metrics().log_bytes(length);
            Ok(Json(LogAcknowledged { offset }))
        }
        Err(error) => Err(refuse(&error)),
    }
}

/// Compares a piece with its hash, if the sender says it.
fn check_digest(headers: &HeaderMap, piece: &Bytes) -> Result<(), Refusal> {
    let Some(value) = headers.get(DIGEST) else { return Ok(()) };
    let text = value.to_str().unwrap_or_default();
    let said = text.split(',').find_map(|part| part.trim().strip_prefix("sha-256=:"));
    let said = said.and_then(|said| BASE64_STANDARD.decode(said.strip_suffix(':')?).ok());
    match said {
        Some(said) if said == digest(&SHA256, piece).as_ref() => Ok(()),
        Some(_) => Err(wrong_digest("the bytes that arrived have another hash")),
        None => Err(wrong_digest("it must be sha-256=:<base64>:")),
    }
}

fn wrong_digest(why: &str) -> Refusal {
    let detail = format!("content-digest: {why}");
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong digest", detail)
}

fn refuse(error: &LogError) -> Refusal {
    match error {
        LogError::Gap { length, .. } => {
            Refusal::new(StatusCode::CONFLICT, "wrong offset", error.to_string())
                .with(OFFSET, HeaderValue::from(*length))
        }
        LogError::TooLong { .. } => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "log too long", error.to_string())
        }
        LogError::DiskFull { .. } => {
            tracing::error!(error = %chain(error), "a log cannot be kept");
            Refusal::unavailable("the disk of the server is full; send this piece again later")
        }
        LogError::File { .. } | LogError::Task { .. } => Refusal::failed("keeping a log", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(DIGEST, HeaderValue::from_static(value));
        check_digest(&headers, &Bytes::from_static(b"hello")).is_ok()
    }

    #[test]
    fn a_hash_is_optional_and_must_fit() {
        assert!(check_digest(&HeaderMap::new(), &Bytes::from_static(b"hello")).is_ok());
        assert!(check("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"));
        assert!(check("md5=:AAAA:, sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"));
        for wrong in ["sha-256=:AAAA:", "sha-256=LPJN", "md5=:AAAA:", ""] {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
