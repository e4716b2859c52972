use std::io;
use std::time::Duration;

use super::{MaskStream, Masker};
use crate::OutputSink;

/// Masks the output on its way to another sink.
///
/// What was held back goes on with the time of the piece that let it go.
#[derive(Debug)]
pub struct MaskedSink<S> {
    stream: MaskStream,
    masked: Vec<u8>,
    inner: S,
}

impl<S: OutputSink> MaskedSink<S> {
    /// Feeds `inner` with the output as `masker` lets it through.
    pub fn new(masker: &Masker, inner: S) -> Self {
        Self { stream: masker.stream(), masked: Vec::new(), inner }
    }

    /// Gives the inner sink back.
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn pass_on(&mut self, at: Duration) -> io::Result<()> {
        let passed =
            if self.masked.is_empty() { Ok(()) } else { self.inner.output(at, &self.masked) };
        self.masked.clear();
        passed
    }
}

impl<S: OutputSink> OutputSink for MaskedSink<S> {
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.stream.feed(bytes, &mut self.masked);
        self.pass_on(at)
    }

    fn finish(&mut self, at: Duration) -> io::Result<()> {
        self.stream.finish(&mut self.masked);
        self.pass_on(at)?;
        self.inner.finish(at)
    }
}
