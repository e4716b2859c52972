//! What the manager of services is told, where it asks for that: that the program is ready, that it
//! stops, and that it lives.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::stop::Stop;

/// Says that the program does its work.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Says that the program stops.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Says in a sentence how the program is, for `systemctl status`.
pub fn status(sentence: &str) {
    tell(NotifyState::Status(sentence));
}

/// Says until the program stops that it lives, as long as a check says so. The check gets the time
/// that it may take.
pub async fn feed_watchdog<Answer: Future<Output = bool>>(
    stop: &Stop,
    mut lives: impl FnMut(Duration) -> Answer,
) {
    let Some(patience) = sd_notify::watchdog_enabled() else {
        return stop.requested().await;
    };
    // In time even if one look takes long.
    let every = patience / 3;
    while stop.pause(every).await {
        if lives(every).await {
            tell(NotifyState::Watchdog);
        }
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the manager of services cannot be told");
    }
}
