//! Answers that are read while they are sent.
//!
//! A piece is read when the one before has gone to the system, and by a short job: a client that
//! stops reading keeps one piece in memory and no thread.

use std::io::{self, Read};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::jobs::Jobs;

/// So much is read at a time.
pub(crate) const PIECE: usize = 128 * 1024;

/// Something that gives an answer piece by piece; an empty piece is its end.
pub(crate) trait Source: Send + 'static {
    fn piece(&mut self) -> io::Result<Bytes>;
}

/// Makes a body of what a source gives.
pub(crate) fn body(jobs: Jobs, source: impl Source) -> Body {
    Body::from_stream(stream::try_unfold((jobs, source), |(jobs, mut source)| async move {
        let read = jobs.piece(move || {
            let piece = source.piece();
            (piece, source)
        });
        let (piece, source) = read.await.map_err(|_| io::Error::other("the reader broke"))?;
        let piece = piece?;
        Ok::<_, io::Error>((!piece.is_empty()).then_some((piece, (jobs, source))))
    }))
}

/// A part of a stream.
pub(crate) struct Part<R> {
    reader: R,
    skip: u64,
    rest: u64,
}

impl<R: Read> Part<R> {
    /// Takes `length` bytes from `first` on.
    pub(crate) fn new(reader: R, first: u64, length: u64) -> Self {
        Self { reader, skip: first, rest: length }
    }
}

impl<R: Read + Send + 'static> Source for Part<R> {
    fn piece(&mut self) -> io::Result<Bytes> {
        if self.skip > 0 {
            let skipped = io::copy(&mut (&mut self.reader).take(self.skip), &mut io::sink())?;
            self.skip -= skipped;
        }
        read_piece(&mut self.reader, &mut self.rest)
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
