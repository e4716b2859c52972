//! Reads a log once, from begin to end, and notes where to begin in order to show any of its lines.
//!
//! There are two ways to read. By lines: each line shows by itself, so that only line feeds,
//! colours and what there is to find are looked at. On a screen: from the first sequence that moves
//! the cursor to another line on, until every line of the screen is again one of the first kind.
//! What leaves such a screen is kept as it was painted.

mod by_lines;
mod on_screen;

use std::io;

use by_lines::ByLines;
use on_screen::OnScreen;

use super::LogError;
use super::block::{Changes, Sizes};
use super::bytes::Bytes;
use super::marks::Marks;
use super::shared::{Painted, Shared, State};

/// Kept lines are written out when there is so much of them.
const KEEP_AT_ONCE: usize = 64 * 1024;

/// Why a log cannot be read on.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    /// What was read already cannot be had again.
    #[error(transparent)]
    ReadBack(#[from] LogError),
    /// There is no room for lines that were painted.
    #[error("failed to keep lines of the log in a temporary file")]
    Keep(#[source] io::Error),
}

/// Reads a log, piece by piece.
pub(super) struct Indexer {
    mode: Mode,
    /// How many bytes have been read.
    at: u64,
    index: Index,
}

enum Mode {
    Lines(ByLines),
    Screen(Box<OnScreen>),
}

/// What both ways to read add to.
#[derive(Default)]
struct Index {
    sizes: Sizes,
    changes: Changes,
    marks: Marks,
    /// Lines that are to be kept, not written out yet.
    to_keep: Vec<u8>,
    /// How many bytes were kept, those that are not written out included.
    kept: u64,
}

/// What became of the bytes that one of the ways was given.
enum Read<'b> {
    All,
    /// The other way has to go on with these.
    Switch(Mode, &'b [u8]),
    /// The other way has to go on with what begins in earlier bytes, and then with these.
    SwitchEarlier(Mode, Vec<u8>, &'b [u8]),
}

impl Default for Indexer {
    fn default() -> Self {
        Self::with(Sizes::default())
    }
}

impl Indexer {
    /// Begins a log.
    pub(super) fn with(sizes: Sizes) -> Self {
        let mut index = Index { sizes, ..Index::default() };
        let mode = Mode::Lines(ByLines::begin(&mut index));
        Self { mode, at: 0, index }
    }

    /// How many bytes have been read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Reads the next bytes, which can already be read back.
    pub(super) fn feed(&mut self, shared: &Shared, bytes: &[u8]) -> Result<(), IndexError> {
        let (mut bytes, end) = (bytes, self.at + bytes.len() as u64);
        while !bytes.is_empty() {
            let at = end - bytes.len() as u64;
            let read = match &mut self.mode {
                Mode::Lines(lines) => lines.read(at, bytes, &mut self.index, shared)?,
                Mode::Screen(screen) => screen.read(at, bytes, &mut self.index, shared)?,
            };
            match read {
                Read::All => break,
                Read::Switch(mode, rest) => {
                    self.mode = mode;
                    bytes = rest;
                }
                Read::SwitchEarlier(mode, earlier, rest) => {
                    self.mode = mode;
                    self.at = end - rest.len() as u64 - earlier.len() as u64;
                    self.feed(shared, &earlier)?;
                    bytes = rest;
                }
            }
        }
        self.at = end;
        Ok(())
    }

    /// Shows all that was read so far to those who look at the log.
    pub(super) fn publish(&mut self, shared: &Shared) -> Result<(), IndexError> {
        self.publish_with(shared, false, None)
    }

    /// Ends the log, here because that is all or because of a problem.
    pub(super) fn end(&mut self, shared: &Shared, problem: Option<String>) {
        let shown = self.publish_with(shared, true, problem);
        if let Err(error) = shown {
            shared.change(|state| {
                state.complete = true;
                state.settled = state.lines;
                state.problem = Some(chain(&error));
            });
        }
    }

    fn publish_with(
        &mut self,
        shared: &Shared,
        complete: bool,
        problem: Option<String>,
    ) -> Result<(), IndexError> {
        self.leave_lines_if_they_do_not_suffice(shared)?;
        let shown = match &mut self.mode {
            Mode::Lines(lines) => lines.show(complete, &mut self.index),
            Mode::Screen(screen) => screen.show(complete, &mut self.index, shared)?,
        };
        let index = &mut self.index;
        index.write_kept(shared)?;
        let found = index.marks.news(complete.then(|| shown.lines.saturating_sub(1)));
        shared.change(|state: &mut State| {
            index.changes.hand_on(&mut state.blocks);
            state.bytes = self.at;
            state.lines = shown.lines;
            state.settled = if complete { shown.lines } else { shown.settled };
            state.screen = shown.screen.map(Into::into);
            state.found = found.map_or_else(|| state.found.clone(), Into::into);
            state.complete = complete;
            state.problem = problem;
        });
        Ok(())
    }

    /// What there is of the last line may need a screen before its line feed is there.
    fn leave_lines_if_they_do_not_suffice(&mut self, shared: &Shared) -> Result<(), IndexError> {
        let Mode::Lines(lines) = &mut self.mode else { return Ok(()) };
        if let Some((mode, begun)) = lines.leave_for_unfinished(&mut self.index, shared)? {
            self.mode = mode;
            self.at -= begun.len() as u64;
            self.feed(shared, &begun)?;
        }
        Ok(())
    }
}

/// How much there is to look at.
struct Shown {
    lines: u64,
    settled: u64,
    screen: Option<Painted>,
}

impl Index {
    fn write_kept(&mut self, shared: &Shared) -> Result<(), IndexError> {
        if self.to_keep.is_empty() {
            return Ok(());
        }
        let file = match shared.kept.get() {
            Some(file) => file,
            None => {
                let file = Bytes::temporary().map_err(IndexError::Keep)?;
                shared.kept.get_or_init(|| file)
            }
        };
        file.append(&self.to_keep).map_err(IndexError::Keep)?;
        self.to_keep.clear();
        Ok(())
    }
}

/// An error with all that led to it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
