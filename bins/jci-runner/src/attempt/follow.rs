//! From a container's log to the spool, masked.

use std::io;
use std::time::Duration;

use futures_util::StreamExt as _;
use jci_daemon::chain;
use jci_exec::MaskStream;
use jci_runtime::{ContainerId, Runtime, RuntimeError};

use crate::backoff::Backoff;
use crate::spool::SpoolWriter;

/// So often in a row the log is asked for in vain.
const TRIES: u32 = 8;

/// How much of a log was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// All of it.
    Whole,
    /// As much as it may have, and there is more.
    TooLong,
}

/// Follows the log of a container to its end, or until it is longer than it may be. What the
/// runtime does not give any more is given up with a word in the runner's own log.
///
/// # Errors
///
/// Fails if the spool cannot be written.
pub(super) async fn follow(
    runtime: &dyn Runtime,
    container: &ContainerId,
    mut masked: MaskStream,
    spool: &mut SpoolWriter,
    limit: u64,
) -> io::Result<Length> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    // So much has gone through the mask: another stream goes on there.
    let mut taken = 0;
    let mut shown = Vec::new();
    let length = loop {
        let before = taken;
        let ended = piece_by_piece(runtime, container, limit, &mut taken, |piece| {
            masked.feed(piece, &mut shown);
            let written = spool.append(&shown);
            shown.clear();
            written
        })
        .await?;
        let error = match ended {
            Ok(length) => break length,
            Err(error) => error,
        };
        if taken > before {
            backoff.reset();
        }
        if !error.is_transient() || backoff.failures() >= TRIES {
            tracing::warn!(%container, error = %chain(&error), "the log ends before its end");
            break Length::Whole;
        }
        tokio::time::sleep(backoff.wait(error.retry_after())).await;
    };
    masked.finish(&mut shown);
    spool.append(&shown)?;
    Ok(length)
}

/// Follows one stream until it ends, well or not.
async fn piece_by_piece(
    runtime: &dyn Runtime,
    container: &ContainerId,
    limit: u64,
    taken: &mut u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Result<Length, RuntimeError>> {
    let mut log = match runtime.logs(container, *taken).await {
        Ok(log) => log,
        Err(error) => return Ok(Err(error)),
    };
    while let Some(piece) = log.next().await {
        match piece {
            Ok(piece) => {
                let room = usize::try_from(limit - *taken).unwrap_or(usize::MAX);
                let within = &piece[..piece.len().min(room)];
                take(within)?;
                *taken += within.len() as u64;
                if within.len() < piece.len() {
                    return Ok(Ok(Length::TooLong));
                }
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(Length::Whole))
}
