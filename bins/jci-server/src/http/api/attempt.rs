//! Runners say that an attempt began, and how it ended.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use jci_coord::{Attempt, FinishError, Outcome, StartError};
use jci_proto::AttemptResult;

use crate::http::app::App;
use crate::http::body::{self, JSON_LIMIT};
use crate::http::problem::{Refusal, chain};
use crate::jobs::sentence;

/// Answers `POST …/start`: 204, also when it is said again.
pub(super) async fn start(
    State(app): State<App>,
    Extension(attempt): Extension<Attempt>,
) -> Result<StatusCode, Refusal> {
    match app.queue().start(&attempt.id).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(StartError::Store(error)) => Err(Refusal::of_store(&error)),
        Err(error @ (StartError::Unknown { .. } | StartError::Stale { .. })) => Err(stale(&error)),
    }
}

/// Answers `POST …/result`: 204, also when it is said again; 409 to an attempt that is not the
/// job's any more, or that has said something else before.
pub(super) async fn result(
    State(app): State<App>,
    Extension(attempt): Extension<Attempt>,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let bytes = body::read(body, JSON_LIMIT, app.config().listen.patience).await?;
    let outcome = outcome(body::parse(&bytes)?);
    match app.queue().finish(&attempt.id, &outcome).await {
        Ok(reported) => {
            let job = reported.job();
            tracing::info!(attempt = %attempt.id.number, state = %job.state,
                "a runner reports a result");
            Ok(StatusCode::NO_CONTENT)
        }
        Err(FinishError::Store(error)) => Err(Refusal::of_store(&error)),
        Err(
            error @ (FinishError::Unknown { .. }
            | FinishError::Stale { .. }
            | FinishError::Contradicts { .. }),
        ) => Err(stale(&error)),
    }
}

fn outcome(result: AttemptResult) -> Outcome {
    Outcome {
        verdict: result.status,
        exit_code: result.exit_code,
        reason: result.reason.as_deref().and_then(sentence),
        run: result.run.filter(|run| run.len() <= 64),
    }
}

/// Says that the attempt has no say any more.
pub(super) fn stale(error: &dyn std::error::Error) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "stale attempt", chain(error))
}
