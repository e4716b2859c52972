//! When each byte of a log came.

use std::io::{self, BufReader, Read};

use jci_store::{Piece, TimingReader};

/// The times of a log, by offset.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    /// The offset after a piece, and the millisecond it came at.
    ends: Vec<(u64, u64)>,
}

impl Timing {
    /// Reads a `run.timing` whole; it is small next to its log.
    pub fn read(source: impl Read) -> io::Result<Self> {
        let mut timing = Self::default();
        TimingReader::new(BufReader::new(source))?.for_each(|piece| timing.add(piece));
        Ok(timing)
    }

    fn add(&mut self, piece: Piece) {
        let begin = self.ends.last().map_or(0, |(end, _)| *end);
        let at = u64::try_from(piece.at.as_millis()).unwrap_or(u64::MAX);
        self.ends.push((begin.saturating_add(piece.bytes), at));
    }

    /// Tells when the byte at an offset came, in milliseconds since the run began.
    pub(super) fn at(&self, offset: u64) -> Option<u64> {
        let index = self.ends.partition_point(|(end, _)| *end <= offset);
        self.ends.get(index).map(|(_, at)| *at)
    }
}
