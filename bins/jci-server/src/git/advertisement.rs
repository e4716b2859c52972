//! The refs that a forge offers for a push, cut down to those that a job has to see.
//!
//! A forge may have runs by the ten thousand. git reads and compares them all before each push,
//! and a job has no business with any but those of its own commit.

use bytes::{Bytes, BytesMut};
use jci_forge::ObjectId;
use jci_store::RUNS_PREFIX;

use super::capabilities::Capabilities;
use super::packet::{FLUSH, NotAPacket, PacketBuffer, error_line, write_line};
use super::passage::{Incomplete, Passage};

/// Leaves the runs of one commit.
///
/// Packs get no larger by it: a run has no parents, and git looks for what the other side has
/// along parents only.
#[derive(Debug)]
pub(crate) struct PushAdvertisement {
    packets: PacketBuffer,
    zeros: String,
    own_runs: Vec<u8>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The line that names the service is still to come, or the flush behind it.
    Service,
    /// The capabilities are still to come, with the first ref.
    First,
    /// The capabilities are known, but no ref was passed on that could carry them.
    Capable(Capabilities),
    /// Refs are passed on.
    Refs,
    /// All was said.
    Ended,
}

impl PushAdvertisement {
    /// Prepares for the runs of a commit.
    pub(crate) fn new(commit: &ObjectId) -> Self {
        Self {
            packets: PacketBuffer::default(),
            zeros: "0".repeat(commit.as_str().len()),
            own_runs: format!("{RUNS_PREFIX}{commit}/").into_bytes(),
            state: State::Service,
        }
    }

    fn line(&mut self, line: &[u8], out: &mut BytesMut) {
        if line.starts_with(b"# service=") {
            return write_line(out, line);
        }
        let reference = match &self.state {
            State::Service | State::First => {
                let nul = line.iter().position(|byte| *byte == 0).unwrap_or(line.len());
                let listed = line.get(nul + 1..).unwrap_or_default();
                self.state = State::Capable(Capabilities::parse(listed).offered());
                &line[..nul]
            }
            State::Capable(_) | State::Refs => line,
            State::Ended => return,
        };
        let reference = reference.strip_suffix(b"\n").unwrap_or(reference);
        if self.is_own(reference) {
            self.reference(reference, out);
        }
    }

    fn is_own(&self, reference: &[u8]) -> bool {
        let name = reference.iter().position(|byte| *byte == b' ').map(|at| &reference[at + 1..]);
        name.is_some_and(|name| name.starts_with(&self.own_runs))
    }

    fn reference(&mut self, reference: &[u8], out: &mut BytesMut) {
        let mut line = reference.to_owned();
        if let State::Capable(capabilities) = &self.state {
            line.push(0);
            line.extend_from_slice(&capabilities.to_bytes());
            self.state = State::Refs;
        }
        line.push(b'\n');
        write_line(out, &line);
    }

    fn flush(&mut self, out: &mut BytesMut) {
        match &self.state {
            State::Service => self.state = State::First,
            State::First | State::Ended => self.state = State::Ended,
            State::Capable(_) => {
                // What git sends for a repository without refs.
                let nothing = format!("{} capabilities^{{}}", self.zeros);
                self.reference(nothing.as_bytes(), out);
                self.state = State::Ended;
            }
            State::Refs => self.state = State::Ended,
        }
        out.extend_from_slice(FLUSH);
    }
}

impl Passage for PushAdvertisement {
    fn pass(&mut self, piece: &[u8]) -> Result<Bytes, NotAPacket> {
        self.packets.push(piece);
        let mut out = BytesMut::new();
        while let Some(packet) = self.packets.next()? {
            match packet.payload() {
                Some(line) => self.line(line, &mut out),
                None if packet.is_flush() => self.flush(&mut out),
                None => {}
            }
        }
        Ok(out.freeze())
    }

    fn end(&mut self) -> Result<Bytes, Incomplete> {
        if self.state == State::Ended { Ok(Bytes::new()) } else { Err(Incomplete) }
    }

    fn last_words(&self, sentence: &str) -> Bytes {
        error_line(sentence)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const C: &str = "cccccccccccccccccccccccccccccccccccccccc";
    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn offered(refs: &[String]) -> Vec<u8> {
        let mut out = BytesMut::new();
        write_line(&mut out, b"# service=git-receive-pack\n");
        out.extend_from_slice(FLUSH);
        for (index, reference) in refs.iter().enumerate() {
            let list = "\0report-status delete-refs side-band-64k push-options agent=git/2";
            let list = if index == 0 { list } else { "" };
            write_line(&mut out, format!("{reference}{list}\n").as_bytes());
        }
        out.extend_from_slice(FLUSH);
        out.to_vec()
    }

    fn passed(bytes: &[u8], size: usize) -> Result<Vec<u8>, NotAPacket> {
        let mut passage = PushAdvertisement::new(&ObjectId::new(C).unwrap());
        let mut out = Vec::new();
        for piece in bytes.chunks(size) {
            out.extend_from_slice(&passage.pass(piece)?);
        }
        Ok(out)
    }

    fn text(refs: &[String]) -> String {
        let passed = String::from_utf8(passed(&offered(refs), 1000).unwrap()).unwrap();
        passed.replace('\0', " ; ").replace(C, "C").replace(A, "A")
    }

    #[test]
    fn a_job_sees_its_own_runs() {
        insta::assert_snapshot!(text(&[
            format!("{A} HEAD"),
            format!("{C} refs/heads/main"),
            format!("{A} refs/heads/other"),
            format!("{A} refs/jci-runs/{A}/1795241966-cc77"),
            format!("{A} refs/jci-runs/{C}/1795241966-cc77"),
            format!("{C} .have"),
        ]), @"
        001f# service=git-receive-pack
        0000009cA refs/jci-runs/C/1795241966-cc77 ; report-status side-band-64k delete-refs
        0000
        ");
    }

    #[test]
    fn a_job_that_sees_nothing_still_sees_what_the_forge_can_do() {
        insta::assert_snapshot!(text(&[format!("{A} refs/heads/main")]), @"
        001f# service=git-receive-pack
        000000650000000000000000000000000000000000000000 capabilities^{} ; report-status side-band-64k delete-refs
        0000
        ");
        let none = format!("{} capabilities^{{}}", "0".repeat(40));
        assert_eq!(text(&[none]), text(&[format!("{A} refs/heads/main")]));
    }

    #[test]
    fn half_an_answer_is_missed() {
        let offered = offered(&[format!("{C} refs/heads/main")]);
        for end in 0..offered.len() {
            let mut passage = PushAdvertisement::new(&ObjectId::new(C).unwrap());
            passage.pass(&offered[..end]).unwrap();
            assert_eq!(passage.end(), Err(Incomplete), "{end}");
        }
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_refs(
            refs in proptest::collection::vec("[ac]{40} refs/(heads|jci-runs/c{40})/[a-z]{1,9}", 0..9),
            tail in proptest::collection::vec(any::<u8>(), 0..60),
            size in 1_usize..99,
        ) {
            let mut bytes = offered(&refs);
            bytes.extend_from_slice(&tail);
            prop_assert_eq!(passed(&bytes, size).is_ok(), passed(&bytes, bytes.len()).is_ok());
            if let (Ok(split), Ok(whole)) = (passed(&bytes, size), passed(&bytes, bytes.len())) {
                prop_assert_eq!(split, whole);
            }
        }

        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = passed(&bytes, 7);
        }
    }
}
