//! One line of a screen: characters in columns.

use super::pen::Pen;

/// A line is shown up to this column. What is longer is no text that somebody reads, and a screen
/// of such lines must fit into memory.
pub(super) const MAX_COLUMNS: usize = 8192;

/// A character and the marks on it are shown up to this length.
const MAX_CLUSTER: usize = 64;
const TAB: usize = 8;

/// The columns after the first that a character takes.
const CONTINUED: u32 = u32::MAX;
/// From here on, characters with marks on them, by their place in `Row::clusters`.
const CLUSTERS: u32 = 0x11_0000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    glyph: u32,
    pen: Pen,
}

impl Cell {
    fn blank() -> Self {
        Self { glyph: u32::from(' '), pen: Pen::default() }
    }
}

/// A line, as wide as what was written into it.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    cells: Vec<Cell>,
    clusters: Vec<String>,
    cut: bool,
    /// Where in the log what is in it began.
    pub(super) began: Option<u64>,
}

impl Row {
    pub(super) fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    /// Makes it blank, as if nothing had ever been written.
    pub(super) fn reset(&mut self) {
        self.cells.clear();
        self.clusters.clear();
        self.cut = false;
        self.began = None;
    }

    /// Writes a character at a column, and returns the column after it.
    pub(super) fn put(&mut self, column: usize, glyph: char, width: usize, pen: Pen) -> usize {
        let end = column + width;
        if end > MAX_COLUMNS {
            self.cut = true;
            return MAX_COLUMNS;
        }
        self.make_room(column, end);
        self.cells[column].glyph = u32::from(glyph);
        self.cells[column].pen = pen;
        self.cells[column + 1..end].fill(Cell { glyph: CONTINUED, pen });
        end
    }

    /// Writes a character of one column several times, and returns the column after the last.
    pub(super) fn fill(&mut self, column: usize, count: usize, glyph: char, pen: Pen) -> usize {
        let end = column.saturating_add(count).min(MAX_COLUMNS);
        self.cut |= count > end - column;
        if column < end {
            self.make_room(column, end);
            self.cells[column..end].fill(Cell { glyph: u32::from(glyph), pen });
        }
        end
    }

    fn make_room(&mut self, column: usize, end: usize) {
        if column < self.cells.len() {
            self.part(column);
            self.part(end);
        }
        if self.cells.len() < end {
            self.cells.resize(end, Cell::blank());
        }
    }

    /// Writes a mark onto the character before a column.
    pub(super) fn mark(&mut self, column: usize, mark: char) {
        let head = (0..column.min(self.cells.len()))
            .rev()
            .find(|index| self.cells[*index].glyph != CONTINUED);
        let Some(cell) = head.map(|index| &mut self.cells[index]) else { return };
        if cell.glyph < CLUSTERS {
            let base = char::from_u32(cell.glyph).unwrap_or(char::REPLACEMENT_CHARACTER);
            cell.glyph = CLUSTERS + self.clusters.len() as u32;
            self.clusters.push(base.to_string());
        }
        let cluster = self.clusters.get_mut((cell.glyph - CLUSTERS) as usize);
        if let Some(cluster) = cluster.filter(|cluster| cluster.len() < MAX_CLUSTER) {
            cluster.push(mark);
        }
    }

    /// Goes on to the next stop, and returns its column. Where nothing is yet, the tab is text: who
    /// copies it gets what was written.
    pub(super) fn tab(&mut self, column: usize, pen: Pen) -> usize {
        let stop = ((column / TAB + 1) * TAB).min(MAX_COLUMNS);
        if column >= self.cells.len() && stop > column {
            self.put(column, '\t', stop - column, pen);
        }
        stop
    }

    /// Takes away what is at a column and after it.
    pub(super) fn truncate(&mut self, column: usize) {
        self.part(column);
        self.cells.truncate(column);
        self.cut &= column >= MAX_COLUMNS;
        if self.cells.is_empty() {
            self.clusters.clear();
        }
    }

    /// Makes some columns blank.
    pub(super) fn erase(&mut self, from: usize, to: usize) {
        if to >= self.cells.len() {
            return self.truncate(from);
        }
        self.part(from);
        self.part(to);
        self.cells[from.min(to)..to].fill(Cell::blank());
    }

    /// Takes out some columns; what follows moves up.
    pub(super) fn delete(&mut self, column: usize, count: usize) {
        let end = column.saturating_add(count).min(self.cells.len());
        if column < end {
            self.part(column);
            self.part(end);
            self.cells.drain(column..end);
        }
    }

    /// Puts in some blank columns; what follows moves on.
    pub(super) fn insert(&mut self, column: usize, count: usize) {
        if column < self.cells.len() {
            self.part(column);
            let count = count.min(MAX_COLUMNS - column);
            let blanks = std::iter::repeat_n(Cell::blank(), count);
            self.cells.splice(column..column, blanks);
            if self.cells.len() > MAX_COLUMNS {
                self.part(MAX_COLUMNS);
                self.cells.truncate(MAX_COLUMNS);
                self.cut = true;
            }
        }
    }

    /// The text alone.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.cells.len());
        self.cells.iter().for_each(|cell| self.glyph(*cell, &mut text));
        text
    }

    /// What is in the line, in pieces that look alike.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Pen, String)> {
        self.cells.chunk_by(|left, right| left.pen == right.pen).map(|same| {
            let mut text = String::with_capacity(same.len());
            same.iter().for_each(|cell| self.glyph(*cell, &mut text));
            (same[0].pen, text)
        })
    }

    /// Whether more was written than is shown.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    fn glyph(&self, cell: Cell, text: &mut String) {
        match cell.glyph {
            CONTINUED => {}
            CLUSTERS.. => {
                let cluster = self.clusters.get((cell.glyph - CLUSTERS) as usize);
                text.push_str(cluster.map_or("", String::as_str));
            }
            glyph => text.push(char::from_u32(glyph).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    /// Sees to it that no character reaches over the border before a column: one that does becomes
    /// blank.
    fn part(&mut self, column: usize) {
        if self.cells.get(column).is_none_or(|cell| cell.glyph != CONTINUED) {
            return;
        }
        let is_continued = |cell: &Cell| cell.glyph == CONTINUED;
        let head = self.cells[..column].iter().rposition(|cell| !is_continued(cell)).unwrap_or(0);
        let after = self.cells[column..].iter().position(|cell| !is_continued(cell));
        let end = after.map_or(self.cells.len(), |after| column + after);
        for cell in &mut self.cells[head..end] {
            cell.glyph = u32::from(' ');
        }
    }
}
