//! When each byte of a log came.

use std::io::{self, Read};

use jci_store::{Piece, TimingDecoder};

/// Every so many pieces there is a mark to begin at.
const STRIDE: usize = 64;
/// More pieces are not kept: what comes after has no time.
const MOST_BYTES: usize = 32 << 20;

/// The times of a log, by offset: about three bytes a piece.
#[derive(Debug, Default)]
pub struct Timing {
    decoder: TimingDecoder,
    pieces: Pieces,
}

#[derive(Debug, Default)]
struct Pieces {
    /// Pairs of numbers in few bytes: milliseconds since the piece before, and how many bytes came.
    encoded: Vec<u8>,
    marks: Vec<Mark>,
    count: usize,
    last: Reached,
}

/// What is known at the begin of a piece.
#[derive(Debug, Clone, Copy)]
struct Mark {
    before: Reached,
    /// Where in the pairs the piece is.
    at: usize,
}

/// How far the log had come.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    offset: u64,
    ms: u64,
}

impl Timing {
    /// Reads a `run.timing` whole; it is small next to its log.
    pub fn read(mut source: impl Read) -> io::Result<Self> {
        let mut timing = Self::default();
        let mut buffer = [0; 8192];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(timing),
                Ok(length) => timing.add(&buffer[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds what was written next to the file of the times.
    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.decoder.decode(bytes, |piece| self.pieces.add(piece))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.count == 0
    }

    /// Tells when the byte at an offset came, in milliseconds since the run began.
    pub(super) fn at(&self, offset: u64) -> Option<u64> {
        self.pieces.at(offset)
    }
}

impl Pieces {
    fn add(&mut self, piece: Piece) {
        let ms = u64::try_from(piece.at.as_millis()).unwrap_or(u64::MAX);
        if piece.bytes == 0 || self.encoded.len() > MOST_BYTES {
            return;
        }
        if self.count.is_multiple_of(STRIDE) {
            self.marks.push(Mark { before: self.last, at: self.encoded.len() });
        }
        self.count += 1;
        super::number::write(ms.saturating_sub(self.last.ms), &mut self.encoded);
        super::number::write(piece.bytes, &mut self.encoded);
        self.last = Reached { offset: self.last.offset.saturating_add(piece.bytes), ms };
    }

    fn at(&self, offset: u64) -> Option<u64> {
        let after = self.marks.partition_point(|mark| mark.before.offset <= offset);
        let mark = self.marks.get(after.checked_sub(1)?)?;
        let mut pairs = &self.encoded[mark.at..];
        let mut reached = mark.before;
        while reached.offset <= offset {
            reached.ms += super::number::read(&mut pairs)?;
            reached.offset = reached.offset.saturating_add(super::number::read(&mut pairs)?);
        }
        Some(reached.ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_store::TimingWriter;
    use proptest::prelude::*;
    use std::time::Duration;

    proptest! {
        #[test]
        fn each_byte_has_the_time_of_its_piece(
            steps in prop::collection::vec((1u64..1000, 1u64..100), 0..300),
        ) {
            let mut writer = TimingWriter::new(Vec::new()).unwrap();
            let (mut ms, mut times) = (0, Vec::new());
            for (later, bytes) in steps {
                ms += later;
                writer.piece(Duration::from_millis(ms), bytes).unwrap();
                times.extend(std::iter::repeat_n(Some(ms), bytes as usize));
            }
            times.push(None);
            let timing = Timing::read(&writer.finish().unwrap()[..]).unwrap();
            for (offset, expected) in times.iter().enumerate() {
                prop_assert_eq!(timing.at(offset as u64), *expected, "offset {}", offset);
            }
        }
    }

    #[test]
    fn what_is_no_timing_file_is_refused() {
        assert!(Timing::read(&b"no timing file at all"[..]).is_err());
        assert!(Timing::read(&b""[..]).unwrap().is_empty());
    }
}
