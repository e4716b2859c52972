//! What git sends, on its way to the forge: never held, never more than allowed.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::body::BodyDataStream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::grant::Refused;
use super::progress::Progress;

/// So many pieces wait for the forge; then git waits.
const WAITING: usize = 4;

/// Fails because git's side of an exchange does not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UploadError {
    /// There is more than is allowed.
    #[error("more than {limit} bytes at once are not taken from a job")]
    TooLarge {
        /// How much is allowed.
        limit: u64,
    },
    /// Nothing comes any more.
    #[error("nothing has come from git for too long")]
    Silent,
    /// git is gone, or sends nonsense.
    #[error("git broke off")]
    GitGone,
    /// The token has died since the exchange began.
    #[error("{0}")]
    Refused(#[from] Refused),
}

/// The rest of a request of git.
#[derive(Debug)]
pub(crate) struct Upload {
    body: BodyDataStream,
    left: u64,
    limit: u64,
    progress: Arc<Progress>,
}

impl Upload {
    /// Takes the body of a request, of which at most `limit` bytes are read.
    pub(crate) fn new(body: BodyDataStream, limit: u64, progress: Arc<Progress>) -> Self {
        Self { body, left: limit, limit, progress }
    }

    /// Returns the next piece, or nothing at the end.
    ///
    /// # Errors
    ///
    /// Fails if git is gone or silent, and at the limit.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, UploadError> {
        let piece = self.progress.watch(self.body.next()).await;
        let Some(piece) = piece.map_err(|_| UploadError::Silent)? else { return Ok(None) };
        let piece = piece.map_err(|_| UploadError::GitGone)?;
        self.progress.came(piece.len());
        let Some(left) = self.left.checked_sub(piece.len() as u64) else {
            return Err(UploadError::TooLarge { limit: self.limit });
        };
        self.left = left;
        Ok(Some(piece))
    }

    /// Passes all on, `first` in front.
    ///
    /// The last piece goes once `confirm` has agreed, so that whatever is confirmed holds when the
    /// forge gets all of it. If the forge stops listening, the rest is read and thrown away.
    ///
    /// # Errors
    ///
    /// Fails as [`Upload::next`] and `confirm` do. Then the forge never sees an end.
    pub(crate) async fn pass_on(
        &mut self,
        first: Bytes,
        to: Feed,
        confirm: impl Future<Output = Result<(), Refused>>,
    ) -> Result<(), UploadError> {
        let mut held = first;
        loop {
            match self.next().await {
                Ok(Some(piece)) => {
                    if !to.give(std::mem::replace(&mut held, piece), &self.progress).await? {
                        drop(to);
                        return self.discard(self.left).await;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    drop(to);
                    // git listens once it has said all; so it hears why.
                    if matches!(error, UploadError::TooLarge { .. }) {
                        self.left = self.limit;
                        self.discard(self.limit).await?;
                    }
                    return Err(error);
                }
            }
        }
        confirm.await?;
        if to.give(held, &self.progress).await? {
            let _ = to.0.send(None).await;
        }
        Ok(())
    }

    /// Reads up to `limit` bytes and throws them away: git listens only once it has said all.
    ///
    /// # Errors
    ///
    /// Fails as [`Upload::next`] does.
    pub(crate) async fn discard(&mut self, limit: u64) -> Result<(), UploadError> {
        self.left = self.left.min(limit);
        while self.next().await?.is_some() {}
        Ok(())
    }
}

/// The end of a body where pieces are put in; the last is `None`.
#[derive(Debug)]
pub(crate) struct Feed(Sender<Option<Bytes>>);

impl Feed {
    /// Hands one piece over and tells whether the forge still listens.
    async fn give(&self, piece: Bytes, progress: &Progress) -> Result<bool, UploadError> {
        if piece.is_empty() {
            return Ok(true);
        }
        match progress.watch(self.0.send(Some(piece))).await {
            Ok(sent) => Ok(sent.is_ok()),
            Err(_) => Err(UploadError::Silent),
        }
    }
}

/// Makes a body that ends well only if its feed says so: one that is dropped breaks it off.
pub(crate) fn feed() -> (Feed, impl Stream<Item = io::Result<Bytes>> + Send + 'static) {
    let (sender, receiver) = channel(WAITING);
    let pieces = stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver: Receiver<Option<Bytes>> = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((Ok(piece), Some(receiver))),
            Some(None) => None,
            None => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
        }
    });
    (Feed(sender), pieces)
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::time::Duration;

    use axum::body::Body;

    use super::*;

    /// Passes pieces on, and returns what the forge got, how that ended, and what came of it.
    async fn passed(
        pieces: &[&'static str],
        limit: u64,
        confirmed: Result<(), Refused>,
    ) -> (String, bool, Result<(), UploadError>) {
        let progress = Arc::new(Progress::new(Duration::from_secs(60)));
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, io::Error>(*piece)).collect();
        let body = Body::from_stream(stream::iter(pieces)).into_data_stream();
        let mut upload = Upload::new(body, limit, progress.clone());
        let (to, from) = feed();
        let forge = from.collect::<Vec<_>>();
        let (result, got) = tokio::join!(
            upload.pass_on(Bytes::from_static(b"first "), to, ready(confirmed)),
            forge
        );
        let whole = got.iter().all(Result::is_ok);
        let text: Vec<u8> = got.into_iter().flatten().flatten().collect();
        (String::from_utf8(text).unwrap(), whole, result)
    }

    #[tokio::test]
    async fn all_is_passed_on() {
        let got = passed(&["a", "", "b"], 10, Ok(())).await;
        assert_eq!(got, ("first ab".to_owned(), true, Ok(())));
        assert_eq!(passed(&[], 0, Ok(())).await, ("first ".to_owned(), true, Ok(())));
    }

    #[tokio::test]
    async fn the_last_piece_goes_only_if_the_token_still_lives() {
        let got = passed(&["a", "b"], 10, Err(Refused::Dead)).await;
        assert_eq!(got, ("first a".to_owned(), false, Err(Refused::Dead.into())));
    }

    #[tokio::test]
    async fn too_much_never_ends_well() {
        let (got, whole, result) = passed(&["12345", "67890", "x"], 10, Ok(())).await;
        assert_eq!((got.as_str(), whole), ("first 12345", false));
        assert_eq!(result, Err(UploadError::TooLarge { limit: 10 }));
    }

    #[tokio::test]
    async fn what_nobody_listens_to_is_read_to_its_end() {
        let progress = Arc::new(Progress::new(Duration::from_secs(60)));
        let body = Body::from("all of it").into_data_stream();
        let mut upload = Upload::new(body, 100, progress.clone());
        let (to, from) = feed();
        drop(from);
        upload.pass_on(Bytes::from_static(b"first"), to, ready(Ok(()))).await.unwrap();
        assert_eq!(progress.received(), 9);
    }

    #[tokio::test]
    async fn silence_ends_the_wait() {
        let progress = Arc::new(Progress::new(Duration::from_millis(1)));
        let body = Body::from_stream(stream::pending::<io::Result<Bytes>>()).into_data_stream();
        let mut upload = Upload::new(body, 100, progress.clone());
        assert_eq!(upload.next().await, Err(UploadError::Silent));
    }
}
