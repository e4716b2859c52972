//! Tells the server how an attempt ended.

use std::time::Duration;

use jci_daemon::chain;
use jci_proto::AttemptResult;

use crate::api::{Api, Pass};
use crate::backoff::Backoff;

/// Says it until the server has heard it, or says that the attempt has no say any more. To say it
/// twice is the same as once, so that an answer that was lost does no harm.
pub(super) async fn result(api: &Api, pass: &Pass, result: &AttemptResult) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
    loop {
        match api.result(pass, result).await {
            Ok(()) => return,
            Err(error) if error.may_pass() => {
                if backoff.failures() == 0 {
                    tracing::warn!(error = %chain(&error), "the result is not told yet");
                }
                tokio::time::sleep(backoff.wait(error.retry_after())).await;
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the server takes no result");
                return;
            }
        }
    }
}
