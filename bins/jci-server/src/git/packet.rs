//! Git's pkt-lines: bytes come in any pieces, whole lines go out.

use bytes::{Bytes, BytesMut};
use gix_packetline::decode::{Stream, streaming};

/// The line that ends a section.
pub(crate) const FLUSH: &[u8] = b"0000";
/// The longest payload that fits into one line.
pub(crate) const MAX_PAYLOAD: usize = 65_516;
/// The digits in front of a line that say how long it is.
const PREFIX: usize = 4;

/// Fails because bytes are not a pkt-line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} does not begin a pkt-line")]
pub(crate) struct NotAPacket {
    /// How the bytes begin.
    found: String,
}

/// One line, with the digits in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet(Bytes);

impl Packet {
    /// Returns what the line carries, or nothing for a line that only separates.
    pub(crate) fn payload(&self) -> Option<&[u8]> {
        (self.0.len() > PREFIX).then(|| &self.0[PREFIX..])
    }

    /// Tells whether the line ends a section.
    pub(crate) fn is_flush(&self) -> bool {
        self.0 == FLUSH
    }

    /// Returns the line as it came.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that came and are no whole line yet: never more than a line and one piece of input.
#[derive(Debug, Default)]
pub(crate) struct PacketBuffer {
    bytes: BytesMut,
}

impl PacketBuffer {
    /// Adds the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next line, or nothing if it has not come whole.
    ///
    /// # Errors
    ///
    /// Fails if what comes next is no line; then it stays where it is.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, NotAPacket> {
        let length = self.length_at(0)?;
        Ok(length.map(|length| Packet(self.bytes.split_to(length).freeze())))
    }

    /// Takes all lines that have come whole, as one piece, and shows what each carries.
    ///
    /// # Errors
    ///
    /// Fails if one of them is no line; then all bytes stay where they are.
    pub(crate) fn take_whole(&mut self, mut see: impl FnMut(&[u8])) -> Result<Bytes, NotAPacket> {
        let mut end = 0;
        while let Some(length) = self.length_at(end)? {
            see(&self.bytes[end + PREFIX..end + length]);
            end += length;
        }
        Ok(self.bytes.split_to(end).freeze())
    }

    /// Takes whatever is left, lines or not.
    pub(crate) fn take_rest(&mut self) -> Bytes {
        self.bytes.split().freeze()
    }

    /// Tells whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn length_at(&self, start: usize) -> Result<Option<usize>, NotAPacket> {
        let bytes = &self.bytes[start..];
        match streaming(bytes) {
            Ok(Stream::Complete { bytes_consumed, .. }) => Ok(Some(bytes_consumed)),
            Ok(Stream::Incomplete { .. }) => Ok(None),
            Err(_) => Err(NotAPacket { found: bytes[..PREFIX].escape_ascii().to_string() }),
        }
    }
}

/// A channel of a connection that carries several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Band {
    /// What the program on the other side reads.
    Data = 1,
    /// What git prints behind `remote:`.
    Progress = 2,
    /// What git prints before it gives up.
    Error = 3,
}

/// Writes one line; what does not fit is cut.
pub(crate) fn write_line(out: &mut BytesMut, payload: &[u8]) {
    let payload = &payload[..payload.len().min(MAX_PAYLOAD)];
    out.extend_from_slice(format!("{:04x}", payload.len() + PREFIX).as_bytes());
    out.extend_from_slice(payload);
}

/// Writes data to a band, in as many lines as it takes.
pub(crate) fn write_band(out: &mut BytesMut, band: Band, data: &[u8]) {
    for piece in data.chunks(MAX_PAYLOAD - 1) {
        out.extend_from_slice(format!("{:04x}", piece.len() + 1 + PREFIX).as_bytes());
        out.extend_from_slice(&[band as u8]);
        out.extend_from_slice(piece);
    }
}

/// Writes the line that makes git stop and print a sentence, wherever no bands are in use.
pub(crate) fn error_line(sentence: &str) -> Bytes {
    let mut out = BytesMut::new();
    write_line(&mut out, format!("ERR jci: {sentence}\n").as_bytes());
    out.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads lines from pieces until there is no further one.
    fn read(pieces: &[&[u8]]) -> (Vec<Packet>, Option<NotAPacket>, Bytes) {
        let (mut buffer, mut packets) = (PacketBuffer::default(), Vec::new());
        for piece in pieces {
            buffer.push(piece);
            loop {
                match buffer.next() {
                    Ok(Some(packet)) => packets.push(packet),
                    Ok(None) => break,
                    Err(error) => return (packets, Some(error), Bytes::new()),
                }
            }
        }
        (packets, None, buffer.take_rest())
    }

    #[test]
    fn lines_carry_what_was_written() {
        let mut bytes = BytesMut::new();
        write_line(&mut bytes, b"hello\n");
        bytes.extend_from_slice(FLUSH);
        bytes.extend_from_slice(b"0001000");
        let (packets, error, rest) = read(&[&bytes]);
        assert_eq!(packets[0].payload(), Some(&b"hello\n"[..]));
        assert!(packets[1].is_flush() && packets[1].payload().is_none());
        assert!(!packets[2].is_flush() && packets[2].payload().is_none());
        assert_eq!((error, &rest[..]), (None, &b"000"[..]));
    }

    #[test]
    fn what_is_no_line_says_how_it_begins() {
        for wrong in [&b"PACK\0\0"[..], b"0003", b"fff1", b"+0a0", b"\xff\xff\xff\xff"] {
            let (packets, error, _) = read(&[wrong]);
            assert!(packets.is_empty());
            let begin = wrong[..4].escape_ascii().to_string();
            assert_eq!(error, Some(NotAPacket { found: begin }));
        }
    }

    #[test]
    fn bands_are_cut_into_lines() {
        let mut bytes = BytesMut::new();
        write_band(&mut bytes, Band::Data, &vec![b'x'; MAX_PAYLOAD + 10]);
        let (packets, error, rest) = read(&[&bytes]);
        let lengths: Vec<_> = packets.iter().filter_map(|it| Some(it.payload()?.len())).collect();
        assert_eq!(lengths, [MAX_PAYLOAD, 12]);
        assert!(packets.iter().all(|it| it.payload().is_some_and(|data| data[0] == 1)));
        assert_eq!((error, rest.len()), (None, 0));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_lines(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..80), 0..6),
            size in 1_usize..20,
        ) {
            let mut all = BytesMut::new();
            lines.iter().for_each(|line| write_line(&mut all, line));
            all.extend_from_slice(&bytes);
            let pieces: Vec<_> = all.chunks(size).collect();
            let (whole, split) = (read(&[&all]), read(&pieces));
            prop_assert_eq!(&whole.0, &split.0);
            prop_assert_eq!(&whole.1, &split.1);
            prop_assert!(whole.0.len() >= lines.len());
            for (packet, line) in whole.0.iter().zip(&lines) {
                prop_assert_eq!(packet.payload(), Some(&line[..]));
            }
        }

        #[test]
        fn whole_lines_and_the_rest_are_all_that_came(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..80), 0..6),
            size in 1_usize..50,
        ) {
            let mut all = BytesMut::new();
            lines.iter().for_each(|line| write_line(&mut all, line));
            all.extend_from_slice(&bytes);
            let (mut buffer, mut out) = (PacketBuffer::default(), Vec::new());
            for piece in all.chunks(size) {
                buffer.push(piece);
                if let Ok(whole) = buffer.take_whole(|_| ()) {
                    out.extend_from_slice(&whole);
                }
            }
            out.extend_from_slice(&buffer.take_rest());
            prop_assert_eq!(&out[..], &all[..]);
            prop_assert!(buffer.is_empty());
        }
    }
}
