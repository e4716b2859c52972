//! People and their programs, which show the API token.

use axum::extract::Request;

use super::{bearer, refuse};
use crate::http::app::App;
use crate::http::problem::Refusal;
use crate::secret;

/// Lets a request through that shows the API token.
pub(super) fn admit(app: &App, request: Request) -> Result<Request, Refusal> {
    if shows_token(app, &request) {
        return Ok(request);
    }
    let detail = match app.config().callers.api_token {
        Some(_) => "people show the API token as a bearer token here",
        None => "this server has no API token, so that nobody is let in; set JCI_API_TOKEN",
    };
    Err(refuse(app, &request, Refusal::unauthorized(detail)))
}

/// Tells whether a request shows the API token.
pub(super) fn shows_token(app: &App, request: &Request) -> bool {
    match (&app.config().callers.api_token, bearer(request.headers())) {
        (Some(token), Some(shown)) => secret::matches(token, shown),
        _ => false,
    }
}
