//! What happens in the repository, told to whoever looks on.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use jci_proto::Event;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::App;
use super::problem::Fault;
use crate::views::Found;

/// So often is sent something at least, so that whoever is in between keeps the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Makes an event; its data are one line of JSON.
pub(super) fn event(name: &str, value: &impl Serialize) -> sse::Event {
    let data = serde_json::to_string(value).unwrap_or_default();
    sse::Event::default().event(name).data(data)
}

pub(super) fn keep_alive() -> KeepAlive {
    KeepAlive::new().interval(KEEP_ALIVE)
}

/// Tells of runs that begin, end and go, and of history that changes.
pub(crate) async fn events(State(app): State<App>, request: HeaderMap) -> Result<Response, Fault> {
    // Listened to first: what begins in between is told twice rather than never.
    let receiver = app.watch.listen();
    let going_on = app.view(|views| {
        let active = views.store().active_runs().into_iter();
        let found = active.map(|run| views.run(&Found::Active(Box::new(run))));
        found.filter_map(Result::ok).collect::<Vec<_>>()
    });
    let mut first: Vec<_> =
        going_on.await?.into_iter().map(|run| Event::RunStarted { run }).collect();
    if request.contains_key("last-event-id") {
        // Nobody knows what was missed since.
        first.push(Event::HistoryChanged);
    }
    let first = stream::iter(first.into_iter().map(|event| described(&event)));
    let later = stream::unfold(receiver, |receiver| async { next(receiver).await });
    Ok(Sse::new(first.chain(later)).keep_alive(keep_alive()).into_response())
}

type Told = Result<sse::Event, Infallible>;

async fn next(mut receiver: Receiver<Event>) -> Option<(Told, Receiver<Event>)> {
    let event = match receiver.recv().await {
        Ok(event) => event,
        // Too slow to be told each: all that is shown is to be asked for again.
        Err(RecvError::Lagged(_)) => Event::HistoryChanged,
        Err(RecvError::Closed) => return None,
    };
    Some((described(&event), receiver))
}

fn described(event: &Event) -> Told {
    let name = match event {
        Event::RunStarted { .. } => "run_started",
        Event::RunStored { .. } => "run_stored",
        Event::RunRemoved { .. } => "run_removed",
        Event::HistoryChanged => "history_changed",
    };
    // The id is only there to come back when a lost connection is made again.
    Ok(self::event(name, event).id("1"))
}
