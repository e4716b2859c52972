//! The lines of one block, to be painted or searched without holding anything up.

use std::ops::Range;
use std::sync::Arc;

use jci_proto::{LogLine, Span};

use super::LogError;
use super::block::Kind;
use super::pen::Pen;
use super::scan::{self, RawLine, Stop};
use super::shared::{Painted, Shared, State};
use super::stored::{self, StoredLine};
use super::terminal::Terminal;
use super::text::{self, Texts};

/// Kept lines are read back in pieces of this size.
const READ_BACK: u64 = 128 * 1024;

/// The lines of one block, as they were at some moment.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Their numbers.
    pub(super) lines: Range<u64>,
    /// Whether its block ends where another begins, and so has got all its lines.
    pub(super) closed: bool,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    /// Bytes of the log, the pen at their begin, and whether the log ends with them for good.
    Raw {
        bytes: Range<u64>,
        pen: Pen,
        complete: bool,
    },
    /// Lines that were kept, from an offset on.
    Kept(u64),
    Screen(Arc<Painted>),
}

impl State {
    /// Returns the pieces that have some of these lines; of all lines, one for each block.
    pub(super) fn pieces(&self, lines: Range<u64>) -> Vec<Piece> {
        let after_blocks = self.screen.as_ref().map_or(self.lines, |screen| screen.first);
        let begin = self.blocks.partition_point(|block| block.line <= lines.start);
        let begin = begin.saturating_sub(1);
        let end = self.blocks.partition_point(|block| block.line < lines.end.max(1));
        let mut pieces: Vec<_> = (begin..end)
            .map(|index| {
                let (block, next) = (&self.blocks[index], self.blocks.get(index + 1));
                let line_end = next.map_or(after_blocks, |next| next.line.min(after_blocks));
                let source = match block.kind {
                    Kind::Raw(pen) => Source::Raw {
                        bytes: block.raw..next.map_or(self.bytes, |next| next.raw),
                        pen,
                        complete: self.complete,
                    },
                    Kind::Kept(at) => Source::Kept(at),
                };
                let lines = block.line..line_end.max(block.line);
                Piece { lines, closed: next.is_some(), source }
            })
            .collect();
        if let Some(screen) = self.screen.as_ref().filter(|screen| screen.first < lines.end) {
            let source = Source::Screen(Arc::clone(screen));
            pieces.push(Piece { lines: screen.first..self.lines, closed: false, source });
        }
        pieces
    }
}

impl Piece {
    /// Paints those of its lines that are among the wanted ones.
    pub(super) fn paint(
        &self,
        wanted: &Range<u64>,
        shared: &Shared,
        out: &mut Vec<LogLine>,
    ) -> Result<(), LogError> {
        let begin = self.lines.start.max(wanted.start);
        let count = self.lines.end.min(wanted.end).saturating_sub(begin);
        let (skipped, before) = (begin - self.lines.start, out.len());
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        match &self.source {
            _ if wanted == 0 => return Ok(()),
            Source::Raw { bytes, pen, complete } => {
                let painter = Painter { shared, terminal: Terminal::default(), out };
                painter.paint(bytes, (*pen, skipped, wanted), *complete)?;
            }
            Source::Kept(at) => {
                for_each_kept(*at, skipped, wanted, shared, |line| {
                    let time = shared.time(line.began);
                    out.push(line.into_line(time));
                })?;
            }
            Source::Screen(painted) => {
                let lines = painted.lines.iter().skip(skipped as usize).take(wanted);
                out.extend(lines.map(|line| line.clone().into_line(shared.time(line.began))));
            }
        }
        // Where a file became shorter behind our back, the lines that follow keep their numbers.
        out.resize_with(before + wanted, || LogLine { spans: Vec::new(), time: None, cut: false });
        Ok(())
    }

    /// Hands on the text of all its lines, with a line feed between them.
    pub(super) fn with_text<T>(
        &self,
        shared: &Shared,
        texts: &mut Texts,
        look: impl FnOnce(&str) -> T,
    ) -> Result<T, LogError> {
        let count = usize::try_from(self.lines.end - self.lines.start).unwrap_or(usize::MAX);
        let mut all = String::new();
        let mut add = |line: &StoredLine| {
            all.push_str(&line.text());
            all.push('\n');
        };
        match &self.source {
            _ if count == 0 => {}
            Source::Raw { bytes, .. } => {
                let bytes = shared.raw.read(bytes.start, bytes.end)?;
                return Ok(look(&texts.of_lines(&bytes)));
            }
            Source::Kept(at) => for_each_kept(*at, 0, count, shared, |line| add(&line))?,
            Source::Screen(painted) => painted.lines.iter().for_each(add),
        }
        Ok(look(&all))
    }
}

struct Painter<'p> {
    shared: &'p Shared,
    terminal: Terminal,
    out: &'p mut Vec<LogLine>,
}

impl Painter<'_> {
    fn paint(
        mut self,
        bytes: &Range<u64>,
        (mut pen, skipped, wanted): (Pen, u64, usize),
        complete: bool,
    ) -> Result<(), LogError> {
        let all = self.shared.raw.read(bytes.start, bytes.end)?;
        let begin = scan::skip(&all, &mut pen, skipped);
        let at = bytes.start + begin as u64;
        let all = &all[begin..];
        let end = self.out.len() + wanted;
        let stop = scan::walk(all, &mut pen, usize::MAX, |line| {
            self.line(at, line, true);
            self.out.len() < end
        });
        if let Stop::Unfinished(begin) = stop
            && self.out.len() < end
            && begin < all.len()
        {
            let line = RawLine { begin, text: &all[begin..], pen };
            self.line(at, line, complete);
        }
        Ok(())
    }

    fn line(&mut self, at: u64, line: RawLine<'_>, ended: bool) {
        let offset = at + line.begin as u64;
        let time = self.shared.time(Some(offset));
        if let Some(text) = text::shown_as_it_is(line.text) {
            let span = || Span { text: text.to_owned(), style: line.pen.style(), invalid: false };
            let spans = if text.is_empty() { Vec::new() } else { vec![span()] };
            return self.out.push(LogLine { spans, time, cut: false });
        }
        self.terminal.screen.pen = line.pen;
        let row = self.terminal.line(offset, line.text, ended);
        self.out.push(StoredLine::of(&row).into_line(time));
    }
}

/// Reads back some of the lines that were kept.
fn for_each_kept(
    at: u64,
    mut skipped: u64,
    mut wanted: usize,
    shared: &Shared,
    mut each: impl FnMut(StoredLine),
) -> Result<(), LogError> {
    let Some(file) = shared.kept.get() else { return Ok(()) };
    let (mut at, mut size) = (at, READ_BACK);
    while wanted > 0 {
        let bytes = file.read(at, at + size)?;
        let mut rest = &bytes[..];
        while skipped > 0 && stored::skip(&mut rest).is_some() {
            skipped -= 1;
        }
        while skipped == 0 && wanted > 0 {
            let Some(line) = StoredLine::decode(&mut rest) else { break };
            each(line);
            wanted -= 1;
        }
        let taken = (bytes.len() - rest.len()) as u64;
        if taken == 0 && (bytes.len() as u64) < size {
            return Ok(());
        }
        // One line may be longer than what was read.
        size = if taken == 0 { size * 2 } else { READ_BACK };
        at += taken;
    }
    Ok(())
}
