//! Ends attempts whose lease or time is over, and wakes jobs that have waited long enough.

use std::time::Duration;

use jci_coord::{Expired, Why};

use super::Shared;
use crate::http::chain;

/// So often leases are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Watches over leases until the server stops.
pub(super) async fn watch(shared: Shared) {
    loop {
        match shared.queue.expire().await {
            Ok(expired) => {
                for it in &expired {
                    tell(&shared, it);
                }
            }
            Err(error) => tracing::error!(error = %chain(&error), "leases cannot be looked at"),
        }
        if !shared.stop.pause(EVERY).await {
            return;
        }
    }
}

#[tracing::instrument(name = "job", skip_all, fields(id = %expired.attempt.job))]
fn tell(shared: &Shared, expired: &Expired) {
    let (counted, why) = match expired.why {
        Why::LeaseLost => ("lease", "its runner was not heard of"),
        Why::OverTime => ("time", "it took longer than it may"),
        Why::CancelForced => ("cancel", "its runner did not stop it in time"),
    };
    shared.metrics.attempt_lost(counted);
    tracing::warn!(attempt = %expired.attempt.number, state = %expired.job.state,
        "an attempt is over: {why}");
}
