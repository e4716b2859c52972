//! Asks the server for work as long as there is room for it.

use std::time::Duration;

use jci_daemon::chain;
use jci_proto::{Hidden, JobOffer, PollRequest};
use reqwest::StatusCode;
use tokio::time::Instant;

use crate::api::ApiError;
use crate::attempt::Attempt;
use crate::backoff::Backoff;
use crate::checks::{CheckError, Reached};
use crate::database::DatabaseError;
use crate::disk::{self, Room, Watch};
use crate::key::Key;
use crate::runner::Shared;

/// So long the server may keep its answer back until there is a job.
const WAIT: Duration = Duration::from_secs(30);
/// So long is waited between two polls of a server that keeps no answer back.
const BETWEEN: Duration = Duration::from_secs(3);
/// So often a disk that is low is looked at.
const DISK_EVERY: Duration = Duration::from_secs(10);
/// So often one is that is not, while the server keeps its answer back.
const WAITING_EVERY: Duration = Duration::from_secs(1);

/// Asks for work until the runner is to stop.
pub(crate) async fn poll(shared: Shared) {
    let mut disk = Watch::default();
    let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
    while free_place(&shared).await {
        if !has_room(&shared, &mut disk) {
            if !shared.stop.pause(DISK_EVERY).await {
                return;
            }
            continue;
        }
        let asked = Instant::now();
        let answer = tokio::select! {
            answer = next(&shared) => answer,
            // What this request brings nevertheless, its name brings again after the next start.
            () = shared.stop.requested() => return,
        };
        let pause = match answer {
            Ok(true) => {
                backoff.reset();
                continue;
            }
            Ok(false) => {
                backoff.reset();
                // A server of the original, or one that is about to stop.
                let quick = asked.elapsed() < WAIT / 2;
                quick.then(|| BETWEEN.mul_f64(0.75 + fastrand::f64() / 2.0))
            }
            Err(error) => {
                let full = error.status() == Some(StatusCode::TOO_MANY_REQUESTS);
                if !full && backoff.failures() == 0 {
                    tracing::warn!(error = %chain(&error), "no work can be had now");
                }
                Some(backoff.wait(error.retry_after()))
            }
        };
        if let Some(pause) = pause
            && !shared.stop.pause(pause).await
        {
            return;
        }
    }
}

/// Fails because no work can be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PollError {
    /// The server does not answer as it should.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// It cannot be found out what the server knows.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// A request cannot be noted, and must not be sent then.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl PollError {
    /// Tells whether asking later may do.
    pub(crate) fn may_pass(&self) -> bool {
        self.of_server().is_none_or(ApiError::may_pass)
    }

    /// Returns when to ask again, if the server said so.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.of_server()?.retry_after()
    }

    fn status(&self) -> Option<StatusCode> {
        self.of_server()?.status()
    }

    fn of_server(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) | Self::Check(CheckError::Server(error)) => Some(error),
            Self::Check(_) | Self::Database(_) => None,
        }
    }
}

/// Returns once another job could be run; tells whether to go on at all.
async fn free_place(shared: &Shared) -> bool {
    tokio::select! {
        () = shared.hands.fewer_than(shared.config.own.capacity) => !shared.stop.is_requested(),
        () = shared.stop.requested() => false,
    }
}

fn has_room(shared: &Shared, watch: &mut Watch) -> bool {
    let (folder, least) = (&shared.config.own.data, shared.config.keeping.disk_low);
    let free = match disk::free(folder) {
        Ok(free) => free,
        Err(error) => {
            tracing::error!(folder = %folder.display(), %error, "the disk cannot be looked at");
            return true;
        }
    };
    let (room, told) = (watch.look(free, least), jci_daemon::value::told_size(least));
    match room {
        Room::LowNow => tracing::error!(folder = %folder.display(), free,
            "the disk is low: no job is taken until {told} are free (JCI_DISK_LOW)"),
        Room::Again => tracing::info!(free, "the disk has room again: jobs are taken"),
        Room::Enough | Room::StillLow => {}
    }
    matches!(room, Room::Enough | Room::Again)
}

/// Returns once there is no room any more: what jobs that run have written takes it.
async fn disk_is_low(shared: &Shared) {
    let (folder, least) = (&shared.config.own.data, shared.config.keeping.disk_low);
    while !disk::free(folder).is_ok_and(|free| free < least) {
        tokio::time::sleep(WAITING_EVERY).await;
    }
}

/// Asks for one job and begins it; tells whether there was one.
async fn next(shared: &Shared) -> Result<bool, PollError> {
    let request = shared.database.next_request().await?;
    let offer = tokio::select! {
        offer = ask(shared, &request, WAIT) => offer?,
        // What it brings nevertheless, its name brings again when there is room.
        () = disk_is_low(shared) => None,
    };
    let Some(offer) = offer else { return Ok(false) };
    begin(shared, request, offer).await?;
    Ok(true)
}

/// Asks by a name for a job.
pub(crate) async fn ask(
    shared: &Shared,
    request: &str,
    wait: Duration,
) -> Result<Option<JobOffer>, PollError> {
    let mut ask = PollRequest {
        runner_id: shared.name.clone(),
        secret: Hidden(String::new()),
        wait: None,
        labels: Vec::new(),
        running: None,
        request: None,
    };
    // A server of the original knows nothing else.
    if shared.manner.of(&shared.api, &shared.name).await? == Reached::Original {
        return Ok(shared.api.poll(&ask, Duration::ZERO).await?);
    }
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
    ask.wait = (seconds > 0).then_some(seconds);
    ask.labels.clone_from(&shared.config.own.labels);
    ask.running = Some(shared.hands.leased());
    ask.request = Some(request.to_owned());
    Ok(shared.api.poll(&ask, wait).await?)
}

/// Notes a job that was offered, and runs it.
pub(crate) async fn begin(
    shared: &Shared,
    request: String,
    offer: JobOffer,
) -> Result<(), PollError> {
    shared.database.answered(&request, &Key::of(&offer)).await?;
    match Attempt::offered(shared, request, &offer) {
        Some(attempt) => drop(tokio::spawn(attempt.run(offer))),
        None => {
            tracing::warn!(job = %offer.job_id, "the server offers a job that runs here already");
        }
    }
    Ok(())
}
