//! What probes ask: whether the process lives, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;

use super::app::App;
use super::problem::Refusal;
use crate::health::ForgeHealth;

/// Answers `GET /healthz`: the process lives and answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Answers `GET /readyz`: webhooks are taken, jobs are handed out, and the forge can be told.
///
/// It says what is wrong and no more: anybody may ask.
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Refusal> {
    if app.stop().is_requested() {
        return Err(Refusal::unavailable("the server is stopping"));
    }
    let detail = match app.health().forge() {
        ForgeHealth::Fine => return Ok("ok\n"),
        ForgeHealth::Unknown => "the forge was not asked yet",
        ForgeHealth::Away(_) => "the forge cannot be reached; the log of the server says more",
        ForgeHealth::Refuses(_) => {
            "the forge does not take the token or is another one than the settings say; the log \
             of the server says more"
        }
    };
    Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not ready", detail))
}
