//! Counts jobs as they come into states, for the metrics.

use jci_coord::Change;
use tokio::sync::broadcast::error::RecvError;

use super::Shared;

/// Counts until the server stops.
pub(super) async fn count(shared: Shared) {
    let mut changes = shared.queue.changes();
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = shared.stop.requested() => return,
        };
        match change {
            Ok(Change::Job { state, .. }) => shared.metrics.job(state),
            Ok(Change::Status | Change::Missed) => {}
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "changes were not counted"),
            Err(RecvError::Closed) => return,
        }
    }
}
