//! People stop a job, run it once more, or let it run.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, extract::rejection::PathRejection};
use jci_coord::{Actor, ApproveError, CancelError, Cancelled, CommitId, JobId, RerunError};
use jci_proto::{Approval, JobSummary, Rerun};

use super::view;
use crate::http::app::App;
use crate::http::body::{self, JSON_LIMIT};
use crate::http::problem::{Refusal, chain};

/// Answers `POST …/cancel`: 200 if the job is cancelled, 202 if its runner is asked to stop it, 409
/// if it has ended.
pub(super) async fn cancel(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
) -> Result<(StatusCode, Json<JobSummary>), Refusal> {
    let id = job_id(path)?;
    match app.queue().cancel(&id, &person()).await {
        Ok(Cancelled::Now(job)) => Ok((StatusCode::OK, Json(view::summary(&job)))),
        Ok(Cancelled::Asked(job)) => Ok((StatusCode::ACCEPTED, Json(view::summary(&job)))),
        Err(CancelError::Store(error)) => Err(Refusal::of_store(&error)),
        Err(error @ CancelError::Unknown { .. }) => Err(Refusal::not_found(error.to_string())),
        Err(error @ CancelError::Ended { .. }) => Err(conflict(&error)),
    }
}

/// Answers `POST …/rerun`: 201 with the id of the new job; 409 if the old one goes on, was never
/// approved, or its commit has another job that goes on.
pub(super) async fn rerun(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let id = job_id(path)?;
    let job = match app.queue().rerun(&id, &person()).await {
        Ok(job) => job,
        Err(RerunError::Store(error)) => return Err(Refusal::of_store(&error)),
        Err(error @ RerunError::Unknown { .. }) => {
            return Err(Refusal::not_found(error.to_string()));
        }
        Err(
            error @ (RerunError::NotEnded { .. }
            | RerunError::NotApproved { .. }
            | RerunError::Active { .. }),
        ) => return Err(conflict(&error)),
    };
    let place = HeaderValue::from_str(&format!("/api/v1/jobs/{job}"))
        .map_err(|error| Refusal::failed("naming a job", &error))?;
    let answer = Json(Rerun { job: job.to_string() });
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response())
}

/// Answers `POST …/approve`: 200, also when it is said again; 409 if another commit was looked at
/// than the job runs, or the job has ended.
pub(super) async fn approve(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Json<JobSummary>, Refusal> {
    let id = job_id(path)?;
    let bytes = body::read(body, JSON_LIMIT, app.config().listen.patience).await?;
    let Approval { commit } = body::parse(&bytes)?;
    let commit: CommitId =
        commit.parse().map_err(|error| Refusal::malformed(format!("commit: {error}")))?;
    match app.queue().approve(&id, &commit, &person()).await {
        Ok(job) => Ok(Json(view::summary(&job))),
        Err(ApproveError::Store(error)) => Err(Refusal::of_store(&error)),
        Err(error @ ApproveError::Unknown { .. }) => Err(Refusal::not_found(error.to_string())),
        Err(error @ (ApproveError::OtherCommit { .. } | ApproveError::Ended { .. })) => {
            Err(conflict(&error))
        }
    }
}

/// Names who acts: there is one API token, and whoever has it is the same to the server.
fn person() -> Actor {
    Actor::Person("api".to_owned())
}

fn job_id(path: Result<Path<String>, PathRejection>) -> Result<JobId, Refusal> {
    let Path(id) = path.map_err(|error| Refusal::malformed(error.body_text()))?;
    id.parse().map_err(|_| Refusal::not_found("there is no such job"))
}

fn conflict(error: &dyn std::error::Error) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "not possible now", chain(error))
}
