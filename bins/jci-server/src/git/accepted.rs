//! What the forge says became of a push, read while it passes.

use bytes::{Bytes, BytesMut};

use super::capabilities::Capabilities;
use super::grant::PushedRun;
use super::packet::{Band, FLUSH, NotAPacket, PacketBuffer, error_line, write_band};
use super::passage::{Incomplete, Passage};

/// Lets an answer of receive-pack pass as it is and notes which refs were taken.
#[derive(Debug)]
pub(crate) struct PushAnswer {
    outer: PacketBuffer,
    inner: PacketBuffer,
    in_bands: bool,
    asked: Vec<PushedRun>,
    taken: Vec<PushedRun>,
    unpacked: bool,
    report: Report,
}

/// How far the report has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Nothing,
    Begun,
    Whole,
    /// There is something in it that is no report; what it said before counts.
    Broken,
}

impl PushAnswer {
    /// Prepares for the answer to a push that asks for these runs.
    pub(crate) fn new(asked: Vec<PushedRun>, capabilities: &Capabilities) -> Self {
        Self {
            outer: PacketBuffer::default(),
            inner: PacketBuffer::default(),
            in_bands: capabilities.in_bands(),
            asked,
            taken: Vec::new(),
            unpacked: false,
            report: Report::Nothing,
        }
    }

    /// Returns the runs that the forge has taken, each once.
    pub(crate) fn taken(&self) -> &[PushedRun] {
        &self.taken
    }

    /// Tells whether git got nothing of a report, so that it can be given another one.
    pub(crate) fn is_silent(&self) -> bool {
        self.report == Report::Nothing && self.inner.is_empty()
    }

    fn report_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        self.report = Report::Begun;
        if line == b"unpack ok" {
            self.unpacked = true;
        } else if let Some(name) = line.strip_prefix(b"ok ") {
            let at = self.asked.iter().position(|run| run.reference.as_bytes() == name);
            if let Some(at) = at.filter(|_| self.unpacked) {
                self.taken.push(self.asked.remove(at));
            }
        } else if line.starts_with(b"option refname ") {
            // The forge has put the run somewhere else, where nobody looks for it.
            self.taken.pop();
        }
    }

    /// Reads what came in the band of the report.
    fn read_inner(&mut self) {
        while matches!(self.report, Report::Nothing | Report::Begun) {
            match self.inner.next() {
                Ok(Some(packet)) => match packet.payload() {
                    Some(line) => self.report_line(line),
                    None => self.report = Report::Whole,
                },
                Ok(None) => break,
                Err(_) => self.report = Report::Broken,
            }
        }
    }

    fn read_outer(&mut self, line: &[u8]) {
        match line.split_first() {
            _ if self.report == Report::Whole => {}
            _ if !self.in_bands => self.report_line(line),
            Some((1, data)) => {
                self.inner.push(data);
                self.read_inner();
            }
            _ => {}
        }
    }
}

impl Passage for PushAnswer {
    fn pass(&mut self, piece: &[u8]) -> Result<Bytes, NotAPacket> {
        self.outer.push(piece);
        let mut out = BytesMut::new();
        while let Some(packet) = self.outer.next()? {
            out.extend_from_slice(packet.as_bytes());
            match packet.payload() {
                Some(line) => self.read_outer(line),
                None if !self.in_bands => self.report = Report::Whole,
                None => {}
            }
        }
        Ok(out.freeze())
    }

    fn end(&mut self) -> Result<Bytes, Incomplete> {
        let whole = self.report == Report::Whole && self.outer.is_empty();
        if whole { Ok(Bytes::new()) } else { Err(Incomplete) }
    }

    fn last_words(&self, sentence: &str) -> Bytes {
        if !self.in_bands {
            return error_line(sentence);
        }
        let mut out = BytesMut::new();
        write_band(&mut out, Band::Error, format!("jci: {sentence}\n").as_bytes());
        out.extend_from_slice(FLUSH);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use jci_forge::ObjectId;
    use proptest::prelude::*;

    use super::super::packet::write_line;
    use super::*;

    fn run(number: u64) -> PushedRun {
        PushedRun {
            reference: format!("refs/jci-runs/c/{number}-0000"),
            run: format!("{number}-0000").parse().unwrap(),
            id: ObjectId::new(&"a".repeat(40)).unwrap(),
        }
    }

    fn report(lines: &[&str]) -> BytesMut {
        let mut report = BytesMut::new();
        lines.iter().for_each(|line| write_line(&mut report, format!("{line}\n").as_bytes()));
        report.extend_from_slice(FLUSH);
        report
    }

    fn banded(report: &[u8], size: usize) -> BytesMut {
        let mut out = BytesMut::new();
        write_band(&mut out, Band::Progress, b"Processing references\n");
        report.chunks(size).for_each(|piece| write_band(&mut out, Band::Data, piece));
        out.extend_from_slice(FLUSH);
        out
    }

    /// Returns the numbers of the runs that were taken, and whether the answer was whole.
    fn taken(bytes: &[u8], capabilities: &str, size: usize) -> (Vec<u64>, bool) {
        let capabilities = Capabilities::parse(capabilities.as_bytes());
        let mut answer = PushAnswer::new(vec![run(1), run(2)], &capabilities);
        let (mut out, mut fine) = (Vec::new(), true);
        for piece in bytes.chunks(size) {
            match answer.pass(piece) {
                Ok(passed) => out.extend_from_slice(&passed),
                Err(_) => {
                    fine = false;
                    break;
                }
            }
        }
        assert!(bytes.starts_with(&out));
        let numbers = answer.taken().iter().map(|run| run.run.seconds()).collect();
        (numbers, fine && answer.end().is_ok())
    }

    #[test]
    fn refs_that_the_forge_took_are_noted_however_the_report_is_cut() {
        let report = report(&[
            "unpack ok",
            "ok refs/jci-runs/c/1-0000",
            "ng refs/jci-runs/c/2-0000 hook declined",
            "ok refs/heads/main",
        ]);
        for size in 1..report.len() {
            assert_eq!(taken(&banded(&report, size), "side-band-64k", 5), (vec![1], true));
            assert_eq!(taken(&report, "report-status", size), (vec![1], true));
        }
    }

    #[test]
    fn a_ref_counts_once_and_only_where_it_was_asked_for() {
        let twice = ["unpack ok", "ok refs/jci-runs/c/1-0000", "ok refs/jci-runs/c/1-0000"];
        assert_eq!(taken(&report(&twice), "", 9).0, [1]);
        let failed = ["unpack index-pack failed", "ok refs/jci-runs/c/1-0000"];
        assert!(taken(&report(&failed), "", 9).0.is_empty());
        let moved =
            [twice[0], twice[1], "option refname refs/heads/x", "ok refs/jci-runs/c/2-0000"];
        assert_eq!(taken(&report(&moved), "", 9).0, [2]);
    }

    #[test]
    fn half_a_report_is_missed() {
        let whole = banded(&report(&["unpack ok", "ok refs/jci-runs/c/1-0000"]), 99);
        let end = whole.len() - FLUSH.len();
        for end in 0..end {
            assert!(!taken(&whole[..end], "side-band-64k", 99).1, "{end}");
        }
        assert!(taken(&whole, "side-band-64k", 99).1);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_mean_the_same(
            noise in proptest::collection::vec(any::<u8>(), 0..99),
            size in 1_usize..60,
        ) {
            let mut inner = report(&["unpack ok", "ok refs/jci-runs/c/2-0000"]);
            inner.extend_from_slice(&noise);
            for bytes in [&inner, &banded(&inner, size), &BytesMut::from(&noise[..])] {
                for capabilities in ["", "side-band-64k"] {
                    let whole = taken(bytes, capabilities, bytes.len().max(1));
                    prop_assert_eq!(taken(bytes, capabilities, size), whole);
                }
            }
        }
    }
}
