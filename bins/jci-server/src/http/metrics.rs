//! What the server counts, as Prometheus asks for it.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;

use super::app::App;
use super::problem::Refusal;
use crate::health::ForgeHealth;
use crate::metrics::Now;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `GET /metrics`.
pub(super) async fn read(
    State(app): State<App>,
) -> Result<([(HeaderName, &'static str); 1], String), Refusal> {
    let forge_is_fine = app.health().forge() == ForgeHealth::Fine;
    let now =
        Now::ask(app.queue(), forge_is_fine).await.map_err(|error| Refusal::of_store(&error))?;
    let text = app.metrics().write(&now);
    let text = text.map_err(|error| Refusal::failed("writing metrics", &error))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text))
}

/// Counts the requests of a route, those that are refused at its door included.
pub(super) async fn count(
    State((app, route)): State<(App, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    app.metrics().answered(route, &method, response.status().as_u16(), began.elapsed());
    response
}
