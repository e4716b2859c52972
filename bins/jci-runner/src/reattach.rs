//! After a restart: goes on with what this runner had in hand.

use std::time::Duration;

use jci_daemon::chain;
use jci_runtime::{Container, RuntimeError};

use crate::attempt::{Attempt, label, labels_of};
use crate::database::{DatabaseError, Request};
use crate::key::Key;
use crate::runner::Shared;
use crate::{poll, spool};

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
            None => ask_again(shared, request).await?,
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
async fn ask_again(shared: &Shared, request: Request) -> Result<(), ReattachError> {
    let is_leased = request.key.as_ref().is_some_and(|key| key.attempt.is_some());
    // Whatever the server makes of it, it is a new request then.
    let answer =
        if is_leased { poll::ask(shared, &request.name, Duration::ZERO).await } else { Ok(None) };
    match answer {
        Ok(Some(offer)) => {
            if let Err(error) = poll::begin(shared, request.name, offer).await {
                tracing::warn!(error = %chain(&error), "a job cannot be begun again");
            }
        }
        Ok(None) => shared.database.forget(&request.name).await?,
        Err(error) => {
            // Without an answer the server gives it to another runner when its lease is over.
            tracing::warn!(error = %chain(&error), "a job that had no container yet is given up");
            shared.database.forget(&request.name).await?;
        }
    }
    Ok(())
}
