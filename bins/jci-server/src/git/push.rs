//! Pushes: read, checked, written anew for the forge, and the answer watched.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use secrecy::SecretString;
use tracing::{Instrument as _, Span};

use super::accepted::PushAnswer;
use super::asked::Service;
use super::commands::{CommandError, CommandList, CommandReader};
use super::exchange::{Exchange, Relay};
use super::grant::{Grant, PushedRun, Refused};
use super::outlet::{Outlet, answer, outlet};
use super::progress::Progress;
use super::refusal::Refusal;
use super::upload::{Upload, UploadError};
use super::{report, rules};

/// So much of a push that is refused before it began is read, so that git hears why.
const UNHEARD_BYTES: u64 = 64 << 20;

/// A push that has been read up to its pack.
struct Begun {
    list: CommandList,
    pack: Bytes,
}

/// A push that has been read and asks for what it may.
struct Checked {
    begun: Begun,
    runs: Vec<PushedRun>,
}

/// Why a push is not read up to its pack.
enum NotBegun {
    /// git can be told in its own words.
    Told(Bytes),
    /// What came is not git's.
    Refused(Refusal),
}

/// Takes a push.
pub(crate) async fn push(exchange: Exchange, token: SecretString, body: Body) -> Response {
    let limit = exchange.proxy.limits.pack_bytes;
    let mut upload = Upload::new(body.into_data_stream(), limit, exchange.progress.clone());
    let begun = match begin(&mut upload).await {
        Ok(begun) => begun,
        Err(not) => return not.into_response(&mut upload, limit).await,
    };
    if begun.list.commands.is_empty() {
        // By this git finds out whether its token is good before it sends a long pack.
        return told(Bytes::new());
    }
    let runs = match rules::check(&exchange.grant, &begun.list) {
        Ok(runs) => runs,
        Err(refusals) => {
            Span::current().record("outcome", &refusals.hint);
            tracing::info!(outcome = refusals.hint, "a push was refused");
            let report = report::refused(&begun.list, &refusals);
            return NotBegun::Told(report).into_response(&mut upload, limit).await;
        }
    };
    let (outlet, outflow) = outlet();
    let checked = Checked { begun, runs };
    tokio::spawn(pass(exchange, token, upload, checked, outlet).in_current_span());
    outflow.into_response(Service::Push.result_type()).await
}

/// Tells git in its own words that it may not push, whatever it wanted to push.
pub(crate) async fn refuse(refused: &Refusal, progress: Arc<Progress>, body: Body) -> Response {
    let mut upload = Upload::new(body.into_data_stream(), UNHEARD_BYTES, progress);
    let told = match begin(&mut upload).await {
        Ok(begun) if begun.list.commands.is_empty() => Bytes::new(),
        Ok(begun) => report::failed(&begun.list, &refused.to_string()),
        Err(not) => return not.into_response(&mut upload, UNHEARD_BYTES).await,
    };
    NotBegun::Told(told).into_response(&mut upload, UNHEARD_BYTES).await
}

async fn begin(upload: &mut Upload) -> Result<Begun, NotBegun> {
    let mut reader = CommandReader::default();
    loop {
        let piece = match upload.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Err(NotBegun::Refused(CommandError::BrokeOff.into())),
            Err(_) => return Err(NotBegun::Refused(Refusal::BrokeOff)),
        };
        match reader.push(&piece) {
            Ok(false) => {}
            Ok(true) => break,
            Err(error) if error.is_of_git() => {
                let told = report::stopped(reader.capabilities(), &error.to_string());
                return Err(NotBegun::Told(told));
            }
            Err(error) => return Err(NotBegun::Refused(error.into())),
        }
    }
    match reader.finish() {
        Ok((list, pack)) => Ok(Begun { list, pack }),
        Err(error) => Err(NotBegun::Refused(error.into())),
    }
}

impl NotBegun {
    async fn into_response(self, upload: &mut Upload, limit: u64) -> Response {
        match self {
            Self::Told(report) => match upload.discard(limit).await {
                Ok(()) | Err(UploadError::TooLarge { .. }) => told(report),
                Err(_) => Refusal::BrokeOff.into_response(),
            },
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

fn told(report: Bytes) -> Response {
    answer(Service::Push.result_type(), Body::from(report))
}

/// Passes a push that was checked to the forge, to its end even if git is gone before it.
async fn pass(
    exchange: Exchange,
    token: SecretString,
    mut upload: Upload,
    checked: Checked,
    outlet: Outlet,
) {
    let Checked { begun: Begun { list, pack }, runs } = checked;
    let mut passage = PushAnswer::new(runs, &list.capabilities);
    let mut relay = Relay::to_the_end(&mut passage, &outlet);
    let first = [list.to_bytes(), pack].concat().into();
    let confirm = still_granted(&exchange, &token);
    let result = exchange.call(Service::Push, (first, &mut upload), confirm, &mut relay).await;
    for run in relay.passage.taken() {
        exchange.proxy.observer.pushed(&exchange.grant, run).await;
    }
    match &result {
        Err(error) if relay.passage.is_silent() => {
            let write = if error.leaves_doubt() { report::in_doubt } else { report::failed };
            let report = write(&list, &error.to_string());
            relay.release(&exchange.progress).await;
            // Nobody is left to hear it if git is gone.
            let _ = outlet.give(report, &exchange.progress).await;
        }
        Err(error) => relay.end_with(error, &exchange.progress).await,
        Ok(()) => relay.release(&exchange.progress).await,
    }
    exchange.log(&result);
}

/// Makes sure that the job goes on: the run of one that is over would count for nothing.
async fn still_granted(exchange: &Exchange, token: &SecretString) -> Result<(), Refused> {
    let Grant { attempt, repository, .. } = &exchange.grant;
    let now = exchange.proxy.grants.grant(token, repository).await?;
    if now.attempt == *attempt { Ok(()) } else { Err(Refused::Dead) }
}
