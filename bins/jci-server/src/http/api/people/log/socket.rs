//! A log as it grows, over a WebSocket.

use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jci_coord::Job;
use tokio::time::sleep;

use super::super::parameters;
use super::follow::{Follow, From, Next};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// So often the other end is asked whether it is there.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// Nobody has anything to say here, and certainly not more than this.
const LARGEST: usize = 1024;

/// Answers `GET …/log/socket`: binary messages are pieces of the log from `?offset=` on, and the
/// last message, of text, says how the job is then.
pub(super) async fn follow(
    State(app): State<App>,
    Extension(job): Extension<Job>,
    query: Result<Query<From>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let from = parameters(query)?;
    let upgrade = upgrade.map_err(|error| {
        Refusal::new(StatusCode::UPGRADE_REQUIRED, "not a websocket", error.body_text())
    })?;
    check_origin(&headers)?;
    let follow = Follow::begin(app, &job, &from)?;
    let upgrade = upgrade.max_message_size(LARGEST).max_frame_size(LARGEST);
    Ok(upgrade.on_upgrade(|socket| send(socket, follow)))
}

/// Refuses pages of other sites: browsers let them open sockets to anywhere.
fn check_origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let of_host = text(header::HOST).is_some_and(|host| {
        ["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme) == Some(host))
    });
    if of_host {
        return Ok(());
    }
    let detail = "the header origin names a page of another site than this one";
    Err(Refusal::new(StatusCode::FORBIDDEN, "not allowed", detail))
}

/// Sends until there is nothing more, or nobody listens. What is not taken is not read either.
async fn send(mut socket: WebSocket, mut follow: Follow) {
    let code = loop {
        let message = tokio::select! {
            next = follow.next() => match next {
                Next::Piece { piece, .. } => Message::Binary(piece),
                Next::End(end) => {
                    let text = serde_json::to_string(&end).unwrap_or_default();
                    let sent = socket.send(Message::Text(text.into())).await;
                    break if sent.is_ok() { close_code::NORMAL } else { return };
                }
                Next::Cut => break close_code::AWAY,
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            () = sleep(ALIVE_EVERY) => Message::Ping(Bytes::new()),
        };
        if socket.send(message).await.is_err() {
            return;
        }
    };
    let close = CloseFrame { code, reason: "".into() };
    // Who is gone need not be told.
    let _ = socket.send(Message::Close(Some(close))).await;
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_sites_are_refused() {
        let check = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("ci.example.org:8080"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            check_origin(&headers).is_ok()
        };
        assert!(check(None));
        assert!(check(Some("https://ci.example.org:8080")));
        for other in ["https://evil.example", "http://ci.example.org", "null", ""] {
            assert!(!check(Some(other)), "{other:?}");
        }
    }
}
