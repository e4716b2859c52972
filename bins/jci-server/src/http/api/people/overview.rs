//! The runners, and how much there is to do.

use axum::Json;
use axum::extract::State;
use jci_coord::AttemptId;
use jci_proto::{AttemptName, LabelDepth, QueueDepth, RunnerInfo, RunnerList};

use crate::http::app::App;
use crate::http::problem::Refusal;

/// Answers `GET /api/v1/runners`.
pub(super) async fn runners(State(app): State<App>) -> Result<Json<RunnerList>, Refusal> {
    let found = app.queue().runners().await.map_err(|error| Refusal::of_store(&error))?;
    let runners = found.into_iter().map(|view| RunnerInfo {
        name: view.runner.id.to_string(),
        labels: view.runner.labels.iter().map(str::to_owned).collect(),
        seen: view.runner.seen.to_string(),
        running: view.running.iter().map(name).collect(),
    });
    Ok(Json(RunnerList { runners: runners.collect() }))
}

/// Answers `GET /api/v1/queue`.
pub(super) async fn queue(State(app): State<App>) -> Result<Json<QueueDepth>, Refusal> {
    let depth = app.queue().queue_depth().await.map_err(|error| Refusal::of_store(&error))?;
    let ready = depth.ready.iter().map(|ready| LabelDepth {
        labels: ready.labels.iter().map(str::to_owned).collect(),
        jobs: ready.jobs,
        oldest: ready.oldest.to_string(),
    });
    Ok(Json(QueueDepth {
        ready: ready.collect(),
        waiting: depth.waiting,
        live: depth.live,
        unsent_statuses: depth.unsent,
    }))
}

fn name(attempt: &AttemptId) -> AttemptName {
    AttemptName { job: attempt.job.to_string(), attempt: attempt.number.get() }
}
