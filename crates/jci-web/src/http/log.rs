//! Logs in windows, and as they grow.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use axum::response::sse::{self, Sse};
use futures_util::stream;
use jci_proto::{LogEvent, LogExtent};
use tokio::time::{Instant, sleep_until, timeout};

use super::App;
use super::address::check_path;
use super::api::{Answer, answer, computed, parts};
use super::events::{event, keep_alive};
use super::params::Params;
use super::problem::Fault;
use crate::ViewError;
use crate::log::{Direction, Query};
use crate::views::SharedLog;

/// So many lines a window has where no number is given, and at most.
const LINES: (u32, u32) = (200, 2000);
/// So many matches are listed where no number is given, and at most.
const MATCHES: (u32, u32) = (100, 1000);
/// A log that is just being read is given this long to have what is asked for: most are read whole.
const TIME_TO_READ: Duration = Duration::from_millis(200);
/// So often at most is told that a log has grown.
const PACE: Duration = Duration::from_millis(80);

/// Opens the log that an address names.
async fn open(app: &App, params: &RawPathParams, query: &Params) -> Result<SharedLog, Fault> {
    let [commit, run] = parts(params)?;
    let file = query.bytes("file").map(|path| check_path(path.to_owned())).transpose()?;
    let log = app.view(move |views| views.log(&commit, &run, file.as_deref())).await?;
    Ok(log?)
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
    let query = Params::of(&uri);
    let first = query.number("first")?.unwrap_or(0);
    let count = count(&query, LINES)?;
    let log = open(&app, &path, &query).await?;
    wait_for(&log, |extent| extent.settled >= first.saturating_add(count.into())).await;
    answer(&app, &request, move |_| log.log.window(first, count).map_err(ViewError::Log)).await
}

pub(crate) async fn outline(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    let log = open(&app, &path, &Params::of(&uri)).await?;
    wait_for(&log, |_| false).await;
    answer(&app, &request, move |_| Ok(log.log.outline())).await
}

pub(crate) async fn search(
    State(app): State<App>,
    path: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    let params = Params::of(&uri);
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
    let query = Query {
        text,
        case_sensitive: params.text("case")?.as_deref() == Some("1"),
        from: params.number("from")?.unwrap_or(0),
        direction,
        count: count(&params, MATCHES)?,
    };
    let log = open(&app, &path, &params).await?;
    wait_for(&log, |_| false).await;
    computed(&app, &request, move |_| log.log.search(&query).map_err(ViewError::Log)).await
}

fn count(params: &Params, (usual, most): (u32, u32)) -> Result<u32, Fault> {
    let Some(count) = params.number("count")? else { return Ok(usual) };
    match u32::try_from(count) {
        Ok(count) if count <= most => Ok(count),
        _ => Err(Fault::malformed(format!("the parameter count is {count}; at most {most}"))),
    }
}

/// Tells how a log grows, beginning with how it is, until it is complete.
pub(crate) async fn events(State(app): State<App>, path: RawPathParams, uri: Uri) -> Answer {
    let log = open(&app, &path, &Params::of(&uri)).await?;
    let begin = Follow { log, told: None, next: Instant::now() };
    let stream = stream::unfold(Some(begin), |follow| async { Some(follow?.tell().await) });
    Ok(Sse::new(stream).keep_alive(keep_alive()).into_response())
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
