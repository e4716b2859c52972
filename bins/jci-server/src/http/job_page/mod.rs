//! The page of a job, which the status of its commit links to.

mod lines;

pub(super) use lines::Lines;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use super::access::Access;
use super::problem::Refusal;
use super::route::Route;

/// The page, what it is made of, and what it asks of the log.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/jobs/{job}", Access::Viewer, page),
        Route::get("/assets/{*file}", Access::Anyone, asset),
        Route::get("/jobs/{job}/log", Access::Viewer, lines::window),
        Route::get("/jobs/{job}/log/outline", Access::Viewer, lines::outline),
        Route::get("/jobs/{job}/log/search", Access::Viewer, lines::search),
        Route::get("/jobs/{job}/log/events", Access::Viewer, lines::events),
    ]
}

async fn page(headers: HeaderMap) -> Response {
    jci_web::job_page(&headers)
}

async fn asset(
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Path(path) = path.map_err(|error| Refusal::malformed(error.body_text()))?;
    Ok(jci_web::page_asset(&path, &headers))
}
