//! Reading on a screen: lines that leave it are kept as they were painted.

use std::collections::VecDeque;

use super::by_lines::ByLines;
use super::{Index, IndexError, KEEP_AT_ONCE, Mode, Read, Shown};
use crate::log::block::{Block, Kind};
use crate::log::pen::Pen;
use crate::log::screen::HEIGHT;
use crate::log::shared::{Painted, Shared};
use crate::log::stored::StoredLine;
use crate::log::terminal::Terminal;

/// So many bytes are painted before lines that left the screen are put away: a few bytes can make
/// many lines, and wide ones.
const AT_ONCE: usize = 1024;

/// A screen, and what is needed to know when there is no need for it any more.
pub(super) struct OnScreen {
    terminal: Terminal,
    /// Where in the log the screen began.
    began: u64,
    /// The lines directly above the cursor that show by themselves: where they begin, with which
    /// pen.
    plain: VecDeque<(u64, Pen)>,
    /// Where the line that is being read begins, and with which pen.
    line: (u64, Pen),
    /// Whether it began below all others.
    line_is_new: bool,
    /// Where in what is kept the newest block begins.
    block_at: u64,
}

impl OnScreen {
    /// Begins with a line, at an offset; what comes next is painted on the screen of a terminal.
    pub(super) fn begin(mut terminal: Terminal, line_at: u64, kept: u64) -> Self {
        terminal.screen.moved = false;
        let line = (line_at, terminal.screen.pen);
        let line_is_new = terminal.screen.is_below_all();
        let plain = VecDeque::new();
        Self { terminal, began: line_at, plain, line, line_is_new, block_at: kept }
    }

    pub(super) fn read<'b>(
        &mut self,
        at: u64,
        bytes: &'b [u8],
        index: &mut Index,
        shared: &Shared,
    ) -> Result<Read<'b>, IndexError> {
        let mut end = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            for piece in line.chunks(AT_ONCE) {
                self.terminal.read(at + end as u64, piece);
                end += piece.len();
                self.keep_settled(at + end as u64, index, shared)?;
            }
            if line.ends_with(b"\n") {
                self.end_line(at + end as u64, index.sizes.long_line);
                if let Some(mode) = self.leave(index) {
                    return Ok(Read::Switch(mode, &bytes[end..]));
                }
            }
        }
        Ok(Read::All)
    }

    /// Notes whether the line that ends at an offset shows by itself.
    fn end_line(&mut self, at: u64, long_line: usize) {
        let screen = &mut self.terminal.screen;
        let moved = std::mem::take(&mut screen.moved);
        let is_long = at - self.line.0 > long_line as u64;
        if moved || is_long || !self.line_is_new {
            self.plain.clear();
        } else {
            self.plain.push_back(self.line);
            if self.plain.len() > HEIGHT {
                self.plain.pop_front();
            }
        }
        self.line = (at, screen.pen);
        self.line_is_new = screen.is_below_all();
    }

    /// Goes back to reading by lines, if all that a cursor can reach shows by itself. Not at once:
    /// to come back means to paint a screen again.
    fn leave(&mut self, index: &mut Index) -> Option<Mode> {
        let screen = &self.terminal.screen;
        let above = screen.cursor_row();
        let (at, pen) = self.line;
        if !self.line_is_new || self.plain.len() < above || at - self.began < index.sizes.block {
            return None;
        }
        let first = self.plain.get(self.plain.len() - above).copied().unwrap_or(self.line);
        let top = (screen.top, first.0, first.1);
        let next = (screen.top + above as u64, at, pen);
        Some(Mode::Lines(ByLines::after_screen(top, next, screen.saved, index)))
    }

    /// Keeps the lines that have left the screen.
    fn keep_settled(
        &mut self,
        at: u64,
        index: &mut Index,
        shared: &Shared,
    ) -> Result<(), IndexError> {
        let screen = &mut self.terminal.screen;
        let first = screen.top - screen.settled.len() as u64;
        for (number, row) in (first..).zip(screen.settled.drain(..)) {
            let line = StoredLine::of(&row);
            if index.kept - self.block_at >= index.sizes.block {
                self.block_at = index.kept;
                let kind = Kind::Kept(index.kept);
                index.changes.push(Block { line: number, raw: at, kind });
            }
            let before = index.to_keep.len();
            line.encode(&mut index.to_keep);
            index.kept += (index.to_keep.len() - before) as u64;
            index.marks.painted_line(number, &line.text());
        }
        if index.to_keep.len() >= KEEP_AT_ONCE { index.write_kept(shared) } else { Ok(()) }
    }

    pub(super) fn show(
        &mut self,
        complete: bool,
        index: &mut Index,
        shared: &Shared,
    ) -> Result<Shown, IndexError> {
        if complete {
            self.terminal.end_line();
            self.keep_settled(self.line.0, index, shared)?;
        }
        let screen = &self.terminal.screen;
        let lines: Vec<_> = screen.rows().map(StoredLine::of).collect();
        let end = screen.top + lines.len() as u64;
        if complete {
            for (number, line) in (screen.top..).zip(&lines) {
                index.marks.painted_line(number, &line.text());
            }
        }
        let painted = Painted { first: screen.top, lines };
        Ok(Shown { lines: end, settled: painted.first, screen: Some(painted) })
    }
}
