//! Runners say that they live, and hear which of their attempts go on.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use jci_coord::Renewal;
use jci_proto::{AttemptFate, AttemptName, Fate, Heartbeat, HeartbeatAnswer};

use crate::http::app::App;
use crate::http::body::{self, JSON_LIMIT};
use crate::http::poll::attempt_id;
use crate::http::problem::Refusal;

/// Answers `POST /api/v1/runners/heartbeat`.
pub(super) async fn beat(
    State(app): State<App>,
    body: Body,
) -> Result<Json<HeartbeatAnswer>, Refusal> {
    let bytes = body::read(body, JSON_LIMIT, app.config().listen.patience).await?;
    let beat: Heartbeat = body::parse(&bytes)?;
    let malformed = |error: jci_coord::NameError| Refusal::malformed(error.to_string());
    let runner = beat.runner.parse().map_err(malformed)?;
    let ids: Result<Vec<_>, _> = beat.running.iter().map(attempt_id).collect();
    let renewed = app.queue().renew(&runner, &ids.map_err(malformed)?).await;
    let renewed = renewed.map_err(|error| Refusal::of_store(&error))?;
    let attempts = beat.running.into_iter().zip(renewed).map(fate).collect();
    Ok(Json(HeartbeatAnswer { attempts }))
}

fn fate((name, renewal): (AttemptName, Renewal)) -> AttemptFate {
    let fate = match renewal {
        Renewal::Kept { cancel: false } => Fate::Kept,
        Renewal::Kept { cancel: true } => Fate::Cancel,
        Renewal::Stale => Fate::Stale,
    };
    AttemptFate { name, fate }
}
