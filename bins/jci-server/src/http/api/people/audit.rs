//! Who did what, and who was refused.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jci_coord::{AuditEntry, AuditFilter, JobId, RepositoryName};
use jci_proto::{AuditLine, AuditPage};
use serde::Deserialize;

use super::{cut, page_size, parameters};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// Which lines are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    job: Option<JobId>,
    repository: Option<RepositoryName>,
    #[serde(default)]
    refused: bool,
    before: Option<i64>,
    limit: Option<u32>,
}

/// Answers `GET /api/v1/audit`, the newest line first.
pub(super) async fn read(
    State(app): State<App>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<AuditPage>, Refusal> {
    let asked = parameters(query)?;
    let size = page_size(asked.limit)?;
    let filter = AuditFilter {
        job: asked.job,
        repository: asked.repository,
        refused_only: asked.refused,
        before: asked.before,
    };
    let found = app.queue().audit(&filter, size + 1).await;
    let mut found = found.map_err(|error| Refusal::of_store(&error))?;
    let next = cut(&mut found, size, |(number, _)| *number);
    Ok(Json(AuditPage { entries: found.into_iter().map(line).collect(), next }))
}

fn line((number, entry): (i64, AuditEntry)) -> AuditLine {
    AuditLine {
        number,
        time: entry.time.to_string(),
        actor: entry.actor.to_string(),
        action: entry.action.to_string(),
        refused: entry.refused,
        job: entry.job.map(Into::into),
        repository: entry.repository.map(Into::into),
        detail: entry.detail,
    }
}
