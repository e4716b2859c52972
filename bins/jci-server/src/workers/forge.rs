//! Asks the forge now and then whether it is there and takes the token.

use std::time::Duration;

use super::Shared;
use crate::forge_check;
use crate::health::ForgeHealth;

/// The first waits while the forge is not well, doubled each time.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait while it is not well.
const LONGEST: Duration = Duration::from_secs(30);
/// The wait while it is: what else is sent tells sooner.
const WELL: Duration = Duration::from_secs(300);

/// Keeps an eye on the forge until the server stops.
pub(super) async fn watch(shared: Shared) {
    let mut wait = FIRST;
    loop {
        let health = forge_check::check(&shared.forge, &shared.config.forge).await;
        let fine = health == ForgeHealth::Fine;
        shared.health.note_forge(&health);
        wait = if fine { FIRST } else { (wait * 2).min(LONGEST) };
        // What fails meanwhile is worth an early look.
        let until = if fine { WELL } else { wait };
        let worse = async {
            if fine { shared.health.until_worse().await } else { std::future::pending().await }
        };
        tokio::select! {
            go_on = shared.stop.pause(until) => if !go_on { return },
            () = worse => if !shared.stop.pause(FIRST).await { return },
        }
    }
}
