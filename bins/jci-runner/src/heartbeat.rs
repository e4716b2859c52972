//! Says that the runner lives, and hears what becomes of its attempts.

use std::time::Duration;

use jci_daemon::chain;
use jci_proto::Heartbeat;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::api::Api;
use crate::hands::Hands;

/// So often a beat that failed is tried again, at least.
const AGAIN: Duration = Duration::from_secs(1);

/// Beats as long as there are attempts with a lease, for ever.
///
/// What becomes of an attempt whose beats are not answered is its own to see: it counts from the
/// last one that was.
pub(crate) async fn beat(api: Api, hands: Hands, runner: String) {
    let mut changes = hands.changes();
    let mut silent_since = None;
    loop {
        let Some(every) = hands.renew_every() else {
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        };
        let answered = once(&api, &hands, &runner, &mut silent_since).await;
        let mut next = interval(if answered { every } else { AGAIN.min(every) });
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        next.tick().await;
        tokio::select! {
            _ = next.tick() => {}
            // A new one wants to be heard of soon, and one of a server with another rhythm, too.
            _ = changes.changed(), if answered => {}
        }
    }
}

async fn once(api: &Api, hands: &Hands, runner: &str, silent_since: &mut Option<Instant>) -> bool {
    let beat = Heartbeat { runner: runner.to_owned(), running: hands.leased() };
    let sent = Instant::now();
    match api.beat(&beat).await {
        Ok(answer) => {
            for fate in answer.attempts {
                hands.fate(&fate.name.into(), fate.fate, sent);
            }
            if let Some(since) = silent_since.take() {
                let seconds = since.elapsed().as_secs();
                tracing::info!(seconds, "the server answers again");
            }
            true
        }
        Err(error) => {
            if silent_since.is_none() {
                tracing::warn!(error = %chain(&error), jobs = beat.running.len(),
                    "the server does not hear that this runner lives");
            }
            silent_since.get_or_insert(sent);
            // Nothing is gained by asking more often who says no.
            error.status().is_some_and(|status| status.is_client_error())
        }
    }
}
