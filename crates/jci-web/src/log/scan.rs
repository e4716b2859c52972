//! Goes over lines without painting them.
//!
//! Most lines need no screen: what is in them shows on their own row, and all that the next line
//! has to know is the pen. Here such lines are told apart from those that move the cursor to
//! other lines, at the speed at which line feeds and escapes are found.

use memchr::{memchr, memchr2};
use vte::{Params, Perform};

use super::pen::Pen;
use super::terminal::{self, Decoder, ESCAPE, Paint};

/// A well-formed sequence has no more parameters than this; others are left to the parser.
const PARAMETERS: usize = 16;

/// A line, as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawLine<'b> {
    /// Where it begins in what was gone over.
    pub(super) begin: usize,
    /// Its bytes without the line feed.
    pub(super) text: &'b [u8],
    /// The pen at its begin.
    pub(super) pen: Pen,
}

/// What ended the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// From here on there is no line feed; nothing there leaves its line so far.
    Unfinished(usize),
    /// The line that begins here has to be painted on a screen.
    Leaves(usize),
    /// The visitor had enough; the next line begins here.
    Enough(usize),
}

/// Goes over lines until one needs a screen or is a long one, the visitor returns `false`, or none
/// is left. The pen is then that at the begin of the line where it stopped.
pub(super) fn walk<'b>(
    bytes: &'b [u8],
    pen: &mut Pen,
    long_line: usize,
    mut visit: impl FnMut(RawLine<'b>) -> bool,
) -> Stop {
    let mut line = RawLine { begin: 0, text: &[], pen: *pen };
    let mut at = 0;
    while let Some(found) = memchr2(b'\n', ESCAPE, &bytes[at..]) {
        at += found;
        if bytes[at] == b'\n' {
            line.text = &bytes[line.begin..at];
            if line.text.len() > long_line {
                *pen = line.pen;
                return Stop::Leaves(line.begin);
            }
            at += 1;
            let more = visit(line);
            line = RawLine { begin: at, text: &[], pen: *pen };
            if !more {
                return Stop::Enough(at);
            }
        } else {
            match heed(&bytes[at..], pen) {
                Some(length) => at += length,
                None => {
                    *pen = line.pen;
                    return Stop::Leaves(line.begin);
                }
            }
        }
    }
    *pen = line.pen;
    if bytes.len() - line.begin > long_line {
        return Stop::Leaves(line.begin);
    }
    Stop::Unfinished(line.begin)
}

/// Goes over so many lines, and returns where the next one begins.
pub(super) fn skip(bytes: &[u8], pen: &mut Pen, count: u64) -> usize {
    if count == 0 {
        return 0;
    }
    let mut left = count;
    let stop = walk(bytes, pen, usize::MAX, |_| {
        left -= 1;
        left > 0
    });
    match stop {
        Stop::Unfinished(at) | Stop::Leaves(at) | Stop::Enough(at) => at,
    }
}

/// Heeds an escape sequence, or if it is an unusual one all that follows on its line. Returns how
/// many bytes it takes; `None` if they lead to other lines.
fn heed(bytes: &[u8], pen: &mut Pen) -> Option<usize> {
    usual(bytes, pen).or_else(|| {
        let line = &bytes[..memchr(b'\n', bytes).unwrap_or(bytes.len())];
        let mut tracker = Tracker { pen, leaves: false };
        Decoder::default().read(&mut tracker, line);
        (!tracker.leaves).then_some(line.len())
    })
}

/// Heeds one well-formed sequence of the kinds that make up nearly all, and returns its length.
fn usual(bytes: &[u8], pen: &mut Pen) -> Option<usize> {
    match bytes.get(1)? {
        b'[' => control(bytes, pen),
        // Choice of a character set, as `tput sgr0` prints it.
        b'(' => matches!(bytes.get(2)?, b'0'..=b'~').then_some(3),
        _ => None,
    }
}

fn control(bytes: &[u8], pen: &mut Pen) -> Option<usize> {
    let mut parameters = [0u16; PARAMETERS];
    let mut last = 0;
    for (index, byte) in bytes.iter().enumerate().skip(2) {
        match byte {
            b'0'..=b'9' => {
                let digit = u16::from(byte - b'0');
                parameters[last] = parameters[last].saturating_mul(10).saturating_add(digit);
            }
            b';' => {
                last += 1;
                if last == PARAMETERS {
                    return None;
                }
            }
            b'm' => {
                pen.select(parameters[..=last].iter().map(std::slice::from_ref));
                return Some(index + 1);
            }
            b'@'..=b'~' => {
                let leaves = terminal::leaves_line(Some(parameters[0]), &[], char::from(*byte));
                return (!leaves).then_some(index + 1);
            }
            _ => return None,
        }
    }
    None
}

/// Follows the pen, and notes whether anything leads to other lines.
struct Tracker<'p> {
    pen: &'p mut Pen,
    leaves: bool,
}

impl Perform for Tracker<'_> {
    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        let first = terminal::first(params);
        self.leaves |= terminal::leaves_line(first, intermediates, action);
        if intermediates.is_empty() && action == 'm' {
            self.pen.select(params.iter());
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.leaves |= terminal::escape_leaves_line(intermediates, byte);
    }
}

impl Paint for Tracker<'_> {
    fn paint_invalid(&mut self) {}
}
