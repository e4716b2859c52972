//! Answers that are read while they are sent.
//!
//! A piece is read when the one before has gone to the system, and by a short job: a client that
//! stops reading keeps one piece in memory and no thread.

use std::io::{self, Read};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::jobs::Jobs;
use crate::views::Content;

/// So much is read at a time.
pub(crate) const PIECE: usize = 64 * 1024;
/// So much is read in one go at most of what comes before a part that is asked for.
const MOST_SKIPPED: u64 = 8 << 20;

/// Something that gives an answer piece by piece.
pub(crate) trait Source: Send + 'static {
    /// Takes the next step, a short one: an empty piece if that brought none, `None` at the end.
    fn piece(&mut self) -> io::Result<Option<Bytes>>;
}

/// Makes a body of what a source gives.
pub(crate) fn body(jobs: Jobs, source: impl Source) -> Body {
    Body::from_stream(stream::try_unfold((jobs, source), |(jobs, mut source)| async move {
        loop {
            let read = jobs.piece(move || (source.piece(), source));
            let (piece, rest) = read.await.map_err(|_| io::Error::other("the reader broke"))?;
            match piece? {
                Some(piece) if piece.is_empty() => source = rest,
                Some(piece) => return Ok(Some((piece, (jobs, rest)))),
                None => return Ok::<_, io::Error>(None),
            }
        }
    }))
}

/// A part of a file.
pub(crate) struct Part {
    content: Content,
    skip: u64,
    rest: u64,
}

impl Part {
    /// Takes `length` bytes from `first` on.
    pub(crate) fn new(content: Content, first: u64, length: u64) -> Self {
        Self { content, skip: first, rest: length }
    }
}

impl Source for Part {
    fn piece(&mut self) -> io::Result<Option<Bytes>> {
        if self.rest == 0 {
            return Ok(None);
        }
        let skip = self.skip.min(MOST_SKIPPED);
        self.content.skip(skip)?;
        self.skip -= skip;
        if self.skip > 0 {
            return Ok(Some(Bytes::new()));
        }
        read_piece(&mut self.content, &mut self.rest).map(Some)
    }
}

/// Reads the next piece of something that has `rest` bytes left.
pub(crate) fn read_piece(reader: &mut impl Read, rest: &mut u64) -> io::Result<Bytes> {
    let most = usize::try_from(*rest).map_or(PIECE, |rest| rest.min(PIECE));
    let mut piece = Vec::with_capacity(most);
    reader.take(most as u64).read_to_end(&mut piece)?;
    if piece.len() < most {
        // Better a broken answer than one that is short and looks whole.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    *rest -= most as u64;
    Ok(piece.into())
}
