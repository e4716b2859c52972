//! The text of lines as it is shown, without painting those that show as they came.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use unicode_width::UnicodeWidthChar as _;

use super::row::MAX_COLUMNS;
use super::terminal::{ESCAPE, Terminal};

/// So many columns a tab may take.
const TAB: usize = 8;

/// Finds the text of lines; what it takes for that is kept from line to line.
#[derive(Default)]
pub(super) struct Texts {
    terminal: Terminal,
}

impl Texts {
    /// The text of one line that stays on its row.
    pub(super) fn of_line<'b>(&mut self, raw: &'b [u8]) -> Cow<'b, str> {
        let text = without_returns(raw);
        if let Some(text) = shown_as_it_is(text) {
            return Cow::Borrowed(text);
        }
        let plain = without_styles(text).filter(|plain| shown_as_it_is(plain).is_some());
        let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
        Cow::Owned(plain.unwrap_or_else(|| self.terminal.line(0, raw, true).text()))
    }

    /// The text of some lines, a line feed after each but the last.
    pub(super) fn of_lines<'b>(&mut self, raw: &'b [u8]) -> Cow<'b, str> {
        if let Some(text) = lines_shown_as_they_are(raw) {
            return Cow::Borrowed(text);
        }
        let plain = without_styles(raw).filter(|plain| lines_shown_as_they_are(plain).is_some());
        if let Some(plain) = plain.and_then(|plain| String::from_utf8(plain).ok()) {
            return Cow::Owned(plain);
        }
        let mut all = String::with_capacity(raw.len());
        for (index, line) in raw.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                all.push('\n');
            }
            all.push_str(&self.of_line(line));
        }
        Cow::Owned(all)
    }
}

/// Takes off the carriage returns before the end of a line, which do nothing there.
fn without_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    &line[..end]
}

/// Returns a line as text if it is shown exactly as it came.
pub(super) fn shown_as_it_is(line: &[u8]) -> Option<&str> {
    let fits = line.len() <= MAX_COLUMNS / TAB
        || line.len() <= MAX_COLUMNS && memchr(b'\t', line).is_none();
    if !fits || has_controls(line) {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?;
    (text.is_ascii() || each_has_a_place(text)).then_some(text)
}

fn lines_shown_as_they_are(lines: &[u8]) -> Option<&str> {
    let mut begin = 0;
    for end in memchr::memchr_iter(b'\n', lines).chain([lines.len()]) {
        if end - begin > MAX_COLUMNS / TAB {
            return None;
        }
        begin = end + 1;
    }
    if has_controls(lines) {
        return None;
    }
    let text = std::str::from_utf8(lines).ok()?;
    (text.is_ascii() || text.split('\n').all(each_has_a_place)).then_some(text)
}

/// Whether there is anything that a terminal acts on, other than tabs and line feeds.
fn has_controls(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && *byte != b'\t' && *byte != b'\n' || *byte == 0x7f;
    // Counted rather than looked for: the compiler makes that many bytes at once.
    bytes.chunks(4096).any(|chunk| chunk.iter().filter(|byte| is_control(byte)).count() > 0)
}

/// Whether no character joins the one before it, and none is a control character.
fn each_has_a_place(text: &str) -> bool {
    text.chars().all(|glyph| glyph == '\t' || glyph.width().is_some_and(|width| width > 0))
}

/// Takes out what only styles the text, and carriage returns at the end of lines, where they do
/// nothing; `None` if there is anything that does more.
fn without_styles(lines: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(at) = memchr2(ESCAPE, b'\r', rest) {
        plain.extend_from_slice(&rest[..at]);
        let length = match &rest[at..] {
            [b'\r', b'\n', ..] => 1,
            [b'\r', ..] => return None,
            escape => style_length(escape)?,
        };
        rest = &rest[at + length..];
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

/// The length of a sequence that changes no text that is before it on its line.
fn style_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'[' => {
            let parameters = &bytes[2..];
            let end = parameters.iter().position(|byte| !matches!(byte, b'0'..=b';'))?;
            // Erasing to the end of a line that is at its end erases nothing.
            let erases_nothing =
                parameters[end] == b'K' && matches!(&parameters[..end], b"" | b"0");
            (parameters[end] == b'm' || erases_nothing).then_some(end + 3)
        }
        b'(' => matches!(bytes.get(2)?, b'0'..=b'~').then_some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_text_is_that_of_a_painted_line(
            line in "([a-c日é\t ]{1,5}|\u{301}|\u{85}|\r|\x08|\x1b\\[[0-9;]{0,4}[mKCD]|\x1b\\(B|\x1b|\u{7f}){0,12}",
        ) {
            let painted = Terminal::default().line(0, line.as_bytes(), true).text();
            prop_assert_eq!(&Texts::default().of_line(line.as_bytes()), &painted, "{:?}", line);
            let both = format!("{line}\nplain");
            let expected = format!("{painted}\nplain");
            prop_assert_eq!(Texts::default().of_lines(both.as_bytes()), expected);
        }
    }

    #[test]
    fn long_lines_are_as_cut_as_they_are_shown() {
        for line in ["x".repeat(MAX_COLUMNS + 5), "\t".repeat(2000), "日".repeat(9000)] {
            let painted = Terminal::default().line(0, line.as_bytes(), true).text();
            assert_eq!(Texts::default().of_line(line.as_bytes()), painted);
            assert_eq!(Texts::default().of_lines(line.as_bytes()), painted);
        }
    }
}
