//! What a job left, by way of its run at the forge.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jci_coord::Job;
use jci_forge::{EntryKind, FilePath};
use jci_proto::{Artifact, ArtifactList};
use jci_web::{attachment, media_type};
use serde::Deserialize;

use super::parameters;
use crate::http::app::App;
use crate::http::problem::{Refusal, chain};
use crate::jobs::{FindRunError, RunOnForge, find_run};

/// What a file may do that is opened by itself: run its own scripts, of no origin, and load
/// nothing.
const ALONE: HeaderValue = HeaderValue::from_static(
    "sandbox allow-scripts; default-src 'unsafe-inline' 'unsafe-eval' data: blob:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Git's mode of a symbolic link.
const LINK: &str = "120000";

/// Answers `GET …/artifacts`: the files of the run that the job pushed.
pub(super) async fn list(
    State(app): State<App>,
    Extension(job): Extension<Job>,
) -> Result<Json<ArtifactList>, Refusal> {
    let run = run_of(&app, &job).await?;
    let repository = app.forge().repository(&run.repository);
    let tree = repository.tree(&run.object).recursive().pages().all().await;
    let tree = tree.map_err(|error| away(&error))?;
    let is_file = |kind: EntryKind, mode: &str| kind == EntryKind::Blob && mode != LINK;
    let files = tree.into_iter().filter(|entry| is_file(entry.kind, &entry.mode));
    let mut files: Vec<_> =
        files.map(|entry| Artifact { path: entry.path, size: entry.size }).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Json(ArtifactList { run: run.id, files }))
}

/// How a file is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    download: Option<String>,
}

/// Answers `GET …/artifacts/<path>`: the bytes of a file, shown where its scripts reach nothing but
/// itself, or with `?download=1` to be saved.
pub(super) async fn content(
    State(app): State<App>,
    Extension(job): Extension<Job>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Path((_, path)) = path.map_err(|error| Refusal::malformed(error.body_text()))?;
    let path = FilePath::new(&path).map_err(|error| Refusal::malformed(error.to_string()))?;
    let run = run_of(&app, &job).await?;
    let repository = app.forge().repository(&run.repository);
    let found = repository.file(&run.object, &path).send().await;
    let Some(bytes) = found.map_err(|error| away(&error))? else {
        return Err(Refusal::not_found(format!("the run has no file {:?}", path.as_str())));
    };
    let name = path.as_str().as_bytes();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
        (header::CONTENT_SECURITY_POLICY, ALONE),
        // A run never changes. For this browser only, not for anything in between.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    ];
    let mut response = (headers, bytes).into_response();
    let out = response.headers_mut();
    // The policy of an artifact says who may frame it, and so does this, for older browsers.
    out.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"));
    if parameters(query)?.download.is_some() {
        out.insert(header::CONTENT_DISPOSITION, attachment(name));
    }
    Ok(response)
}

async fn run_of(app: &App, job: &Job) -> Result<RunOnForge, Refusal> {
    match find_run(app.forge(), job).await {
        Ok(Some(run)) => Ok(run),
        Ok(None) => Err(Refusal::not_found("the job has no run at the forge")),
        Err(error @ FindRunError::Name(_)) => Err(Refusal::failed("naming a run", &error)),
        Err(error @ FindRunError::Forge(_)) => Err(away(&error)),
    }
}

/// Says that the forge does not give what it is asked for.
fn away(error: &dyn std::error::Error) -> Refusal {
    tracing::warn!(error = %chain(error), "the forge does not give a run");
    let detail = "the forge, which has the files, does not give them; its answer is in the log of \
                  the server";
    Refusal::new(StatusCode::BAD_GATEWAY, "the forge does not answer", detail)
}
