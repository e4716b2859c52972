//! Reading by lines: each shows by itself.

use memchr::memchr;

use super::on_screen::OnScreen;
use super::{Index, IndexError, Mode, Read, Shown};
use crate::log::block::{Block, Kind};
use crate::log::pen::Pen;
use crate::log::scan::{self, Stop};
use crate::log::screen::{HEIGHT, Saved};
use crate::log::shared::Shared;
use crate::log::terminal::Terminal;

/// Where the reading stands: at the begin of a line, of which some bytes may be there.
pub(super) struct ByLines {
    /// How many lines are complete.
    number: u64,
    /// The first line that a screen may begin at: what is above has left it for good.
    floor: u64,
    /// The pen at the begin of the line.
    pen: Pen,
    saved: Saved,
    /// Where in the log the line begins.
    line_at: u64,
    /// What is there of the line.
    begun: Vec<u8>,
    /// Where in the log the newest block begins.
    block_at: u64,
}

impl ByLines {
    /// Begins a log.
    pub(super) fn begin(index: &mut Index) -> Self {
        index.changes.push(Block { line: 0, raw: 0, kind: Kind::Raw(Pen::default()) });
        Self {
            number: 0,
            floor: 0,
            pen: Pen::default(),
            saved: Saved::default(),
            line_at: 0,
            begun: Vec::new(),
            block_at: 0,
        }
    }

    /// Goes on after a screen all of whose lines show by themselves. The first of them begins at an
    /// offset, with a pen; what comes next is the line of a number, at another.
    pub(super) fn after_screen(
        (top, top_at, top_pen): (u64, u64, Pen),
        (number, line_at, pen): (u64, u64, Pen),
        saved: Saved,
        index: &mut Index,
    ) -> Self {
        index.changes.push(Block { line: top, raw: top_at, kind: Kind::Raw(top_pen) });
        Self { number, floor: top, pen, saved, line_at, begun: Vec::new(), block_at: top_at }
    }

    pub(super) fn read<'b>(
        &mut self,
        at: u64,
        bytes: &'b [u8],
        index: &mut Index,
        shared: &Shared,
    ) -> Result<Read<'b>, IndexError> {
        if !self.begun.is_empty() {
            let end = memchr(b'\n', bytes).map_or(bytes.len(), |feed| feed + 1);
            let (line, rest) = bytes.split_at(end);
            self.begun.extend_from_slice(line);
            if !line.ends_with(b"\n") && self.begun.len() <= index.sizes.long_line {
                return Ok(Read::All);
            }
            let whole = std::mem::take(&mut self.begun);
            if let Stop::Leaves(_) = self.go_over(self.line_at, &whole, index) {
                let screen = self.screen(index, shared)?;
                return Ok(Read::SwitchEarlier(screen, whole, rest));
            }
            return self.read_lines(at + end as u64, rest, index, shared);
        }
        self.read_lines(at, bytes, index, shared)
    }

    fn read_lines<'b>(
        &mut self,
        at: u64,
        bytes: &'b [u8],
        index: &mut Index,
        shared: &Shared,
    ) -> Result<Read<'b>, IndexError> {
        match self.go_over(at, bytes, index) {
            Stop::Leaves(begin) => Ok(Read::Switch(self.screen(index, shared)?, &bytes[begin..])),
            Stop::Unfinished(begin) | Stop::Enough(begin) => {
                self.begun.extend_from_slice(&bytes[begin..]);
                Ok(Read::All)
            }
        }
    }

    /// Goes over bytes that begin with a line, which begins at an offset.
    fn go_over(&mut self, at: u64, bytes: &[u8], index: &mut Index) -> Stop {
        let Index { sizes, changes, marks, .. } = index;
        marks.prepare(bytes);
        let stop = scan::walk(bytes, &mut self.pen, sizes.long_line, |line| {
            let line_at = at + line.begin as u64;
            if line_at - self.block_at >= sizes.block {
                self.block_at = line_at;
                let kind = Kind::Raw(line.pen);
                changes.push(Block { line: self.number, raw: line_at, kind });
            }
            marks.raw_line(self.number, line, bytes);
            self.number += 1;
            true
        });
        let (Stop::Unfinished(begin) | Stop::Leaves(begin) | Stop::Enough(begin)) = stop;
        self.line_at = at + begin as u64;
        stop
    }

    /// The first line that a cursor can reach from here.
    fn top(&self) -> u64 {
        self.floor.max((self.number + 1).saturating_sub(HEIGHT as u64))
    }

    /// Paints the lines that a cursor can reach, to go on with them on a screen.
    fn screen(&mut self, index: &mut Index, shared: &Shared) -> Result<Mode, IndexError> {
        let top = self.top();
        let block = index.changes.find(top, &shared.lock().blocks);
        let (line, raw, mut pen) = match block {
            Some(Block { line, raw, kind: Kind::Raw(pen) }) => (line, raw, pen),
            // Lines that are kept are above the floor.
            _ => (self.number, self.line_at, self.pen),
        };
        let bytes = shared.raw.read(raw, self.line_at)?;
        let skipped = scan::skip(&bytes, &mut pen, top.saturating_sub(line));
        let mut terminal = Terminal::default();
        terminal.screen.pen = pen;
        terminal.screen.top = top;
        terminal.read(raw + skipped as u64, &bytes[skipped..]);
        terminal.screen.saved = self.saved;
        index.changes.take_back(top, &shared.lock().blocks);
        let kind = Kind::Kept(index.kept);
        index.changes.push(Block { line: top, raw: raw + skipped as u64, kind });
        Ok(Mode::Screen(Box::new(OnScreen::begin(terminal, self.line_at, index.kept))))
    }

    /// Goes to a screen if what there is of the last line needs one; that has to be read again.
    pub(super) fn leave_for_unfinished(
        &mut self,
        index: &mut Index,
        shared: &Shared,
    ) -> Result<Option<(Mode, Vec<u8>)>, IndexError> {
        let mut pen = self.pen;
        if let Stop::Leaves(_) = scan::walk(&self.begun, &mut pen, index.sizes.long_line, |_| true)
        {
            let begun = std::mem::take(&mut self.begun);
            return Ok(Some((self.screen(index, shared)?, begun)));
        }
        Ok(None)
    }

    pub(super) fn show(&mut self, complete: bool, index: &mut Index) -> Shown {
        let mut lines = self.number;
        if !self.begun.is_empty() {
            let row = Terminal::default().line(self.line_at, &self.begun, complete);
            lines += u64::from(!row.is_blank());
            if complete {
                index.marks.painted_line(self.number, &row.text());
            }
        }
        Shown { lines, settled: self.top().min(lines), screen: None }
    }
}
