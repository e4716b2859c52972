//! After a restart: goes on with what this runner had in hand.

use std::time::Duration;

use jci_daemon::chain;
use jci_proto::JobOffer;
use jci_runtime::{Container, RuntimeError};
use tokio::time::Instant;

use crate::attempt::{Attempt, label, labels_of};
use crate::backoff::Backoff;
use crate::database::{DatabaseError, Request};
use crate::key::Key;
use crate::poll::PollError;
use crate::runner::Shared;
use crate::{namespace, poll, spool};

/// Fails because it cannot be found out what there is to go on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReattachError {
    /// The engine does not list its containers.
    #[error("failed to look for the containers of this runner")]
    List(#[from] RuntimeError),
    /// The database does not tell.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Goes on with every attempt in hand: with its container, if it has one, or by the request that
/// brought it.
pub(crate) async fn reattach(shared: &Shared) -> Result<(), ReattachError> {
    let requests = shared.database.in_hand().await?;
    let keys: Vec<Key> = requests.iter().filter_map(|request| request.key.clone()).collect();
    if let Err(error) = spool::sweep(&shared.config.own.data, &keys) {
        tracing::warn!(%error, "logs of jobs that have ended stay on the disk");
    }
    if let Err(error) = namespace::sweep_files(&shared.config.own.data, &keys) {
        tracing::warn!(%error, "files of jobs that have ended stay on the disk");
    }
    if requests.is_empty() {
        return Ok(());
    }
    let containers = shared.engine.runtime.list(&labels_of(&shared.name)).await?;
    for request in requests {
        let of_request = |container: &&Container| {
            label(container).is_some_and(|label| Some(&label.key) == request.key.as_ref())
        };
        match containers.iter().find(of_request) {
            Some(container) => go_on(shared, request, container).await?,
            None => drop(tokio::spawn(ask_again(shared.clone(), request))),
        }
    }
    Ok(())
}

async fn go_on(
    shared: &Shared,
    request: Request,
    container: &Container,
) -> Result<(), ReattachError> {
    // A list tells nothing of environments.
    let container = shared.engine.runtime.inspect(&container.id).await?;
    let attempt = label(&container)
        .and_then(|label| Attempt::found(shared, request.name.clone(), &label, &container));
    if let Some(attempt) = attempt {
        tokio::spawn(attempt.go_on(container, request.stopped));
    }
    Ok(())
}

/// Asks once more for an attempt that has no container: its token went with the process.
async fn ask_again(shared: Shared, request: Request) {
    // A server of the original would give another job.
    let leased = request.key.filter(|key| key.attempt.is_some());
    // It takes its place from now on, so that no other job does.
    let held = leased.and_then(|key| shared.hands.take(&key, None, Instant::now()));
    let answer = match held {
        Some(_) => until_answered(&shared, &request.name).await,
        None => Some(None),
    };
    drop(held);
    let done = match answer {
        Some(Some(offer)) => poll::begin(&shared, request.name, offer).await,
        Some(None) => shared.database.forget(&request.name).await.map_err(PollError::from),
        // The next start asks for it.
        None => return,
    };
    if let Err(error) = done {
        tracing::error!(error = %chain(&error), "a job that had no container yet is not begun again");
    }
}

/// Asks until there is an answer, or no hope of one; `None` if the runner is to stop.
async fn until_answered(shared: &Shared, request: &str) -> Option<Option<JobOffer>> {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(2));
    let until = Instant::now() + shared.config.server.contact_limit;
    loop {
        let error = match poll::ask(shared, request, Duration::ZERO).await {
            Ok(offer) => return Some(offer),
            Err(error) => error,
        };
        let wait = backoff.wait(error.retry_after());
        // Not reached for so long, the server gives it to another runner.
        if !error.may_pass() || Instant::now() + wait >= until {
            tracing::warn!(error = %chain(&error), "a job that had no container yet is given up");
            return Some(None);
        }
        if backoff.failures() == 1 {
            tracing::warn!(error = %chain(&error), "a job that has no container yet is asked for again");
        }
        if !shared.stop.pause(wait).await {
            return None;
        }
    }
}
