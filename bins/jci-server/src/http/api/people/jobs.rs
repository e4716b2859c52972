//! Jobs, in pages and one by one.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use jci_coord::{CommitId, Job, JobFilter, JobId, RepositoryName};
use jci_proto::{JobDetail, JobPage};
use serde::Deserialize;

use super::{cut, page_size, parameters, view};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// Which jobs are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    repository: Option<RepositoryName>,
    commit: Option<CommitId>,
    state: Option<jci_proto::JobState>,
    before: Option<JobId>,
    limit: Option<u32>,
}

/// Answers `GET /api/v1/jobs`, the newest first.
pub(super) async fn list(
    State(app): State<App>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<JobPage>, Refusal> {
    let asked = parameters(query)?;
    let size = page_size(asked.limit)?;
    let filter = JobFilter {
        repository: asked.repository,
        commit: asked.commit,
        state: asked.state,
        before: asked.before,
    };
    // One more than is shown tells whether there are more.
    let found = app.queue().jobs(&filter, size + 1).await;
    let mut found = found.map_err(|error| Refusal::of_store(&error))?;
    let next = cut(&mut found, size, |job| job.id.to_string());
    Ok(Json(JobPage { jobs: found.iter().map(view::summary).collect(), next }))
}

/// Answers `GET /api/v1/jobs/<job>`.
pub(super) async fn show(
    State(app): State<App>,
    Extension(job): Extension<Job>,
) -> Result<Json<JobDetail>, Refusal> {
    let found = app.queue().attempts(&job.id).await.map_err(|error| Refusal::of_store(&error))?;
    let mut attempts = Vec::with_capacity(found.len());
    for attempt in &found {
        let bytes = app.logs().length(&attempt.id).await;
        let bytes = bytes.map_err(|error| Refusal::failed("looking at a log", &error))?;
        attempts.push(view::attempt(attempt, bytes));
    }
    Ok(Json(JobDetail { job: view::summary(&job), attempts }))
}
