//! The log of a job in lines, as its page shows it.

use std::io::{self, Cursor};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use jci_coord::{AttemptId, Job};
use jci_web::{Interest, Log, LogAnswers, LogQuestion, LogShelf, SharedLog, TooManyLogs};
use tokio::time::sleep;

use crate::http::api::{LogCompleteness, LogCompletenessError, LogPlace, LogSource};
use crate::http::app::App;
use crate::http::problem::{Refusal, chain};

/// So often is looked whether a log that is shown is complete.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The logs that are shown, and what answers for them.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// By attempt, and whether the log was complete as it was opened.
    shelf: LogShelf<(AttemptId, bool)>,
    answers: LogAnswers,
}

type Asked = Result<Query<LogPlace>, QueryRejection>;

macro_rules! handler {
    ($name:ident, $question:expr, $doc:literal) => {
        #[doc = $doc]
        pub(super) async fn $name(
            State(app): State<App>,
            Extension(job): Extension<Job>,
            query: Asked,
            uri: Uri,
            headers: HeaderMap,
        ) -> Result<Response, Refusal> {
            answer($question, &app, &job, query, &uri, &headers).await
        }
    };
}

handler!(window, LogQuestion::Window, "Answers `GET /jobs/<job>/log`.");
handler!(outline, LogQuestion::Outline, "Answers `GET /jobs/<job>/log/outline`.");
handler!(search, LogQuestion::Search, "Answers `GET /jobs/<job>/log/search`.");
handler!(events, LogQuestion::Events, "Answers `GET /jobs/<job>/log/events`.");

async fn answer(
    question: LogQuestion,
    app: &App,
    job: &Job,
    query: Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let Query(place) = query.map_err(|error| Refusal::malformed(error.body_text()))?;
    let nothing = || Refusal::not_found("nothing of this log has come yet");
    let attempt = place.attempt(job)?.ok_or_else(nothing)?;
    let log = open(app, job, attempt).await?;
    Ok(app.lines().answers.answer(question, log, uri, headers).await)
}

/// Fails because a log cannot be shown.
#[derive(Debug, thiserror::Error)]
enum ShowError {
    #[error(transparent)]
    TooMany(#[from] TooManyLogs),
    #[error("the log cannot be read")]
    Read(#[from] io::Error),
}

/// Opens the log of an attempt, once for all who look at it.
async fn open(app: &App, job: &Job, attempt: AttemptId) -> Result<SharedLog, Refusal> {
    let complete =
        LogCompleteness::of(app, job, Some(&attempt)).await? == LogCompleteness::Complete;
    let source = LogSource::open(app, job, &attempt).await?;
    let source = source.ok_or_else(|| Refusal::not_found("nothing of this log has come yet"))?;
    let (shared, path) = (app.clone(), app.logs().path(&attempt));
    let open = move || {
        let key = (attempt.clone(), complete);
        shared.lines().shelf.get(key, 0, !complete, |interest| -> Result<Log, ShowError> {
            Ok(match source {
                LogSource::Whole(bytes) => Log::read(Cursor::new(bytes), None)?,
                LogSource::File(_) if complete => Log::follow(path, None, || true)?,
                LogSource::File(_) => Log::follow(path, None, end_of(&shared, attempt, interest))?,
            })
        })
    };
    // Opening touches the disk.
    let opened = tokio::task::spawn_blocking(open).await;
    match opened.map_err(|error| Refusal::failed("opening a log", &error))? {
        Ok(log) => Ok(log),
        Err(ShowError::TooMany(error)) => Err(Refusal::unavailable(chain(&error))),
        Err(error @ ShowError::Read(_)) => Err(Refusal::failed("opening a log", &error)),
    }
}

/// Returns what tells whether a log is at its end: it is complete, or nobody looks any more.
///
/// The queue is asked by a task, for whoever reads the log is a thread.
fn end_of(app: &App, attempt: AttemptId, interest: Interest) -> impl Fn() -> bool + Send + use<> {
    let complete = Arc::new(AtomicBool::new(false));
    let (told, app, wanted) = (Arc::clone(&complete), app.clone(), interest.clone());
    let watch = async move {
        while !wanted.is_gone() {
            match is_complete(&app, &attempt).await {
                Ok(true) => break,
                Ok(false) => {}
                // What cannot be asked just now is asked again.
                Err(error) => tracing::debug!(error = %chain(&error), "a job cannot be read"),
            }
            sleep(LOOK_EVERY).await;
        }
        told.store(true, Ordering::Relaxed);
    };
    // The thread that opens a log is one of the runtime's.
    drop(tokio::spawn(watch));
    move || complete.load(Ordering::Relaxed) || interest.is_gone()
}

/// Tells whether a log is complete; that of a job which was forgotten is.
async fn is_complete(app: &App, attempt: &AttemptId) -> Result<bool, LogCompletenessError> {
    let Some(job) = app.queue().job(&attempt.job).await? else { return Ok(true) };
    let completeness = LogCompleteness::of(app, &job, Some(attempt)).await?;
    Ok(completeness == LogCompleteness::Complete)
}
