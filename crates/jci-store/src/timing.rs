//! `run.timing`: when each piece of the output came.
//!
//! The file begins with the line `jci.timing/1`. Then come pairs of numbers, each in LEB128, the
//! variable-length code that DWARF and WebAssembly use: the milliseconds since the pair before
//! (since the begin of the run for the first), and the number of bytes of `run.output.txt` that
//! came at that moment. A file that is cut off tells what it tells up to there.

use std::io::{self, BufRead, Write};
use std::time::Duration;

/// The first line of the file.
const MAGIC: &[u8] = b"jci.timing/1\n";

/// Writes the times of a log while it grows; pieces of the same millisecond become one.
#[derive(Debug)]
pub struct TimingWriter<W: Write> {
    out: W,
    written_ms: u64,
    pending_ms: u64,
    pending_bytes: u64,
}

impl<W: Write> TimingWriter<W> {
    /// Begins the file.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, written_ms: 0, pending_ms: 0, pending_bytes: 0 })
    }

    /// Notes that `bytes` bytes came `at` this time after the begin of the run.
    pub fn piece(&mut self, at: Duration, bytes: u64) -> io::Result<()> {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX).max(self.pending_ms);
        if at_ms > self.pending_ms {
            self.flush_pending()?;
            self.pending_ms = at_ms;
        }
        self.pending_bytes += bytes;
        Ok(())
    }

    /// Writes what is pending, for whoever reads the times while the run goes on.
    pub fn flush(&mut self) -> io::Result<()> {
        self.flush_pending()?;
        self.out.flush()
    }

    /// Writes what is pending and returns what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    fn flush_pending(&mut self) -> io::Result<()> {
        if self.pending_bytes == 0 {
            return Ok(());
        }
        let mut pair = Vec::with_capacity(8);
        leb128(self.pending_ms - self.written_ms, &mut pair);
        leb128(self.pending_bytes, &mut pair);
        self.out.write_all(&pair)?;
        self.written_ms = self.pending_ms;
        self.pending_bytes = 0;
        Ok(())
    }
}

fn leb128(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A stretch of the log that came at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// When it came, counted from the begin of the run.
    pub at: Duration,
    /// How many bytes came.
    pub bytes: u64,
}

/// Reads the times of a log one after the other.
#[derive(Debug)]
pub struct TimingReader<R> {
    source: R,
    at_ms: u64,
}

impl<R: BufRead> TimingReader<R> {
    /// Checks the first line; fails with `InvalidData` if it is not that of a timing file.
    pub fn new(mut source: R) -> io::Result<Self> {
        let mut magic = [0; MAGIC.len()];
        source.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a jci.timing/1 file"));
        }
        Ok(Self { source, at_ms: 0 })
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.source.read_exact(&mut byte).ok()?;
            number |= u64::from(byte[0] & 0x7f).checked_shl(shift)?;
            if byte[0] < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

impl<R: BufRead> Iterator for TimingReader<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let later = self.number()?;
        let bytes = self.number()?;
        self.at_ms = self.at_ms.checked_add(later)?;
        Some(Piece { at: Duration::from_millis(self.at_ms), bytes })
    }
}

/// Reads the times of a log that grows, from what has been written of them so far.
#[derive(Debug, Default)]
pub struct TimingDecoder {
    /// What is not decoded yet: half the first line, or half a pair.
    rest: Vec<u8>,
    begun: bool,
    at_ms: u64,
}

impl TimingDecoder {
    /// Decodes what was written next, and hands on each piece that is complete by now.
    ///
    /// Fails with `InvalidData` if it is not a timing file.
    pub fn decode(&mut self, bytes: &[u8], mut piece: impl FnMut(Piece)) -> io::Result<()> {
        self.rest.extend_from_slice(bytes);
        if !self.begun {
            if self.rest.len() < MAGIC.len() {
                return Ok(());
            }
            let source = &self.rest[..];
            TimingReader::new(source)?;
            self.rest.drain(..MAGIC.len());
            self.begun = true;
        }
        let mut reader = TimingReader { source: &self.rest[..], at_ms: self.at_ms };
        let mut decoded = 0;
        while let Some(next) = reader.next() {
            piece(next);
            self.at_ms = reader.at_ms;
            decoded = self.rest.len() - reader.source.len();
        }
        self.rest.drain(..decoded);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(pieces: &[(u64, u64)]) -> Vec<u8> {
        let mut writer = TimingWriter::new(Vec::new()).unwrap();
        for (at, bytes) in pieces {
            writer.piece(Duration::from_millis(*at), *bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(steps in proptest::collection::vec((0u64..100_000, 1u64..1 << 40), 0..50)) {
            let mut at = 0;
            let mut expected: Vec<Piece> = Vec::new();
            let mut pieces = Vec::new();
            for (later, bytes) in steps {
                at += later;
                pieces.push((at, bytes));
                match expected.last_mut() {
                    Some(last) if last.at == Duration::from_millis(at) => last.bytes += bytes,
                    _ => expected.push(Piece { at: Duration::from_millis(at), bytes }),
                }
            }
            let file = write(&pieces);
            let read: Vec<_> = TimingReader::new(&file[..]).unwrap().collect();
            prop_assert_eq!(&read, &expected);
            // A file cut off anywhere tells a beginning of the same.
            for cut in MAGIC.len()..file.len() {
                let read: Vec<_> = TimingReader::new(&file[..cut]).unwrap().collect();
                prop_assert_eq!(&read[..], &expected[..read.len()]);
            }
        }

        #[test]
        fn a_file_that_grows_tells_the_same(
            steps in prop::collection::vec((1u64..1000, 1u64..1 << 40), 0..20),
            size in 1usize..30,
        ) {
            let mut at = 0;
            let pieces: Vec<_> = steps.iter().map(|(later, bytes)| { at += later; (at, *bytes) }).collect();
            let file = write(&pieces);
            let (mut decoder, mut read) = (TimingDecoder::default(), Vec::new());
            for bytes in file.chunks(size) {
                decoder.decode(bytes, |piece| read.push(piece)).unwrap();
            }
            prop_assert_eq!(read, TimingReader::new(&file[..]).unwrap().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let file = [MAGIC, &bytes[..]].concat();
            prop_assert!(TimingReader::new(&file[..]).unwrap().count() <= bytes.len());
        }
    }

    #[test]
    fn the_bytes_are_as_documented() {
        assert_eq!(write(&[(5, 3), (5, 4), (305, 200)]), b"jci.timing/1\n\x05\x07\xac\x02\xc8\x01");
        assert!(TimingReader::new(&b"not a timing file"[..]).is_err());
    }
}
