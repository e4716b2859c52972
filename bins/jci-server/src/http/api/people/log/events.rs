//! A log as it grows, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::{Stream, stream};
use jci_coord::Job;

use super::super::parameters;
use super::follow::{Follow, From, Next};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// So often something is sent where there is nothing to tell, so that no proxy between gives up.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Answers `GET …/log/events`.
///
/// Each `log` event is a piece of the log in base64, for events are text and logs are bytes. Its id
/// names the attempt and the offset after it, `1:4096`, which a browser sends as `Last-Event-ID`
/// when it comes again. The last event is `end`, with how the job is then.
pub(super) async fn follow(
    State(app): State<App>,
    Extension(job): Extension<Job>,
    query: Result<Query<From>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let mut from = parameters(query)?;
    if let Some(last) = headers.get("last-event-id") {
        let last = last.to_str().ok().and_then(From::behind);
        let wrong = || Refusal::malformed("the header last-event-id is of no event of this log");
        from = last.ok_or_else(wrong)?;
    }
    let follow = Follow::begin(app, &job, &from)?;
    let events = stream::unfold(Some(follow), |follow| async { tell(follow?).await });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

/// Waits for something to tell; `None` in the place of who follows if it was the last.
async fn tell(mut follow: Follow) -> Option<(Result<Event, Infallible>, Option<Follow>)> {
    match follow.next().await {
        Next::Piece { attempt, piece, offset } => {
            let event = Event::default().event("log").id(format!("{attempt}:{offset}"));
            Some((Ok(event.data(BASE64_STANDARD.encode(piece))), Some(follow)))
        }
        Next::End(end) => {
            let text = serde_json::to_string(&end).unwrap_or_default();
            Some((Ok(Event::default().event("end").data(text)), None))
        }
        Next::Cut => None,
    }
}
