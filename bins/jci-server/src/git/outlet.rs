//! What git gets, as it comes to be.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::progress::Progress;

/// So many pieces wait for git; then the forge waits.
const WAITING: usize = 4;

/// Fails because git does not listen any more, or not fast enough to be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GitGone;

/// Where the pieces of an answer are put in.
#[derive(Debug)]
pub(crate) struct Outlet(Sender<io::Result<Bytes>>);

impl Outlet {
    /// Gives git a piece, and waits while git has enough to do.
    ///
    /// # Errors
    ///
    /// Fails if git is gone.
    pub(crate) async fn give(&self, piece: Bytes, progress: &Progress) -> Result<(), GitGone> {
        if piece.is_empty() {
            return Ok(());
        }
        let length = piece.len();
        match progress.watch(self.0.send(Ok(piece))).await {
            Ok(Ok(())) => {
                progress.went(length);
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(GitGone),
        }
    }

    /// Waits until git is gone.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }

    /// Breaks the answer off, so that git does not take it for whole.
    pub(crate) async fn break_off(&self) {
        let _ = self.0.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
    }
}

/// Where an answer comes out.
#[derive(Debug)]
pub(crate) struct Outflow(Receiver<io::Result<Bytes>>);

impl Outflow {
    /// Makes the answer once its first piece is there.
    ///
    /// Before that git may still be sending, and some clients stop doing so when an answer begins.
    pub(crate) async fn into_response(mut self, content_type: &'static str) -> Response {
        let first = self.0.recv().await;
        let rest = stream::unfold(self.0, |mut pieces| async {
            pieces.recv().await.map(|piece| (piece, pieces))
        });
        answer(content_type, Body::from_stream(stream::iter(first).chain(rest)))
    }
}

/// Makes the two ends of an answer.
pub(crate) fn outlet() -> (Outlet, Outflow) {
    let (sender, receiver) = channel(WAITING);
    (Outlet(sender), Outflow(receiver))
}

/// Makes an answer of one of git's types.
pub(crate) fn answer(content_type: &'static str, body: Body) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")], body).into_response()
}
