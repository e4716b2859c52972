//! Lines as they are kept once they are settled and only the screen knew what they look like.
//!
//! A line is its length and then: where it began in the log, whether it is cut, and its spans, each
//! a pen, a length, and a text in which NUL, a number and a character stand for that character so
//! many times. So a line takes no more room than a few times the bytes that painted it.

use jci_proto::{LogLine, Span};

use super::number;
use super::pen::Pen;
use super::row::Row;

/// So many pieces of a line look as they were meant, and the rest plain: a window of lines that
/// change their colour with each letter must fit into memory, here and in browsers.
const MOST_SPANS: usize = 250;
const REPEATED: u8 = 0;
/// Fewer of the same are written out.
const FEW: usize = 4;

/// A line that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredLine {
    /// Where in the log what is in it began.
    pub(super) began: Option<u64>,
    cut: bool,
    spans: Vec<(Pen, String)>,
}

impl StoredLine {
    pub(super) fn of(row: &Row) -> Self {
        let mut all = row.spans();
        let mut spans: Vec<_> = all.by_ref().take(MOST_SPANS).collect();
        let rest: String = all.map(|(_, text)| text).collect();
        if !rest.is_empty() {
            spans.push((Pen::default(), rest));
        }
        Self { began: row.began, cut: row.is_cut(), spans }
    }

    pub(super) fn text(&self) -> String {
        self.spans.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The line as it is sent.
    pub(super) fn into_line(self, time: Option<u64>) -> LogLine {
        let spans = self.spans.into_iter().map(|(pen, text)| Span {
            text,
            style: pen.style(),
            invalid: pen.is_for_invalid(),
        });
        LogLine { spans: spans.collect(), time, cut: self.cut }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        number::write(self.began.map_or(0, |began| began.saturating_add(1)), &mut body);
        body.push(u8::from(self.cut));
        for (pen, text) in &self.spans {
            body.extend(pen.to_bytes());
            let mut short = Vec::new();
            shorten(text, &mut short);
            number::write(short.len() as u64, &mut body);
            body.extend(short);
        }
        number::write(body.len() as u64, out);
        out.extend(body);
    }

    /// Reads a line from the begin of bytes, and takes it off them; `None` if it is not there
    /// whole.
    pub(super) fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let mut body = take_body(bytes)?;
        let began = number::read(&mut body)?.checked_sub(1);
        let cut = *body.split_off_first()? != 0;
        let mut spans = Vec::new();
        while !body.is_empty() {
            let pen = Pen::from_bytes(body.split_off(..Pen::BYTES)?.try_into().ok()?);
            let length = usize::try_from(number::read(&mut body)?).ok()?;
            spans.push((pen, lengthen(body.split_off(..length)?)?));
        }
        Some(Self { began, cut, spans })
    }
}

/// Takes a line off bytes without looking at it; `None` if it is not there whole.
pub(super) fn skip(bytes: &mut &[u8]) -> Option<()> {
    take_body(bytes).map(drop)
}

fn take_body<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let mut rest = *bytes;
    let length = usize::try_from(number::read(&mut rest)?).ok()?;
    let body = rest.split_off(..length)?;
    *bytes = rest;
    Some(body)
}

fn shorten(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.trim_start_matches(first);
        let same = rest.len() - after.len();
        if same >= FEW * first.len_utf8() {
            out.push(REPEATED);
            number::write((same / first.len_utf8()) as u64, out);
            out.extend(first.encode_utf8(&mut [0; 4]).bytes());
        } else {
            out.extend_from_slice(&rest.as_bytes()[..same]);
        }
        rest = after;
    }
}

fn lengthen(mut short: &[u8]) -> Option<String> {
    let mut text = String::new();
    while let Some(at) = short.iter().position(|byte| *byte == REPEATED) {
        text.push_str(std::str::from_utf8(&short[..at]).ok()?);
        short = &short[at + 1..];
        let count = usize::try_from(number::read(&mut short)?).ok()?;
        let one = short.utf8_chunks().next()?.valid().chars().next()?;
        text.extend(std::iter::repeat_n(one, count.min(super::row::MAX_COLUMNS)));
        short = &short[one.len_utf8()..];
    }
    text.push_str(std::str::from_utf8(short).ok()?);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::terminal::Terminal;
    use proptest::prelude::*;

    fn stored(input: &str) -> StoredLine {
        StoredLine::of(&Terminal::default().line(7, input.as_bytes(), true))
    }

    #[test]
    fn what_little_painted_takes_little_room() {
        let mut bytes = Vec::new();
        stored("\x1b[31mx\x1b[8000Cy\x1b[9999b").encode(&mut bytes);
        assert!(bytes.len() < 60, "{}", bytes.len());
        let line = StoredLine::decode(&mut &bytes[..]).unwrap();
        assert_eq!(line.text().len(), 1001);
    }

    #[test]
    fn a_line_changes_its_colour_only_so_often() {
        let line = stored(&"\x1b[31ma\x1b[32mb".repeat(1000));
        assert_eq!(line.text(), "ab".repeat(1000));
        let line = line.into_line(None);
        assert_eq!(line.spans.len(), MOST_SPANS + 1);
        assert!(line.spans.last().unwrap().style.is_plain());
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_back(
            lines in prop::collection::vec("([a-c日\t]|x{9}|\u{301}|\x1b\\[[0-9]{1,2}m){0,20}", 1..5),
        ) {
            let lines: Vec<_> = lines.iter().map(|line| stored(line)).collect();
            let mut bytes = Vec::new();
            lines.iter().for_each(|line| line.encode(&mut bytes));
            let (mut rest, mut skipped) = (&bytes[..], &bytes[..]);
            for line in &lines {
                prop_assert_eq!(&StoredLine::decode(&mut rest), &Some(line.clone()));
                skip(&mut skipped).unwrap();
            }
            prop_assert!(rest.is_empty() && skipped.is_empty());
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let _ = StoredLine::decode(&mut &bytes[..]);
        }
    }
}
