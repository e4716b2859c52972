//! Runners ask for work, and may wait for it.

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use jci_coord::{
    Assignment, AttemptId, AttemptNumber, Change, Claim, Claimed, FinishError, Labels, NameError,
};
use jci_forge::RepoName;
use jci_proto::{AttemptName, JobOffer, PollAnswer, PollRequest};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::app::App;
use super::problem::{Refusal, chain};
use crate::jobs::{ImageError, Reached, image, offer};

/// A runner waits no longer than this, so that no proxy between takes it for dead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// So long a runner is to stay away where as many jobs run as may.
const AWAY: Duration = Duration::from_secs(5);

/// Answers `POST /poll`.
pub(super) async fn poll(
    State(app): State<App>,
    Extension(request): Extension<PollRequest>,
    headers: HeaderMap,
) -> Result<Json<PollAnswer>, Refusal> {
    let reached = Reached::of(&headers)
        .ok_or_else(|| Refusal::malformed("the header host must name this server"))?;
    let wait = Duration::from_secs(request.wait.unwrap_or(0).into()).min(LONGEST_WAIT);
    let claim = claim(request).map_err(|error| Refusal::malformed(error.to_string()))?;
    let until = Instant::now() + wait;
    loop {
        let claimed = claim_in_time(&app, &claim, until).await?;
        app.metrics().poll(match claimed {
            Claimed::Assigned(_) => "assigned",
            Claimed::Empty => "empty",
            Claimed::Full => "full",
        });
        match claimed {
            Claimed::Assigned(assignment) => {
                let job = prepare(&app, &reached, &assignment).await?;
                if job.is_some() {
                    return Ok(Json(PollAnswer { job }));
                }
                // It ended before any runner heard of it: the next one.
            }
            Claimed::Empty => return Ok(Json(PollAnswer { job: None })),
            Claimed::Full => {
                return Err(Refusal::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too many jobs",
                    "as many jobs run as may at once: JCI_MAX_JOBS",
                )
                .after(AWAY));
            }
        }
    }
}

fn claim(request: PollRequest) -> Result<Claim, NameError> {
    let running = request.running.map(|running| running.iter().map(attempt_id).collect());
    Ok(Claim {
        runner: request.runner_id.parse()?,
        labels: Labels::new(request.labels)?,
        running: running.transpose()?,
        request: request.request,
    })
}

/// Reads the name of an attempt.
pub(super) fn attempt_id(name: &AttemptName) -> Result<AttemptId, NameError> {
    let number = AttemptNumber::new(name.attempt);
    let unknown = || NameError::Job { found: format!("attempt {}", name.attempt) };
    Ok(AttemptId { job: name.job.parse()?, number: number.ok_or_else(unknown)? })
}

/// Asks the queue, and again whenever something changed, until there is a job or no time left.
///
/// A question that was begun is not broken off: a job might have been given away by then, of which
/// nobody would know.
async fn claim_in_time(app: &App, claim: &Claim, until: Instant) -> Result<Claimed, Refusal> {
    let mut claimed = claim_now(app, claim).await?;
    if matches!(claimed, Claimed::Assigned(_)) || Instant::now() >= until {
        return Ok(claimed);
    }
    tracing::debug!(runner = %claim.runner, "a runner waits");
    let mut over = pin!(async {
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = app.stop().requested() => {}
        }
    });
    let _first = tokio::select! {
        place = app.waiting_room().first_place(&claim.labels) => place,
        () = &mut over => return Ok(claimed),
    };
    // Listening begins before the next look, so that nothing falls between.
    let mut changes = app.queue().changes();
    loop {
        claimed = claim_now(app, claim).await?;
        if matches!(claimed, Claimed::Assigned(_)) {
            return Ok(claimed);
        }
        tokio::select! {
            () = news(&mut changes) => {}
            () = &mut over => return Ok(claimed),
        }
    }
}

async fn claim_now(app: &App, claim: &Claim) -> Result<Claimed, Refusal> {
    app.queue().claim(claim).await.map_err(|error| Refusal::of_store(&error))
}

/// Returns once a job may be had, or a place for one.
async fn news(changes: &mut broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Job { ready, state, .. }) if ready || state.is_final() => return,
            Ok(Change::Job { .. } | Change::Status) => {}
            Ok(Change::Missed) | Err(RecvError::Lagged(_)) => return,
            // The queue is gone with the server.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Makes the offer of a job; none if the attempt ended at once, because there is no image for it.
#[tracing::instrument(name = "job", skip_all, fields(id = %assignment.job.id))]
async fn prepare(
    app: &App,
    reached: &Reached,
    assignment: &Assignment,
) -> Result<Option<JobOffer>, Refusal> {
    let (job, attempt) = (&assignment.job, &assignment.attempt);
    // Both sides hold names to rules of their own.
    let name = RepoName::parse(job.spec.repository.as_str())
        .map_err(|error| Refusal::failed("offering a job", &error))?;
    let image = match image(app.config(), app.forge(), &name, job).await {
        Ok(image) => image,
        Err(error) => return end(app, assignment, &error).await.map(|()| None),
    };
    tracing::info!(attempt = %attempt.id.number, runner = %attempt.runner,
        repository = %job.spec.repository, image, "a runner got a job");
    Ok(Some(offer(app.config(), reached, &name, assignment, image)))
}

/// Ends an attempt for which there is no image.
async fn end(app: &App, assignment: &Assignment, error: &ImageError) -> Result<(), Refusal> {
    tracing::warn!(error = %chain(error), "a job has no image");
    match app.queue().finish(&assignment.attempt.id, &error.outcome()).await {
        // What ended meanwhile, needs no end.
        Ok(_) | Err(FinishError::Stale { .. }) => Ok(()),
        Err(FinishError::Store(error)) => Err(Refusal::of_store(&error)),
        Err(error) => Err(Refusal::failed("ending a job without an image", &error)),
    }
}
