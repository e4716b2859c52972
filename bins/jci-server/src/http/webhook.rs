//! Webhooks: what the forge says has happened, durable before it is answered.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, response::IntoResponse as _, response::Response};
use jci_coord::{SubmitError, Submitted};
use jci_forge::webhook::{Delivery, Event};
use jci_proto::WebhookAnswer;
use tracing::Instrument as _;

use super::app::App;
use super::problem::{Refusal, chain};
use crate::jobs::{Asked, asked};

/// Answers `POST /webhook`, which is 200 for whatever a forge says, as in the original: not a push
/// does nothing, and a commit that has a job gets no second one.
pub(super) async fn original(
    State(app): State<App>,
    Extension(delivery): Extension<Arc<Delivery>>,
) -> Result<Json<WebhookAnswer>, Refusal> {
    if !matches!(delivery.event, Event::Push(_)) {
        app.metrics().webhook("nothing");
        return Ok(nothing("not a push"));
    }
    take(app, delivery).await.map(|(_, answer)| answer)
}

/// Answers `POST /webhook/<forge>`: 202 if there is a job now that there was not, else 200.
pub(super) async fn of_forge(
    State(app): State<App>,
    Extension(delivery): Extension<Arc<Delivery>>,
) -> Result<Response, Refusal> {
    let (is_new, answer) = take(app, delivery).await?;
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, answer).into_response())
}

/// Does what a webhook asks for, to the end, also if the forge hangs up meanwhile: most never tell
/// of the same thing again.
async fn take(app: App, delivery: Arc<Delivery>) -> Result<(bool, Json<WebhookAnswer>), Refusal> {
    tracing::debug!(delivery = delivery.id, event = delivery.name, "a webhook came");
    let doing = tokio::spawn(async move { act(&app, &delivery).await }.in_current_span());
    let done = doing.await;
    done.unwrap_or_else(|error| Err(Refusal::failed("doing what a webhook asks for", &error)))
}

/// Does what a webhook asks for. The forge is not asked anything meanwhile: it waits for the
/// answer, and not for long.
async fn act(app: &App, delivery: &Delivery) -> Result<(bool, Json<WebhookAnswer>), Refusal> {
    app.notice(delivery);
    let asked = asked(delivery).map_err(|error| {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable webhook", chain(&error))
    })?;
    let job = match asked {
        Asked::Job(job) => *job,
        Asked::Nothing(why) => {
            app.metrics().webhook("nothing");
            return Ok((false, nothing(why)));
        }
    };
    let submitted = app.queue().submit(job).await.map_err(|error| refuse(&error))?;
    let (job, is_new) = (&submitted.job, submitted.is_new);
    app.metrics().webhook(if is_new { "job" } else { "known" });
    note(&submitted);
    let message = if is_new { "a new job" } else { "the commit has this job" };
    let answer = WebhookAnswer { job: Some(job.id.to_string()), message: message.to_owned() };
    Ok((is_new, Json(answer)))
}

#[tracing::instrument(name = "job", skip_all, fields(id = %submitted.job.id))]
fn note(submitted: &Submitted) {
    let spec = &submitted.job.spec;
    tracing::info!(repository = %spec.repository, commit = %spec.commit,
        is_new = submitted.is_new, "a webhook asks for a job");
}

fn nothing(why: &str) -> Json<WebhookAnswer> {
    Json(WebhookAnswer { job: None, message: why.to_owned() })
}

fn refuse(error: &SubmitError) -> Refusal {
    match error {
        SubmitError::Store(error) => Refusal::of_store(error),
        SubmitError::NoTime { .. } => Refusal::failed("submitting a job", error),
    }
}
