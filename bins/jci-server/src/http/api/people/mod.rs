//! What people and their programs ask of jobs, and ask for.

mod artifacts;
mod audit;
mod change;
mod jobs;
mod log;
mod overview;
mod view;

pub(crate) use log::{
    Completeness as LogCompleteness, CompletenessError as LogCompletenessError, Place as LogPlace,
    Source as LogSource,
};

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

use crate::http::access::Access;
use crate::http::problem::Refusal;
use crate::http::route::Route;

/// The routes of people.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get("/api/v1/jobs", Access::Person, jobs::list),
        Route::get("/api/v1/jobs/{job}", Access::Viewer, jobs::show),
        Route::post("/api/v1/jobs/{job}/cancel", Access::Person, change::cancel),
        Route::post("/api/v1/jobs/{job}/rerun", Access::Person, change::rerun),
        Route::post("/api/v1/jobs/{job}/approve", Access::Person, change::approve),
        Route::get("/api/v1/jobs/{job}/artifacts", Access::Viewer, artifacts::list),
        Route::get("/api/v1/jobs/{job}/artifacts/{*path}", Access::Viewer, artifacts::content),
        Route::get("/api/v1/runners", Access::Person, overview::runners),
        Route::get("/api/v1/queue", Access::Person, overview::queue),
        Route::get("/api/v1/audit", Access::Person, audit::read),
    ];
    routes.extend(log::routes());
    routes
}

/// Takes the parameters of a request; what is wrong with them is said.
fn parameters<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Refusal> {
    query.map(|Query(query)| query).map_err(|error| Refusal::malformed(error.body_text()))
}

/// So many things are on a page where no number is given, and at most.
const PAGE: (u32, u32) = (50, 500);

/// Checks how many things are asked for.
fn page_size(asked: Option<u32>) -> Result<u32, Refusal> {
    let (usual, most) = PAGE;
    match asked {
        None => Ok(usual),
        Some(asked) if (1..=most).contains(&asked) => Ok(asked),
        Some(asked) => {
            let detail = format!("the parameter limit is {asked}; it may be 1 to {most}");
            Err(Refusal::malformed(detail))
        }
    }
}

/// Cuts a list that was asked for one longer than wanted; tells what its last one is if more
/// follows.
fn cut<T, C>(found: &mut Vec<T>, size: u32, cursor: impl FnOnce(&T) -> C) -> Option<C> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if found.len() <= size {
        return None;
    }
    found.truncate(size);
    found.last().map(cursor)
}
