//! Runners, which show the secret that all of them have.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use jci_proto::PollRequest;

use super::{bearer, refuse};
use crate::http::app::App;
use crate::http::body::{self, JSON_LIMIT};
use crate::http::problem::Refusal;
use crate::secret;

/// Lets a poll through whose body shows the secret, as the `PollRequest` that it is.
pub(super) async fn admit_poll(app: &App, request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, JSON_LIMIT, app.config().listen.patience).await?;
    let poll: PollRequest = body::parse(&bytes)?;
    let mut request = Request::from_parts(parts, Body::empty());
    if !secret::matches(&app.config().callers.runner_secret, &poll.secret.0) {
        let detail = "the secret is not that of this server: JCI_RUNNER_SECRET must be the same \
                      at the runner and here";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, "wrong secret", detail);
        return Err(refuse(app, &request, refusal));
    }
    request.extensions_mut().insert(poll);
    Ok(request)
}

/// Lets a request through that shows the secret as a bearer token.
pub(super) fn admit(app: &App, request: Request) -> Result<Request, Refusal> {
    let shown = bearer(request.headers());
    if shown.is_some_and(|shown| secret::matches(&app.config().callers.runner_secret, shown)) {
        return Ok(request);
    }
    let detail = "runners show JCI_RUNNER_SECRET as a bearer token here";
    Err(refuse(app, &request, Refusal::unauthorized(detail)))
}
