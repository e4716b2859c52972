//! The image of a job, which has to be there before its container.

use std::time::Duration;

use jci_daemon::chain;
use jci_proto::AttemptResult;
use jci_runtime::{Runtime, RuntimeError};

use crate::backoff::Backoff;
use crate::config::Pull;
use crate::verdict::{failed, infra};

/// So often the fetching is tried of an image that may be there soon.
const TRIES: u32 = 4;

/// Sees to it that an image is there.
///
/// An image that cannot be had is the result of the job, with its name: nobody gains by another
/// attempt. Only a registry that is busy, or away, is worth one.
pub(super) async fn ensure(
    runtime: &dyn Runtime,
    image: &str,
    pull: Pull,
) -> Result<(), AttemptResult> {
    let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));
    loop {
        match once(runtime, image, pull).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let again = error.is_transient() && backoff.failures() + 1 < TRIES;
                if !again {
                    let tries = backoff.failures() + 1;
                    return Err(result(&error, image, tries));
                }
                tracing::warn!(image, error = %chain(&error), "the image cannot be fetched now");
                tokio::time::sleep(backoff.wait(error.retry_after())).await;
            }
        }
    }
}

async fn once(runtime: &dyn Runtime, image: &str, pull: Pull) -> Result<(), RuntimeError> {
    if pull != Pull::Always && runtime.has_image(image).await? {
        return Ok(());
    }
    if pull == Pull::Never {
        return Err(RuntimeError::NoImage { image: image.to_owned() });
    }
    tracing::info!(image, "fetching the image");
    runtime.pull_image(image, &mut |_| {}).await
}

fn result(error: &RuntimeError, image: &str, tries: u32) -> AttemptResult {
    let mut reason = chain(error);
    if !reason.contains(image) {
        reason = format!("the image {image} cannot be had: {reason}");
    }
    if tries > 1 {
        reason = format!("{reason} (tried {tries} times)");
    }
    if error.is_transient() { infra(reason) } else { failed(reason) }
}

#[cfg(test)]
mod tests {
    use jci_proto::Verdict;

    use super::*;

    #[test]
    fn only_trouble_that_passes_is_worth_another_attempt() {
        let pull = |transient| RuntimeError::Pull {
            image: "python:3".to_owned(),
            message: "toomanyrequests".to_owned(),
            transient,
            retry_after: None,
        };
        let busy = result(&pull(true), "python:3", 4);
        assert_eq!(busy.status, Verdict::InfraError);
        insta::assert_snapshot!(busy.reason.unwrap(),
            @"cannot fetch the image python:3: toomanyrequests (tried 4 times)");
        assert_eq!(result(&pull(false), "python:3", 1).status, Verdict::Err);
        let missing = RuntimeError::NoImage { image: "python:3".to_owned() };
        let missing = result(&missing, "python:3", 1);
        assert_eq!(missing.status, Verdict::Err);
        insta::assert_snapshot!(missing.reason.unwrap(), @"there is no image python:3 here");
    }
}
