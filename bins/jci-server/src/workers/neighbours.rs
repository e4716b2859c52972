//! Hears what other servers change in the same database.

use std::time::Duration;

use super::Shared;
use crate::http::chain;

/// So long is waited after the ear was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// Listens until the server stops.
pub(super) async fn listen(shared: Shared) {
    loop {
        tokio::select! {
            () = shared.stop.requested() => return,
            ended = shared.queue.follow_other_servers() => if let Err(error) = ended {
                tracing::warn!(error = %chain(&error), "other servers cannot be heard");
            }
        }
        if !shared.stop.pause(AGAIN).await {
            return;
        }
    }
}
