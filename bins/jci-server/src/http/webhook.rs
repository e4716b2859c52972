//! Webhooks: what the forge says has happened, durable before it is answered.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, response::IntoResponse as _, response::Response};
use jci_coord::{SubmitError, Submitted};
use jci_forge::ObjectId;
use jci_forge::webhook::{Delivery, Event, Push};
use jci_proto::WebhookAnswer;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::app::App;
use super::problem::{Refusal, chain};
use crate::jobs::{Asked, asked, tag};

/// The forge may take so long to say which commit a tag leads to: it waits for an answer itself.
const PATIENCE: Duration = Duration::from_secs(3);

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

/// Does what a webhook asks for. The forge waits for the answer, and not for long: it is asked
/// nothing meanwhile, but for the one thing that cannot be put off.
async fn act(app: &App, delivery: &Delivery) -> Result<(bool, Json<WebhookAnswer>), Refusal> {
    app.notice(delivery);
    let tag = match tag(delivery) {
        Some((push, object)) => Some(peeled(app, push, object).await?),
        None => None,
    };
    let asked = asked(delivery, tag.as_ref()).map_err(|error| {
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

/// Finds the commit of a tag of which the webhook names an object, which may be the tag's own.
///
/// A job of that would bear no status and could push no run.
async fn peeled(app: &App, push: &Push, object: &ObjectId) -> Result<ObjectId, Refusal> {
    let repository = app.forge().repository(&push.repository.name);
    let Ok(found) = timeout(PATIENCE, repository.commit(object).send()).await else {
        return Err(away("it did not answer in time"));
    };
    let commit = found.map_err(|error| away(&chain(&error)))?;
    commit.ok_or_else(|| {
        let detail = format!("{} leads to no commit", push.reference);
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable webhook", detail)
    })
}

fn away(why: &str) -> Refusal {
    tracing::error!(error = why, "the forge does not say which commit a tag leads to");
    Refusal::unavailable("the forge does not say which commit the tag leads to; deliver it again")
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
