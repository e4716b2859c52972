//! A job, by the token of one attempt at it.

use axum::RequestExt as _;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use jci_coord::{AttemptId, AttemptNumber, Grant};
use secrecy::SecretString;

use super::{bearer, refuse};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// Lets a request through whose token is that of the attempt in its address, as the `Attempt`.
///
/// The token of an attempt that is over opens the door as well: that it is over is the handler's
/// to say, in words that a runner understands.
pub(super) async fn admit(app: &App, mut request: Request) -> Result<Request, Refusal> {
    let path = request.extract_parts::<Path<(String, u32)>>().await;
    let Path((job, number)) = path.map_err(|error| Refusal::malformed(error.body_text()))?;
    let Some(shown) = bearer(request.headers()).map(SecretString::from) else {
        let detail = "a runner shows the token of its attempt as a bearer token here";
        return Err(refuse(app, &request, Refusal::unauthorized(detail)));
    };
    let found = app.queue().grant(&shown).await.map_err(|error| Refusal::of_store(&error))?;
    let Some(Grant { attempt, .. }) = found else {
        let detail = "the token is that of no attempt, or of one whose answer was lost";
        return Err(refuse(app, &request, Refusal::unauthorized(detail)));
    };
    let asked = (job.parse().ok()).zip(AttemptNumber::new(number));
    let asked = asked.map(|(job, number)| AttemptId { job, number });
    if asked.as_ref() != Some(&attempt.id) {
        let detail = "the token is that of another attempt";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, "not allowed", detail);
        return Err(refuse(app, &request, refusal));
    }
    request.extensions_mut().insert(attempt);
    Ok(request)
}
