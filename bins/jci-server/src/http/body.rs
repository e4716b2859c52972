//! Bodies of requests, read whole: bounded in size and in time.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::problem::Refusal;

/// How large a body of JSON may be that is no webhook.
pub(crate) const JSON_LIMIT: usize = 1 << 20;

/// Reads a body.
///
/// It is refused with 413 if it is larger than the limit, before any of it is read where the
/// client says how large it is, and with 408 if it takes longer than the client is given.
pub(crate) async fn read(body: Body, limit: usize, patience: Duration) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Refusal::malformed("the body broke off before its end")),
        Err(_) => {
            let detail = format!("the body was not there within {} s", patience.as_secs_f32());
            let close = HeaderValue::from_static("close");
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail)
                .with(header::CONNECTION, close))
        }
    }
}

/// Reads JSON; what is wrong with it is named by line and column.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::malformed(format!("the body is not the JSON expected: {error}")))
}

fn too_large(limit: usize) -> Refusal {
    let detail = format!("a body for this route may have {limit} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
}
