//! Watches over a container until it has ended, and ends it if it must.

use std::time::{Duration, SystemTime};

use jci_daemon::chain;
use jci_runtime::{ContainerId, Exit, ExitReason, Runtime, RuntimeError};
use tokio::time::Instant;

use crate::backoff::Backoff;

/// So long the engine may be away after a container was told to end.
const ENGINE_PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a container has ended, however often the engine is away meanwhile.
pub(super) async fn ended(runtime: &dyn Runtime, container: &ContainerId) -> Exit {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    loop {
        match runtime.wait(container).await {
            Ok(exit) => return exit,
            Err(error @ RuntimeError::NoContainer { .. }) => return lost(&error),
            Err(error) => {
                if backoff.failures() == 0 {
                    tracing::warn!(%container, error = %chain(&error), "the engine is away");
                }
                tokio::time::sleep(backoff.wait(error.retry_after())).await;
            }
        }
    }
}

/// Ends a container; gives up if the engine is away for long, for then nobody can tell.
pub(super) async fn stop(runtime: &dyn Runtime, container: &ContainerId, grace: Duration) -> Exit {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
    let until = Instant::now() + grace + ENGINE_PATIENCE;
    loop {
        match runtime.stop(container, grace).await {
            Ok(()) => break,
            Err(error) if Instant::now() >= until => return lost(&error),
            Err(error @ RuntimeError::NoContainer { .. }) => return lost(&error),
            Err(error) => {
                tracing::warn!(%container, error = %chain(&error), "a container is not stopped yet");
                tokio::time::sleep(backoff.wait(error.retry_after())).await;
            }
        }
    }
    let exit = tokio::time::timeout_at(until, ended(runtime, container)).await;
    exit.unwrap_or_else(|_| Exit {
        code: 0,
        reason: ExitReason::Lost("the engine does not answer".to_owned()),
        at: None,
    })
}

fn lost(error: &RuntimeError) -> Exit {
    Exit { code: 0, reason: ExitReason::Lost(chain(error)), at: None }
}

/// Returns how long a container may still run.
pub(super) fn time_left(created: SystemTime, timeout: Duration, now: SystemTime) -> Duration {
    // A clock that was set back makes nobody wait longer than all of it.
    timeout.saturating_sub(now.duration_since(created).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_from_when_the_container_was_made() {
        let created = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let after = |seconds| created + Duration::from_secs(seconds);
        let hour = Duration::from_secs(3600);
        assert_eq!(time_left(created, hour, after(600)).as_secs(), 3000);
        assert_eq!(time_left(created, hour, after(4000)), Duration::ZERO);
        assert_eq!(time_left(created, hour, SystemTime::UNIX_EPOCH), hour);
    }
}
