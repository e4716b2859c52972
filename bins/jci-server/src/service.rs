//! What the manager of services is told, where it asks for that: that the server is ready, that it
//! stops, and that it lives.

use std::time::Duration;

use jci_coord::JobFilter;
use sd_notify::NotifyState;
use tokio::time::timeout;

use crate::http::chain;
use crate::workers::{Shared, pause};

/// Says that the server takes requests.
pub(crate) fn ready() {
    tell(NotifyState::Ready);
}

/// Says that the server stops.
pub(crate) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Says until the server stops that it lives, for as long as the queue can be read.
///
/// A server that cannot reach its queue does nothing for anybody: started anew, it may.
pub(crate) async fn feed_watchdog(shared: Shared) {
    let Some(patience) = sd_notify::watchdog_enabled() else {
        return shared.stop.requested().await;
    };
    // In time even if one look takes long.
    let every = patience / 3;
    while pause(&shared.stop, every).await {
        if is_alive(&shared, every).await {
            tell(NotifyState::Watchdog);
        }
    }
}

async fn is_alive(shared: &Shared, patience: Duration) -> bool {
    match timeout(patience, shared.queue.jobs(&JobFilter::default(), 1)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::error!(error = %chain(&error), "the queue cannot be read");
            false
        }
        Err(_) => {
            tracing::error!(?patience, "the queue does not answer");
            false
        }
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the manager of services cannot be told");
    }
}
