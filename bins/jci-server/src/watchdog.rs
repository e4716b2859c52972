//! Tells the manager of services that the server lives, for as long as the queue can be read.
//!
//! A server that cannot reach its queue does nothing for anybody: started anew, it may.

use std::time::Duration;

use jci_coord::JobFilter;
use jci_daemon::service;
use tokio::time::timeout;

use crate::http::chain;
use crate::workers::Shared;

/// Says until the server stops that it lives.
pub(crate) async fn feed(shared: Shared) {
    service::feed_watchdog(&shared.stop, |patience| is_alive(&shared, patience)).await;
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
