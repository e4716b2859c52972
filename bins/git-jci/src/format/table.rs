//! Rows whose columns line up.

use std::io::{self, Write};

use anstyle::Style;

use super::text::{cut, width};

/// Stands between two columns.
const GAP: &str = "  ";

/// One field of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Gives the text a colour, which is shown where colours are.
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::new())
    }
}

/// Rows of cells; the last column takes the room that is left.
#[derive(Debug)]
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[Cell; COLUMNS]>,
    shown: [bool; COLUMNS],
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// Begins a table; a column in which nothing stands below its heading is left out.
    pub(crate) fn with_headings(headings: [&str; COLUMNS]) -> Self {
        let style = Style::new().bold();
        let headings = headings.map(|heading| Cell::styled(heading, style));
        Self { rows: vec![headings], shown: [false; COLUMNS] }
    }

    /// Begins a table without headings; a column in which nothing stands is left out.
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new(), shown: [false; COLUMNS] }
    }

    pub(crate) fn push(&mut self, row: [Cell; COLUMNS]) {
        for (shown, cell) in self.shown.iter_mut().zip(&row) {
            *shown |= !cell.text.is_empty();
        }
        self.rows.push(row);
    }

    /// Makes the table fit so many columns of a terminal: leaves columns out in the order given
    /// until `wanted` are left for the last one, and takes back those for which that made room.
    pub(crate) fn fit(&mut self, columns: usize, leave_out: &[usize], wanted: usize) {
        let wanted = wanted.min(self.width_of(COLUMNS - 1));
        let before = self.shown;
        for column in leave_out {
            if self.room_for_last(columns) >= wanted {
                break;
            }
            self.shown[*column] = false;
        }
        for column in leave_out.iter().rev().filter(|column| before[**column]) {
            self.shown[*column] = true;
            self.shown[*column] = self.room_for_last(columns) >= wanted;
        }
    }

    fn room_for_last(&self, columns: usize) -> usize {
        let others = self.visible().filter(|column| *column != COLUMNS - 1);
        let taken = others.map(|column| self.width_of(column) + GAP.len()).sum();
        columns.saturating_sub(taken)
    }

    fn visible(&self) -> impl Iterator<Item = usize> {
        (0..COLUMNS).filter(|column| self.shown[*column])
    }

    fn width_of(&self, column: usize) -> usize {
        self.rows.iter().map(|row| width(&row[column].text)).max().unwrap_or(0)
    }

    /// Writes the table, the last column cut to the columns of the terminal, if there are any.
    pub(crate) fn write(
        &self,
        out: &mut impl Write,
        columns: Option<usize>,
        colour: bool,
    ) -> io::Result<()> {
        let last = columns.map_or(usize::MAX, |columns| self.room_for_last(columns));
        let widths: Vec<_> = self.visible().map(|column| (column, self.width_of(column))).collect();
        for row in &self.rows {
            let mut line = String::new();
            // Blanks wait until something comes behind them, so that no line ends in one.
            let mut blanks = 0;
            for (column, width_of_column) in &widths {
                let cell = &row[*column];
                let is_last = *column == COLUMNS - 1;
                let text = if is_last { cut(&cell.text, last) } else { cell.text.clone() };
                if !text.is_empty() {
                    line.extend(std::iter::repeat_n(' ', std::mem::take(&mut blanks)));
                    line.push_str(&painted(&text, cell.style, colour));
                }
                blanks += width_of_column.saturating_sub(width(&text)) + GAP.len();
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

fn painted(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn table() -> Table<4> {
        let mut table = Table::with_headings(["A", "B", "C", "D"]);
        let red = anstyle::AnsiColor::Red.on_default();
        table.push(["wide".into(), "".into(), "ü".into(), "the rest of it".into()]);
        table.push([Cell::styled("x", red), "".into(), "漢字".into(), "".into()]);
        table
    }

    fn shown(table: &Table<4>, columns: Option<usize>, colour: bool) -> String {
        let mut out = Vec::new();
        table.write(&mut out, columns, colour).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_line_up_and_empty_ones_go() {
        assert_snapshot!(shown(&table(), None, false), @r"
        A     C     D
        wide  ü     the rest of it
        x     漢字
        ");
    }

    #[test]
    fn the_last_column_is_cut_and_others_make_room_for_it() {
        let mut table = table();
        assert_snapshot!(shown(&table, Some(18), false), @r"
        A     C     D
        wide  ü     the r…
        x     漢字
        ");
        table.fit(18, &[2, 0], 10);
        assert_snapshot!(shown(&table, Some(18), false), @r"
        A     D
        wide  the rest of…
        x
        ");
    }

    #[test]
    fn a_column_is_taken_back_if_leaving_out_a_wider_one_made_room_for_it() {
        let mut table = Table::with_headings(["A", "B", "C", "D"]);
        table.push(["x".into(), "very wide".into(), "y".into(), "last".into()]);
        table.fit(10, &[0, 1], 4);
        assert_snapshot!(shown(&table, Some(10), false), @r"
        A  C  D
        x  y  last
        ");
    }

    #[test]
    fn colour_changes_no_width() {
        let text = shown(&table(), None, true);
        let red = "\u{1b}[31mx\u{1b}[0m     漢字\n";
        assert!(text.ends_with(red), "{text:?}");
    }
}
