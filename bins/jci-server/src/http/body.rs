//! Bodies of requests, read whole: bounded in size and in time.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Collected, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Refusal;

/// How large a body of JSON may be that is no webhook.
pub(crate) const JSON_LIMIT: usize = 256 * 1024;

/// Bodies of all clients together may take so many of these.
const ROOM: u32 = 4096;
/// What room is counted in. Whoever sends no more than one waits for nobody.
const UNIT: u64 = 64 * 1024;

/// What is left of the room for bodies: memory is one for the whole process.
static LEFT: Semaphore = Semaphore::const_new(ROOM as usize);

/// Reads a body.
///
/// It is refused with 413 if it is larger than the limit, before any of it is read where the
/// client says how large it is, and with 408 if it takes longer than the client is given. Large
/// bodies wait for room, so that many of them do not take all memory; they give it back when the
/// bytes are dropped.
pub(crate) async fn read(body: Body, limit: usize, patience: Duration) -> Result<Bytes, Refusal> {
    let size = body.size_hint();
    if size.lower() > limit as u64 {
        return Err(too_large(limit));
    }
    // Who does not say how much it will be, may send all that is allowed.
    let most = size.upper().unwrap_or(limit as u64).min(limit as u64);
    let reading = async {
        let room = room_for(most).await;
        let whole = Limited::new(body, limit).collect().await.map(Collected::to_bytes);
        whole.map(|bytes| Bytes::from_owner(Held { bytes, _room: room }))
    };
    match tokio::time::timeout(patience, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Refusal::malformed("the body broke off before its end")),
        Err(_) => {
            let detail = format!("the body was not there within {} s", patience.as_secs_f32());
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail)
                .with(header::CONNECTION, HeaderValue::from_static("close")))
        }
    }
}

/// Waits for room for a body, unless it is small.
async fn room_for(bytes: u64) -> Option<SemaphorePermit<'static>> {
    if bytes <= UNIT {
        return None;
    }
    let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(ROOM).min(ROOM);
    // It is never closed, so that there is room in the end.
    LEFT.acquire_many(units).await.ok()
}

/// A body with the room that it takes.
struct Held {
    bytes: Bytes,
    _room: Option<SemaphorePermit<'static>>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(body: Body) -> Option<u16> {
        use axum::response::IntoResponse as _;
        let read = read(body, 100_000, Duration::from_millis(50)).await;
        read.err().map(|refusal| refusal.into_response().status().as_u16())
    }

    /// A body of which the end does not come.
    fn endless(begin: &'static [u8]) -> Body {
        use futures_util::stream::{self, StreamExt as _};
        let begin = stream::once(async move { Ok::<_, std::io::Error>(begin) });
        Body::from_stream(begin.chain(stream::pending()))
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_time() {
        assert_eq!(status(Body::from(vec![0; 100_000])).await, None);
        assert_eq!(status(Body::from(vec![0; 100_001])).await, Some(413));
        assert_eq!(status(endless(&[0; 100_001])).await, Some(413));
        assert_eq!(status(endless(b"{")).await, Some(408));
        let broken = futures_util::stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("gone"))]);
        assert_eq!(status(Body::from_stream(broken)).await, Some(400));
        // One after the other: the room is one for the whole process.
        large_bodies_wait_for_room_and_small_ones_do_not().await;
    }

    async fn large_bodies_wait_for_room_and_small_ones_do_not() {
        let all = room_for(u64::from(ROOM) * UNIT).await;
        assert_eq!(status(Body::from(vec![0; 100_000])).await, Some(408));
        assert_eq!(status(Body::from(vec![0; 1000])).await, None);
        drop(all);
        let large = read(Body::from(vec![0; 100_000]), 100_000, Duration::from_secs(1)).await;
        let large = large.unwrap();
        assert_eq!(LEFT.available_permits(), ROOM as usize - 2);
        drop(large);
        assert_eq!(LEFT.available_permits(), ROOM as usize);
    }
}
