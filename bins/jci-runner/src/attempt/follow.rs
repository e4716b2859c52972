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

/// Follows the log of a container to its end. What the runtime does not give any more is given up
/// with a word in the runner's own log.
///
/// # Errors
///
/// Fails if the spool cannot be written.
pub(super) async fn follow(
    runtime: &dyn Runtime,
    container: &ContainerId,
    mut masked: MaskStream,
    spool: &mut SpoolWriter,
) -> io::Result<()> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    // So much has gone through the mask: another stream goes on there.
    let mut taken = 0;
    let mut shown = Vec::new();
    loop {
        let before = taken;
        let ended = piece_by_piece(runtime, container, &mut taken, |piece| {
            masked.feed(piece, &mut shown);
            let written = spool.append(&shown);
            shown.clear();
            written
        })
        .await?;
        let Err(error) = ended else { break };
        if taken > before {
            backoff.reset();
        }
        if !error.is_transient() || backoff.failures() >= TRIES {
            tracing::warn!(%container, error = %chain(&error), "the log ends before its end");
            break;
        }
        tokio::time::sleep(backoff.wait(error.retry_after())).await;
    }
    masked.finish(&mut shown);
    spool.append(&shown)
}

/// Follows one stream until it ends, well or not.
async fn piece_by_piece(
    runtime: &dyn Runtime,
    container: &ContainerId,
    taken: &mut u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Result<(), RuntimeError>> {
    let mut log = match runtime.logs(container, *taken).await {
        Ok(log) => log,
        Err(error) => return Ok(Err(error)),
    };
    while let Some(piece) = log.next().await {
        match piece {
            Ok(piece) => {
                take(&piece)?;
                *taken += piece.len() as u64;
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(()))
}
