//! Whoever reads the metrics.

use axum::extract::Request;

use super::person;
use crate::http::app::App;
use crate::http::problem::Refusal;

/// Lets a request through that shows the API token, or any if the settings say so.
pub(super) fn admit(app: &App, request: Request) -> Result<Request, Refusal> {
    if app.config().callers.public_metrics { Ok(request) } else { person::admit(app, request) }
}
