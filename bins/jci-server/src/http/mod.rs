//! HTTP: the routes, who may call them, and what holds for all.

mod access;
mod api;
mod app;
mod body;
mod connections;
mod headers;
mod health;
mod job_page;
mod metrics;
mod panics;
mod patience;
mod penalty;
mod poll;
mod problem;
mod request_id;
mod route;
mod waiting_room;
mod webhook;

use axum::Router;

use access::Access;
pub(crate) use app::App;
use axum::http::StatusCode;
pub(crate) use connections::{Limits, serve};
use jci_forge::ForgeKind;
pub(crate) use problem::chain;
use route::Route;

/// All routes of the server. A route that is not here does not exist.
fn routes(git: Router) -> Vec<Route> {
    let mut routes = vec![
        Route::get("/healthz", Access::Anyone, health::alive),
        Route::get("/readyz", Access::Anyone, health::ready),
        Route::get("/metrics", Access::Metrics, metrics::read),
        Route::post("/poll", Access::Poll, poll::poll),
    ];
    routes.push(Route::mounted("/git/{*path}", Access::Git, git));
    routes.extend(webhook_routes());
    routes.extend(api::runner_routes());
    routes.extend(api::people_routes());
    routes.extend(job_page::routes());
    routes
}

/// The routes of forges. The original knows one, and answers a wrong signature otherwise.
fn webhook_routes() -> Vec<Route> {
    let own = Access::Forge { kind: None, refusal: StatusCode::BAD_REQUEST };
    let of = |path, kind| {
        let access = Access::Forge { kind: Some(kind), refusal: StatusCode::UNAUTHORIZED };
        Route::post(path, access, webhook::of_forge)
    };
    vec![
        Route::post("/webhook", own, webhook::original),
        of("/webhook/gitea", ForgeKind::Gitea),
        of("/webhook/forgejo", ForgeKind::Forgejo),
        of("/webhook/github", ForgeKind::GitHub),
        of("/webhook/gitlab", ForgeKind::GitLab),
    ]
}

/// Makes the router of all routes, git's among them.
pub(crate) fn router(app: &App, git: Router) -> Router {
    route::dress(route::build(routes(git), app))
}
