//! Reads bytes as a terminal does, and acts on a [`Screen`].
//!
//! A line feed also returns to the first column, and ends whatever sequence is unfinished: half a
//! sequence spoils its own line only, and lines can be looked at one by one.

use memchr::memchr;
use unicode_width::UnicodeWidthChar as _;
use vte::{Params, Parser, Perform};

use super::row::Row;
use super::screen::{Part, Screen};

pub(super) const ESCAPE: u8 = 0x1b;
const CANCEL: u8 = 0x18;

/// A terminal without anybody in front of it.
#[derive(Default)]
pub(super) struct Terminal {
    decoder: Decoder,
    pub(super) screen: Screen,
}

impl Terminal {
    /// Reads bytes that begin at an offset of the log.
    pub(super) fn read(&mut self, offset: u64, bytes: &[u8]) {
        let mut at = offset;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.screen.at = at;
            at += line.len() as u64;
            match line.strip_suffix(b"\n") {
                Some(text) => {
                    self.decoder.read(&mut self.screen, text);
                    self.end_line();
                    self.screen.line_feed();
                }
                None => self.decoder.read(&mut self.screen, line),
            }
        }
    }

    /// Ends what is unfinished, at the end of the log or of a line.
    pub(super) fn end_line(&mut self) {
        self.decoder.end_line(&mut self.screen);
    }

    /// Returns what one line looks like that begins at an offset and does not leave its row.
    pub(super) fn line(&mut self, offset: u64, text: &[u8], ended: bool) -> Row {
        self.screen.at = offset;
        self.decoder.read(&mut self.screen, text);
        if ended {
            self.end_line();
        }
        self.screen.take_line()
    }
}

/// Acts on what a [`Decoder`] finds.
pub(super) trait Paint: Perform {
    /// Shows, among text, that here are bytes that are not UTF-8.
    fn paint_invalid(&mut self);
}

/// Tells text from sequences, and what is UTF-8 from what is not.
#[derive(Default)]
pub(super) struct Decoder {
    parser: Parser,
    /// The begin of a character whose other bytes are still to come.
    partial: Vec<u8>,
    /// Whether there was an escape since the last line feed.
    escaped: bool,
}

impl Decoder {
    /// Reads bytes without any line feed.
    pub(super) fn read(&mut self, paint: &mut impl Paint, bytes: &[u8]) {
        if self.partial.is_empty() {
            return self.read_whole(paint, bytes);
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(bytes);
        self.read_whole(paint, &whole);
    }

    fn end_line(&mut self, paint: &mut impl Paint) {
        if !std::mem::take(&mut self.partial).is_empty() {
            self.invalid(paint);
        }
        if std::mem::take(&mut self.escaped) {
            self.parser.advance(paint, &[CANCEL]);
        }
    }

    fn read_whole(&mut self, paint: &mut impl Paint, mut bytes: &[u8]) {
        self.escaped |= memchr(ESCAPE, bytes).is_some();
        while let Err(error) = std::str::from_utf8(bytes) {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.parser.advance(paint, valid);
            let Some(length) = error.error_len() else {
                self.partial = rest.to_vec();
                return;
            };
            self.invalid(paint);
            bytes = &rest[length..];
        }
        self.parser.advance(paint, bytes);
    }

    /// Lets the parser decide whether the place is one for text at all.
    fn invalid<P: Paint>(&mut self, paint: &mut P) {
        self.parser.advance(&mut Invalid(paint), "\u{fffd}".as_bytes());
    }
}

/// Is given what stands for bytes that are not UTF-8.
struct Invalid<'p, P>(&'p mut P);

impl<P: Paint> Perform for Invalid<'_, P> {
    fn print(&mut self, _: char) {
        self.0.paint_invalid();
    }
}

impl Paint for Screen {
    fn paint_invalid(&mut self) {
        self.print_invalid();
    }
}

/// Tells whether a control sequence does anything outside of its line.
pub(super) fn leaves_line(first: Option<u16>, intermediates: &[u8], action: char) -> bool {
    match (intermediates, action) {
        // Below the last line there is nothing to erase.
        ([], 'J') => matches!(first, Some(1 | 2)),
        ([], _) => "AkBeEFHfdLMSTsu".contains(action),
        (b"?", 'h' | 'l') => matches!(first, Some(47 | 1047 | 1049)),
        _ => false,
    }
}

/// Tells whether an escape sequence does anything outside of its line.
pub(super) fn escape_leaves_line(intermediates: &[u8], byte: u8) -> bool {
    intermediates.is_empty() && b"78DEMc".contains(&byte)
}

impl Perform for Screen {
    fn print(&mut self, glyph: char) {
        match glyph {
            ' '..='~' => self.print(glyph, 1),
            // A width is what control characters do not have.
            _ => glyph.width().into_iter().for_each(|width| self.print(glyph, width)),
        }
    }

    fn execute(&mut self, byte: u8) {
        self.forget_last();
        match byte {
            0x08 => self.left(1),
            b'\t' => self.tab(1),
            b'\r' => self.carriage_return(),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        self.moved |= leaves_line(first(params), intermediates, action);
        if action != 'b' {
            self.forget_last();
        }
        match intermediates {
            [] => self.control(params, action),
            b"?" => self.private_mode(params, action),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.moved |= escape_leaves_line(intermediates, byte);
        self.forget_last();
        match (intermediates, byte) {
            ([], b'7') => self.save(),
            ([], b'8') => self.restore(),
            ([], b'D') => self.index(),
            ([], b'E') => self.line_feed(),
            ([], b'M') => self.reverse_index(),
            ([], b'c') => self.reset(),
            _ => {}
        }
    }
}

/// The first number of a sequence.
pub(super) fn first(params: &Params) -> Option<u16> {
    params.iter().next().and_then(|values| values.first().copied())
}

impl Screen {
    fn control(&mut self, params: &Params, action: char) {
        let nth =
            |index: usize| params.iter().nth(index).and_then(|values| values.first().copied());
        let count = |index: usize| usize::from(nth(index).unwrap_or(0).max(1));
        match action {
            'm' => self.pen.select(params.iter()),
            'A' | 'k' => self.up(count(0)),
            'B' | 'e' => self.down(count(0)),
            'C' | 'a' => self.right(count(0)),
            'D' | 'j' => self.left(count(0)),
            'E' => {
                self.down(count(0));
                self.carriage_return();
            }
            'F' => {
                self.up(count(0));
                self.carriage_return();
            }
            'G' | '`' => self.set_column(count(0) - 1),
            'H' | 'f' => self.go_to(count(0) - 1, count(1) - 1),
            'd' => self.set_row(count(0) - 1),
            'I' => self.tab(count(0)),
            'Z' => self.tab_back(count(0)),
            'J' => part(nth(0)).into_iter().for_each(|part| self.erase_in_display(part)),
            'K' => part(nth(0)).into_iter().for_each(|part| self.erase_in_line(part)),
            'L' => self.insert_lines(count(0)),
            'M' => self.delete_lines(count(0)),
            '@' => self.insert_characters(count(0)),
            'P' => self.delete_characters(count(0)),
            'X' => self.erase_characters(count(0)),
            'S' => self.scroll_up(count(0)),
            'T' => self.scroll_down(count(0)),
            'b' => self.repeat(count(0)),
            's' => self.save(),
            'u' => self.restore(),
            _ => {}
        }
    }

    /// Of what `CSI ? … h` and `l` switch, only the alternate screen matters to a log.
    fn private_mode(&mut self, params: &Params, action: char) {
        if matches!(first(params), Some(47 | 1047 | 1049)) {
            match action {
                'h' => self.enter_alternate(),
                'l' => self.leave_alternate(),
                _ => {}
            }
        }
    }
}

fn part(number: Option<u16>) -> Option<Part> {
    match number.unwrap_or(0) {
        0 => Some(Part::ToEnd),
        1 => Some(Part::FromBegin),
        2 => Some(Part::All),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
