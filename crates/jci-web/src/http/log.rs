//! Logs in windows, and as they grow.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{self, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jci_proto::{LogEvent, LogExtent};
use tokio::time::{Instant, sleep_until, timeout};

use super::App;
use super::address::check_path;
use super::api::{Answer, parts};
use super::events::{event, keep_alive};
use super::jobs::Jobs;
use super::params::Params;
use super::problem::Fault;
use super::reply::json;
use crate::ViewError;
use crate::log::{Direction, Query, SharedLog};

/// So many lines a window has where no number is given, and at most.
const LINES: (u32, u32) = (200, 2000);
/// So many matches are listed where no number is given, and at most.
const MATCHES: (u32, u32) = (100, 1000);
/// A log that is just being read is given this long to have what is asked for: most are read whole.
const TIME_TO_READ: Duration = Duration::from_millis(200);
/// So often at most is told that a log has grown.
const PACE: Duration = Duration::from_millis(80);

/// What can be asked of a log, each by `GET` with parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogQuestion {
    /// Some lines: `first`, `count`.
    Window,
    /// What there is to find.
    Outline,
    /// Where a text is: `text`, `case`, `from`, `direction`, `count`.
    Search,
    /// How it grows, as server-sent events.
    Events,
}

/// Answers what pages ask of logs, so many questions at a time.
#[derive(Debug, Clone)]
pub struct LogAnswers {
    jobs: Jobs,
}

impl Default for LogAnswers {
    fn default() -> Self {
        Self { jobs: Jobs::new() }
    }
}

impl LogAnswers {
    /// Answers a question about a log; the parameters stand in the address.
    pub async fn answer(
        &self,
        question: LogQuestion,
        log: SharedLog,
        uri: &Uri,
        request: &HeaderMap,
    ) -> Response {
        answer(&self.jobs, question, log, uri, request).await.into_response()
    }
}

async fn answer(
    jobs: &Jobs,
    question: LogQuestion,
    log: SharedLog,
    uri: &Uri,
    request: &HeaderMap,
) -> Answer {
    let query = Params::of(uri);
    match question {
        LogQuestion::Window => window_of(jobs, log, &query, request).await,
        LogQuestion::Outline => outline_of(jobs, log, request).await,
        LogQuestion::Search => search_in(jobs, log, &query, request).await,
        LogQuestion::Events => Ok(events_of(log)),
    }
}

/// Answers a question about the log that an address names.
async fn ask(
    question: LogQuestion,
    app: App,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    let [commit, run] = parts(&path)?;
    let query = Params::of(&uri);
    let file = query.bytes("file").map(|path| check_path(path.to_owned())).transpose()?;
    let log = app.view(move |views| views.log(&commit, &run, file.as_deref())).await??;
    answer(&app.jobs, question, log, &uri, &request).await
}

/// Waits a moment for a log to have as much as is wanted of it.
async fn wait_for(log: &SharedLog, is_enough: impl Fn(LogExtent) -> bool) {
    let _ = timeout(TIME_TO_READ, async {
        let mut extent = log.log.extent();
        while !extent.complete && !is_enough(extent) {
            extent = log.log.changed(extent).await;
        }
    })
    .await;
}

pub(crate) async fn window(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    ask(LogQuestion::Window, app, path, uri, request).await
}

async fn window_of(jobs: &Jobs, log: SharedLog, query: &Params, request: &HeaderMap) -> Answer {
    let first = query.number("first")?.unwrap_or(0);
    let count = count(query, LINES)?;
    wait_for(&log, |extent| extent.settled >= first.saturating_add(count.into())).await;
    let request = request.clone();
    let made = move || json(&request, &log.log.window(first, count).map_err(ViewError::Log)?);
    jobs.quick(made).await?
}

pub(crate) async fn outline(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    ask(LogQuestion::Outline, app, path, uri, request).await
}

async fn outline_of(jobs: &Jobs, log: SharedLog, request: &HeaderMap) -> Answer {
    wait_for(&log, |_| false).await;
    let request = request.clone();
    jobs.quick(move || json(&request, &log.log.outline())).await?
}

pub(crate) async fn search(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    ask(LogQuestion::Search, app, path, uri, request).await
}

async fn search_in(jobs: &Jobs, log: SharedLog, params: &Params, request: &HeaderMap) -> Answer {
    let query = search_query(params)?;
    wait_for(&log, |_| false).await;
    let request = request.clone();
    let made = move || json(&request, &log.log.search(&query).map_err(ViewError::Log)?);
    jobs.long(made).await?
}

fn search_query(params: &Params) -> Result<Query, Fault> {
    let Some(text) = params.text("text")?.filter(|text| !text.is_empty()) else {
        return Err(Fault::malformed("the parameter text is missing: what to look for"));
    };
    let direction = match params.text("direction")?.as_deref() {
        None | Some("forward") => Direction::Forward,
        Some("back") => Direction::Back,
        Some(other) => {
            let detail = format!("the parameter direction is {other:?}; expected forward or back");
            return Err(Fault::malformed(detail));
        }
    };
    Ok(Query {
        text,
        case_sensitive: params.text("case")?.as_deref() == Some("1"),
        from: params.number("from")?.unwrap_or(0),
        direction,
        count: count(params, MATCHES)?,
    })
}

fn count(params: &Params, (usual, most): (u32, u32)) -> Result<u32, Fault> {
    let Some(count) = params.number("count")? else { return Ok(usual) };
    match u32::try_from(count) {
        Ok(count) if count <= most => Ok(count),
        _ => Err(Fault::malformed(format!("the parameter count is {count}; at most {most}"))),
    }
}

pub(crate) async fn events(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    ask(LogQuestion::Events, app, path, uri, request).await
}

/// Tells how a log grows, beginning with how it is, until it is complete.
fn events_of(log: SharedLog) -> Response {
    let begin = Follow { log, told: None, next: Instant::now() };
    let stream = stream::unfold(Some(begin), |follow| async { Some(follow?.tell().await) });
    Sse::new(stream).keep_alive(keep_alive()).into_response()
}

/// How far somebody was told of a log.
struct Follow {
    log: SharedLog,
    told: Option<LogExtent>,
    next: Instant,
}

impl Follow {
    /// Waits for something to tell; `None` in the place of this if it was the last.
    async fn tell(mut self) -> (Result<sse::Event, Infallible>, Option<Self>) {
        let extent = match self.told {
            None => self.log.log.extent(),
            Some(told) => {
                let _ = self.log.log.changed(told).await;
                sleep_until(self.next).await;
                self.log.log.extent()
            }
        };
        self.next = Instant::now() + PACE;
        self.told = Some(extent);
        let id = extent.settled.to_string();
        if extent.complete {
            (Ok(event("ended", &LogEvent::Ended { extent }).id(id)), None)
        } else {
            (Ok(event("grown", &LogEvent::Grown { extent }).id(id)), Some(self))
        }
    }
}
