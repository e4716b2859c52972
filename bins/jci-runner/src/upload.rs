//! Sends the log of an attempt, piece by piece, until the server has all of it.

use std::time::Duration;

use bytes::Bytes;
use jci_daemon::chain;
use reqwest::StatusCode;

use crate::api::{Api, ApiError, Pass};
use crate::backoff::Backoff;
use crate::spool::SpoolReader;

/// How large a piece may be.
const PIECE: usize = 4 << 20;

/// How small a piece has to be for one that is too large to mean that the whole log is.
const LEAST: usize = 32 << 10;

/// So long a log may gather between two pieces, so that one of many small writes costs no request
/// for each.
const GATHERED: Duration = Duration::from_millis(100);

/// What to do after a piece was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    /// Go on at this offset.
    At(u64),
    /// Send it again, but not before that.
    Again(Option<Duration>),
    /// Send less: the log may not be that long, or something in between lets no more through.
    Less,
    /// Send no more: the server does not know the attempt, or takes nothing of it.
    Enough,
}

/// Sends a log while it grows; returns once the server has all that it takes, all has come, and the
/// server has heard that this is all.
///
/// It begins at the first byte also where the server has more, as after a restart: its answer to
/// that says where to go on.
pub(crate) async fn send(api: &Api, pass: &Pass, mut log: SpoolReader) {
    let mut backoff = backoff();
    let (mut offset, mut most) = (0, PIECE);
    loop {
        let extent = log.beyond(offset).await;
        let piece = match log.read(offset, most) {
            Ok(piece) => piece,
            Err(error) => {
                tracing::error!(job = %pass.name.job, %error,
                    "the log cannot be read back, and ends here");
                break;
            }
        };
        let length = piece.len();
        // It has no byte where all was sent before it was known to be all.
        let last = extent.complete && offset + length as u64 == extent.length;
        let next = match api.log(pass, offset, piece, last).await {
            Ok(_) if last => return,
            Ok(acknowledged) => Next::At(acknowledged),
            Err(error) => {
                let next = after(&error);
                tell(pass, &error, &next, backoff.failures());
                next
            }
        };
        match next {
            Next::At(acknowledged) => {
                backoff.reset();
                // Never beyond what is there: it may have come before this machine lost its disk.
                offset = acknowledged.min(extent.length);
                let _ = tokio::time::timeout(GATHERED, log.beyond(offset + most as u64)).await;
            }
            Next::Again(asked) => tokio::time::sleep(backoff.wait(asked)).await,
            Next::Less if length > LEAST => most = length / 2,
            Next::Less => {
                tracing::warn!(job = %pass.name.job, sent = offset,
                    "the log is longer than the server takes; no more of it is sent");
                break;
            }
            Next::Enough => return,
        }
    }
    // It grows no more, for nobody reads it.
    drop(log);
    end(api, pass).await;
}

/// Says that no more of a log will come than the server has, until it has heard that or takes
/// nothing of it.
pub(crate) async fn end(api: &Api, pass: &Pass) {
    let mut backoff = backoff();
    // At the first byte, where no log can be too short.
    while let Err(error) = api.log(pass, 0, Bytes::new(), true).await {
        let next = after(&error);
        tell(pass, &error, &next, backoff.failures());
        let Next::Again(asked) = next else { return };
        tokio::time::sleep(backoff.wait(asked)).await;
    }
}

fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(250), Duration::from_secs(5))
}

fn tell(pass: &Pass, error: &ApiError, next: &Next, failures: u32) {
    let (job, error) = (&pass.name.job, chain(error));
    match next {
        Next::At(_) | Next::Less => {}
        Next::Again(_) if failures > 0 => {}
        Next::Again(_) => tracing::warn!(%job, %error, "the log cannot be sent now, and is kept"),
        Next::Enough => tracing::warn!(%job, %error, "no more of the log is sent"),
    }
}

fn after(error: &ApiError) -> Next {
    match error {
        ApiError::Refused { status: StatusCode::CONFLICT, log_offset: Some(offset), .. } => {
            Next::At(*offset)
        }
        ApiError::Refused { status: StatusCode::PAYLOAD_TOO_LARGE, .. } => Next::Less,
        // What came was not what was sent.
        ApiError::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, .. } => Next::Again(None),
        error if error.may_pass() => Next::Again(error.retry_after()),
        _ => Next::Enough,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after: Option<u64>, log_offset: Option<u64>) -> ApiError {
        ApiError::Refused {
            server: "http://x/".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            detail: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            log_offset,
        }
    }

    #[test]
    fn every_answer_has_its_consequence() {
        let seven = Some(Duration::from_secs(7));
        assert_eq!(after(&refused(409, None, Some(12))), Next::At(12));
        assert_eq!(after(&refused(409, None, None)), Next::Enough);
        assert_eq!(after(&refused(413, None, None)), Next::Less);
        assert_eq!(after(&refused(401, None, None)), Next::Enough);
        assert_eq!(after(&refused(404, None, None)), Next::Enough);
        assert_eq!(after(&refused(422, None, None)), Next::Again(None));
        assert_eq!(after(&refused(503, Some(7), None)), Next::Again(seven));
        assert_eq!(after(&refused(500, None, None)), Next::Again(None));
        let cause = "refused".to_owned();
        let reach = ApiError::Reach { server: "http://x/".to_owned(), cause };
        assert_eq!(after(&reach), Next::Again(None));
    }
}
