//! Who looks at one job: whoever was given its address, and people.

use axum::RequestExt as _;
use axum::extract::{Query, RawPathParams, Request};
use jci_coord::{Job, JobId};
use serde::Deserialize;

use super::{person, refuse};
use crate::http::app::App;
use crate::http::problem::Refusal;

/// What an address may hold that opens a job.
#[derive(Debug, Deserialize)]
struct Shown {
    key: Option<String>,
}

/// Lets a request through that shows the key of the job in its address, or the API token; the
/// handler gets the `Job`.
///
/// To whoever shows only a key, a job that is not there looks like one of another key.
pub(super) async fn admit(app: &App, mut request: Request) -> Result<Request, Refusal> {
    let job = job_of(app, &mut request).await?;
    let shown = request.extract_parts::<Query<Shown>>().await.ok().and_then(|shown| shown.0.key);
    match (job, shown) {
        (Some(job), Some(key)) if job.view_key.matches(&key) => {
            request.extensions_mut().insert(job);
            Ok(request)
        }
        (Some(job), _) if person::shows_token(app, &request) => {
            request.extensions_mut().insert(job);
            Ok(request)
        }
        (None, _) if person::shows_token(app, &request) => {
            Err(Refusal::not_found("there is no such job"))
        }
        _ => {
            let detail = "open this job by the link in the status of its commit, which has its \
                          key, or show the API token as a bearer token";
            Err(refuse(app, &request, Refusal::unauthorized(detail)))
        }
    }
}

/// Finds the job that an address names.
async fn job_of(app: &App, request: &mut Request) -> Result<Option<Job>, Refusal> {
    let path = request.extract_parts::<RawPathParams>().await;
    let path = path.map_err(|error| Refusal::malformed(error.body_text()))?;
    let id = path.iter().find(|(name, _)| *name == "job");
    let Some(id) = id.and_then(|(_, id)| id.parse::<JobId>().ok()) else { return Ok(None) };
    app.queue().job(&id).await.map_err(|error| Refusal::of_store(&error))
}
