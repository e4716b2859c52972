//! The API below `/api/v1/`.

mod attempt;
mod heartbeat;
mod log;
mod openapi;
mod people;

pub(super) use people::{LogCompleteness, LogCompletenessError, LogPlace, LogSource};

use axum::http::HeaderName;

use super::access::Access;
use super::route::Route;

/// The header that says whether more of a log may come: runners to the server, and the server to
/// people.
const LOG_COMPLETE: HeaderName = HeaderName::from_static("jci-log-complete");

/// The routes of runners.
pub(super) fn runner_routes() -> Vec<Route> {
    let log = "/api/v1/jobs/{job}/attempts/{attempt}/log";
    vec![
        Route::post("/api/v1/runners/heartbeat", Access::Runner, heartbeat::beat),
        Route::post("/api/v1/jobs/{job}/attempts/{attempt}/start", Access::Attempt, attempt::start),
        Route::post(
            "/api/v1/jobs/{job}/attempts/{attempt}/result",
            Access::Attempt,
            attempt::result,
        ),
        Route::put(log, Access::Attempt, log::append),
        Route::post(log, Access::Attempt, log::append),
    ]
}

/// The routes of people.
pub(super) fn people_routes() -> Vec<Route> {
    let mut routes = people::routes();
    routes.push(Route::get("/api/v1/openapi.json", Access::Person, openapi::document));
    routes
}
