//! The page and what it is made of.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::problem::Fault;
use super::reply::tagged;
use crate::assets::{self, Asset};
use crate::views::media_type;

/// The policy of the page: all that it runs, loads and asks is of this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Answers any path of the page, each of which is one of its states.
pub(crate) async fn page(request: HeaderMap) -> Result<Response, Fault> {
    let asset = assets::find("index.html").ok_or_else(|| missing("index.html"))?;
    let mut response = serve(&request, asset, "text/html; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // The page alone: browsers show nothing that is in a sandbox and has this, too.
    headers.insert(COOP, HeaderValue::from_static("same-origin"));
    Ok(response)
}

/// Answers with the page of one job of a server, which finds out by its address which one it is.
///
/// It asks for `/api/v1/jobs/<job>`, and for the log at `/jobs/<job>/log`.
#[must_use]
pub fn job_page(request: &HeaderMap) -> Response {
    let Some(asset) = assets::find("job.html") else { return missing("job.html").into_response() };
    let mut response = serve(request, asset, "text/html; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(COOP, HeaderValue::from_static("same-origin"));
    response
}

/// Answers with a file that pages are made of, by its path below `/assets/`.
#[must_use]
pub fn asset(path: &str, request: &HeaderMap) -> Response {
    match assets::find(path) {
        Some(asset) => serve(request, asset, media_type(path.as_bytes())),
        None => missing(path).into_response(),
    }
}

/// Answers `/assets/<path>`.
pub(crate) async fn of_path(uri: Uri, request: HeaderMap) -> Response {
    asset(uri.path().trim_start_matches("/assets/"), &request)
}

fn serve(request: &HeaderMap, asset: Asset, media_type: &'static str) -> Response {
    tagged(request, &format!("\"{}\"", asset.version), || {
        ([(header::CONTENT_TYPE, media_type)], asset.content.into_owned()).into_response()
    })
}

fn missing(path: &str) -> Fault {
    let detail = format!("the page has no file {path:?}");
    Fault::new(StatusCode::NOT_FOUND, "no such file", detail)
}
