//! HTTP: the routes, who may call them, and what holds for all.

mod access;
mod app;
mod body;
mod connections;
mod headers;
mod health;
mod panics;
mod penalty;
mod problem;
mod request_id;
mod route;

use axum::Router;

pub(crate) use access::Access;
pub(crate) use app::App;
pub(crate) use connections::{Limits, serve};
pub(crate) use problem::chain;
pub(crate) use route::Route;

/// All routes of the server. A route that is not here does not exist.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Access::Anyone, health::alive),
        Route::get("/readyz", Access::Anyone, health::ready),
    ]
}

/// Makes the router of all routes.
pub(crate) fn router(app: &App) -> Router {
    route::dress(route::build(routes(), app))
}
