//! Forgets what is old, logs included.

use std::time::Duration;

use super::Shared;
use crate::http::chain;

/// So often is looked for what is old.
const EVERY: Duration = Duration::from_secs(3600);

/// Keeps history to what the settings say until the server stops.
pub(super) async fn keep(shared: Shared) {
    loop {
        match shared.queue.prune_history().await {
            Ok(pruned) => {
                for job in &pruned.jobs {
                    if let Err(error) = shared.logs.remove(job).await {
                        tracing::warn!(%job, error = %chain(&error), "a log cannot be removed");
                    }
                }
                if !pruned.jobs.is_empty() {
                    tracing::info!(jobs = pruned.jobs.len(), "old jobs and their logs are gone");
                }
            }
            Err(error) => tracing::error!(error = %chain(&error), "history cannot be pruned"),
        }
        if !shared.stop.pause(EVERY).await {
            return;
        }
    }
}
