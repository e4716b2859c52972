//! A screen of a terminal that is as wide as its lines, and what moves the cursor on it.
//!
//! Where a terminal would lose text, this one keeps it as lines of the log: clearing the whole
//! screen begins a new one below, and what a program draws on the alternate screen stays where it
//! was drawn.

use std::collections::VecDeque;

use super::pen::Pen;
use super::row::Row;

/// How many lines the cursor can still reach.
pub(super) const HEIGHT: usize = 100;
/// Where the right edge is for those who send the cursor there; text goes on beyond. Few bytes must
/// not make a lot of screen.
const EDGE: usize = 500;

#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    row: usize,
    column: usize,
}

/// A cursor to come back to, and the pen it had.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Saved(Cursor, Pen);

/// The last lines of a log, and the cursor.
#[derive(Debug, Default)]
pub(super) struct Screen {
    rows: VecDeque<Row>,
    cursor: Cursor,
    pub(super) pen: Pen,
    pub(super) saved: Saved,
    /// How many rows are there although nothing may be on them, because the cursor went on.
    passed: usize,
    /// Whether nothing came since the cursor was sent to the first place of the screen.
    homed: bool,
    /// The last character written, for those who want it repeated.
    last: Option<char>,
    /// Where in the log the bytes come from that are being read.
    pub(super) at: u64,
    /// How many lines are above the screen.
    pub(super) top: u64,
    /// Whether the cursor has reached for other lines than that of the text since this was reset.
    pub(super) moved: bool,
    /// Lines that left the screen since they were last taken from here.
    pub(super) settled: Vec<Row>,
}

/// A part of a line or of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    ToEnd,
    FromBegin,
    All,
}

impl Screen {
    /// How many rows there are: up to the last that the cursor has left or that has text.
    pub(super) fn height(&self) -> usize {
        let written = self.rows.iter().rposition(|row| !row.is_blank()).map_or(0, |last| last + 1);
        written.max(self.passed)
    }

    /// The rows that there are.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().take(self.height())
    }

    /// On which row the cursor is, counted from the first of the screen.
    pub(super) fn cursor_row(&self) -> usize {
        self.cursor.row
    }

    /// Whether a line begins here that has nothing to do with those before it.
    pub(super) fn is_below_all(&self) -> bool {
        self.cursor.column == 0 && self.cursor.row >= self.height()
    }

    /// Takes the line that the cursor is on, which is the only one, and begins another in its
    /// place.
    pub(super) fn take_line(&mut self) -> Row {
        self.cursor = Cursor::default();
        self.last = None;
        self.rows.pop_front().unwrap_or_default()
    }

    fn row(&mut self) -> &mut Row {
        if self.rows.len() <= self.cursor.row {
            self.rows.resize_with(self.cursor.row + 1, Row::default);
        }
        let row = &mut self.rows[self.cursor.row];
        row.began.get_or_insert(self.at);
        row
    }

    pub(super) fn print(&mut self, glyph: char, width: usize) {
        let (Cursor { column, .. }, pen) = (self.cursor, self.pen);
        if width == 0 {
            return self.row().mark(column, glyph);
        }
        self.cursor.column = self.row().put(column, glyph, width, pen);
        self.last = (width == 1).then_some(glyph);
        self.homed = false;
    }

    /// Only what comes directly after a character repeats it.
    pub(super) fn forget_last(&mut self) {
        self.last = None;
    }

    /// Writes the last character again, if it is a narrow one.
    pub(super) fn repeat(&mut self, count: usize) {
        let (Some(last), Cursor { column, .. }, pen) = (self.last, self.cursor, self.pen) else {
            return;
        };
        self.cursor.column = self.row().fill(column, count.min(EDGE), last, pen);
    }

    pub(super) fn print_invalid(&mut self) {
        let before = self.pen;
        self.pen = before.for_invalid();
        self.print(char::REPLACEMENT_CHARACTER, 1);
        self.pen = before;
    }

    pub(super) fn tab(&mut self, count: usize) {
        for _ in 0..count.min(EDGE / 8) {
            let (column, pen) = (self.cursor.column, self.pen);
            self.cursor.column = self.row().tab(column, pen);
        }
    }

    pub(super) fn tab_back(&mut self, count: usize) {
        for _ in 0..count.min(EDGE / 8) {
            self.cursor.column = self.cursor.column.saturating_sub(1) / 8 * 8;
        }
    }

    pub(super) fn carriage_return(&mut self) {
        self.cursor.column = 0;
    }

    pub(super) fn set_column(&mut self, column: usize) {
        self.cursor.column = column.min(EDGE);
    }

    pub(super) fn right(&mut self, count: usize) {
        let column = self.cursor.column;
        self.cursor.column = (column + count).min(column.max(EDGE));
    }

    pub(super) fn left(&mut self, count: usize) {
        self.cursor.column = self.cursor.column.saturating_sub(count);
    }

    pub(super) fn up(&mut self, count: usize) {
        self.cursor.row = self.cursor.row.saturating_sub(count);
    }

    pub(super) fn down(&mut self, count: usize) {
        self.set_row(self.cursor.row + count);
    }

    pub(super) fn go_to(&mut self, row: usize, column: usize) {
        self.set_row(row);
        self.set_column(column);
        self.homed = row == 0 && column == 0;
    }

    pub(super) fn set_row(&mut self, row: usize) {
        self.homed = false;
        self.cursor.row = row.min(HEIGHT - 1);
    }

    pub(super) fn save(&mut self) {
        self.saved = Saved(self.cursor, self.pen);
    }

    pub(super) fn restore(&mut self) {
        Saved(self.cursor, self.pen) = self.saved;
    }

    /// Goes to the next row, which comes from below if the cursor is on the last.
    pub(super) fn index(&mut self) {
        self.row();
        self.passed = self.passed.max(self.cursor.row + 1);
        self.homed = false;
        if self.cursor.row + 1 < HEIGHT {
            self.cursor.row += 1;
        } else {
            self.scroll_up(1);
        }
    }

    pub(super) fn line_feed(&mut self) {
        self.index();
        self.cursor.column = 0;
        self.last = None;
        if self.is_below_all() {
            // What was once there and is erased does not tell when the new line began.
            self.rows.truncate(self.cursor.row);
        }
    }

    /// Goes to the row above, which comes from above if the cursor is on the first.
    pub(super) fn reverse_index(&mut self) {
        match self.cursor.row.checked_sub(1) {
            Some(row) => self.cursor.row = row,
            None => self.scroll_down(1),
        }
    }

    pub(super) fn scroll_up(&mut self, count: usize) {
        for _ in 0..count.min(self.height()) {
            self.settle_first();
        }
    }

    pub(super) fn scroll_down(&mut self, count: usize) {
        self.insert_rows(0, count);
    }

    fn settle_first(&mut self) {
        self.settled.push(self.rows.pop_front().unwrap_or_default());
        self.passed = self.passed.saturating_sub(1);
        self.top += 1;
    }

    pub(super) fn erase_in_line(&mut self, part: Part) {
        let column = self.cursor.column;
        let Some(row) = self.rows.get_mut(self.cursor.row) else { return };
        match part {
            Part::ToEnd => row.truncate(column),
            Part::FromBegin => row.erase(0, column + 1),
            Part::All => row.truncate(0),
        }
    }

    /// Erases. Who clears the whole screen leaves what was there to the lines above it.
    pub(super) fn erase_in_display(&mut self, part: Part) {
        match part {
            // Some clear the screen in these two steps.
            Part::ToEnd if self.homed && self.cursor.column == 0 => self.begin_anew(),
            Part::ToEnd => {
                self.erase_in_line(part);
                self.rows.truncate(self.cursor.row + 1);
                self.passed = self.passed.min(self.cursor.row);
            }
            Part::FromBegin => {
                self.erase_in_line(part);
                self.rows.iter_mut().take(self.cursor.row).for_each(Row::reset);
            }
            Part::All => self.begin_anew(),
        }
    }

    /// Leaves all that is on the screen to the lines above it. Of rows without anything that are
    /// there only because something was written below them, one is enough.
    fn begin_anew(&mut self) {
        let mut untouched = 0;
        for _ in 0..self.height() {
            let touched = self.rows.front().is_some_and(|row| row.began.is_some());
            untouched = if touched { 0 } else { untouched + 1 };
            if untouched > 1 {
                self.rows.pop_front();
            } else {
                self.settle_first();
            }
        }
        self.rows.clear();
        self.passed = 0;
    }

    /// Begins a screen of its own, as full-screen programs ask for.
    pub(super) fn enter_alternate(&mut self) {
        self.begin_anew();
        self.cursor = Cursor::default();
    }

    /// Goes on below what was drawn meanwhile.
    pub(super) fn leave_alternate(&mut self) {
        self.begin_anew();
        self.cursor = Cursor::default();
    }

    pub(super) fn reset(&mut self) {
        self.begin_anew();
        self.cursor = Cursor::default();
        self.saved = Default::default();
        self.pen = Pen::default();
    }

    pub(super) fn erase_characters(&mut self, count: usize) {
        let column = self.cursor.column;
        if let Some(row) = self.rows.get_mut(self.cursor.row) {
            row.erase(column, column + count);
        }
    }

    pub(super) fn delete_characters(&mut self, count: usize) {
        let column = self.cursor.column;
        if let Some(row) = self.rows.get_mut(self.cursor.row) {
            row.delete(column, count);
        }
    }

    pub(super) fn insert_characters(&mut self, count: usize) {
        let column = self.cursor.column;
        if let Some(row) = self.rows.get_mut(self.cursor.row) {
            row.insert(column, count.min(EDGE));
        }
    }

    pub(super) fn insert_lines(&mut self, count: usize) {
        self.insert_rows(self.cursor.row, count);
        self.cursor.column = 0;
    }

    fn insert_rows(&mut self, row: usize, count: usize) {
        if row >= self.rows.len() {
            return;
        }
        let count = count.min(HEIGHT - row);
        self.rows.truncate(HEIGHT - count);
        for _ in 0..count {
            self.rows.insert(row.min(self.rows.len()), Row::default());
        }
        if self.passed > row {
            self.passed = (self.passed + count).min(HEIGHT);
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        let (row, end) = (self.cursor.row, (self.cursor.row + count).min(self.rows.len()));
        if row < end {
            self.rows.drain(row..end);
        }
        if self.passed > row {
            self.passed = row.max(self.passed.saturating_sub(count));
        }
        self.cursor.column = 0;
    }
}
