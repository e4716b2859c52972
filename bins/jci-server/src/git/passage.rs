//! Answers of the forge on their way to git, as they pass piece by piece.

use bytes::Bytes;

use super::packet::{Band, FLUSH, NotAPacket, PacketBuffer, error_line, write_band};

/// Fails because an answer ends in the middle of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer ends in the middle of a line")]
pub(crate) struct Incomplete;

/// Watches or changes an answer while it passes.
pub(crate) trait Passage: Send {
    /// Takes the next piece and returns what git gets of it now.
    ///
    /// # Errors
    ///
    /// Fails if it is not what git sends.
    fn pass(&mut self, piece: &[u8]) -> Result<Bytes, NotAPacket>;

    /// Returns what git gets at the end of an answer.
    ///
    /// # Errors
    ///
    /// Fails if the answer is not whole.
    fn end(&mut self) -> Result<Bytes, Incomplete>;

    /// Writes the sentence with which git gives up, fit for what it has got so far.
    fn last_words(&self, sentence: &str) -> Bytes;
}

/// Lets an answer of upload-pack pass as it is, line by whole line.
///
/// So whenever the forge breaks off, git is between two lines and can be told why.
#[derive(Debug, Default)]
pub(crate) struct WholeLines {
    packets: PacketBuffer,
    /// Whether git expects the next line to name its band.
    in_bands: bool,
    /// Whether what comes is no lines: a pack for a git that knows no bands.
    raw: bool,
}

impl Passage for WholeLines {
    fn pass(&mut self, piece: &[u8]) -> Result<Bytes, NotAPacket> {
        self.packets.push(piece);
        if self.raw {
            return Ok(self.packets.take_rest());
        }
        let in_bands = &mut self.in_bands;
        let see = |line: &[u8]| {
            if !line.is_empty() {
                *in_bands = is_in_band(line) || is_before_bands(line);
            }
        };
        match self.packets.take_whole(see) {
            Ok(whole) => Ok(whole),
            Err(_) => {
                self.raw = true;
                Ok(self.packets.take_rest())
            }
        }
    }

    fn end(&mut self) -> Result<Bytes, Incomplete> {
        if self.packets.is_empty() { Ok(Bytes::new()) } else { Err(Incomplete) }
    }

    fn last_words(&self, sentence: &str) -> Bytes {
        if self.raw {
            return Bytes::new();
        }
        if !self.in_bands {
            return error_line(sentence);
        }
        let mut out = bytes::BytesMut::new();
        write_band(&mut out, Band::Error, format!("jci: {sentence}\n").as_bytes());
        out.extend_from_slice(FLUSH);
        out.freeze()
    }
}

/// Tells whether a line names its band: no text of git begins with such a byte.
fn is_in_band(line: &[u8]) -> bool {
    line.first().is_some_and(|band| *band <= 3)
}

/// Tells whether a line is the last one before the pack, in any version of the protocol.
///
/// Where it is not, and more text should have come, git prints what came instead all the same.
fn is_before_bands(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let last_ack = |line: &[u8]| line.strip_prefix(b"ACK ").is_some_and(|id| !id.contains(&b' '));
    line == b"packfile" || line == b"NAK" || last_ack(line)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::super::packet::write_line;
    use super::*;

    #[test]
    fn half_a_line_waits_and_its_end_is_missed() {
        let mut passage = WholeLines::default();
        assert_eq!(&passage.pass(b"0008NAK\n00").unwrap()[..], b"0008NAK\n");
        assert_eq!(passage.end(), Err(Incomplete));
        assert_eq!(&passage.pass(b"00").unwrap()[..], b"0000");
        assert_eq!(passage.end(), Ok(Bytes::new()));
    }

    #[test]
    fn last_words_fit_what_was_said_before() {
        let mut passage = WholeLines::default();
        let (text, band) = (b"0012ERR jci: gone\n", b"000f\x03jci: gone\n0000");
        assert_eq!(&passage.last_words("gone")[..], text);
        for (line, last) in [
            (&b"acknowledgments\n"[..], &text[..]),
            (b"ACK abc common\n", text),
            (b"ACK abc\n", band),
            (b"ready\n", text),
            (b"packfile\n", band),
            (b"\x01PACK", band),
            (b"NAK\n", band),
        ] {
            let mut bytes = BytesMut::new();
            write_line(&mut bytes, line);
            passage.pass(&bytes).unwrap();
            passage.pass(b"0001").unwrap();
            assert_eq!(&passage.last_words("gone")[..], last, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_pack_without_bands_passes() {
        let mut passage = WholeLines::default();
        assert_eq!(&passage.pass(b"0008NAK\nPACK\0").unwrap()[..], b"0008NAK\nPACK\0");
        assert_eq!(&passage.pass(b"\x02").unwrap()[..], b"\x02");
        assert_eq!((passage.end(), passage.last_words("gone")), (Ok(Bytes::new()), Bytes::new()));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_added(
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..80), 0..6),
            tail in proptest::collection::vec(any::<u8>(), 0..60),
            size in 1_usize..50,
        ) {
            let mut all = BytesMut::new();
            lines.iter().for_each(|line| write_line(&mut all, line));
            all.extend_from_slice(&tail);
            let (mut passage, mut out) = (WholeLines::default(), Vec::new());
            for piece in all.chunks(size) {
                out.extend_from_slice(&passage.pass(piece).unwrap());
            }
            prop_assert!(all.starts_with(&out));
            prop_assert_eq!(passage.end().is_ok(), out.len() == all.len());
        }
    }
}
