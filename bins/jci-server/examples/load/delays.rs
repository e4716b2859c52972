//! How long lines take, each of which says when it was written.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The times that lines took, of a log that comes in pieces.
#[derive(Default)]
pub(crate) struct Delays {
    all: Vec<Duration>,
    /// What there is of a line whose end has not come.
    begun: Vec<u8>,
}

impl Delays {
    /// Takes a piece that has just come.
    pub(crate) fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
        self.begun.extend_from_slice(piece);
        while let Some(end) = self.begun.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            let written = String::from_utf8_lossy(&line);
            let written = written.trim().parse().ok().map(Duration::from_nanos);
            let written = written.ok_or_else(|| io::Error::other("a line without a time"))?;
            self.all.push(now.saturating_sub(written));
        }
        Ok(())
    }

    /// Returns how many lines have come.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns the longest time.
    pub(crate) fn longest(&self) -> io::Result<Duration> {
        self.all.iter().max().copied().ok_or_else(|| io::Error::other("no line has come"))
    }
}
