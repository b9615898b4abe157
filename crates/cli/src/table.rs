//! Tables on a terminal: columns as wide as they must be, cut where the terminal ends.
//!
//! Widths are those of the terminal's cells, so that names in any script stand in their column ([`width`]).

mod width;

use width::{cut, padded, shown, width};

/// Space between columns.
const GAP: &str = "  ";
/// Cells that a column keeps however narrow the terminal is.
const COLUMN_MIN: usize = 6;

/// A column: its heading, and whether it gives way when the terminal is narrow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    heading: &'static str,
    flexible: bool,
    right: bool,
    most: usize,
}

impl Column {
    /// A column that is never cut.
    pub(crate) const fn fixed(heading: &'static str) -> Self {
        Self {
            heading,
            flexible: false,
            right: false,
            most: usize::MAX,
        }
    }

    /// A column of numbers.
    pub(crate) const fn number(heading: &'static str) -> Self {
        Self {
            heading,
            flexible: false,
            right: true,
            most: usize::MAX,
        }
    }

    /// A column that is cut where the terminal is narrow.
    pub(crate) const fn flexible(heading: &'static str) -> Self {
        Self {
            heading,
            flexible: true,
            right: false,
            most: usize::MAX,
        }
    }

    /// A column of so many cells at most.
    pub(crate) const fn at_most(heading: &'static str, most: usize) -> Self {
        Self {
            heading,
            flexible: true,
            right: false,
            most,
        }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; what a terminal would obey or reorder is made harmless.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells = cells.into_iter().map(|cell| shown(cell.as_ref()));
        self.rows.push(cells.collect());
    }

    /// The table as text for a terminal of so many cells.
    pub(crate) fn render(&self, room: usize) -> String {
        let widths = self.widths(room);
        let headings = self.columns.iter().map(|c| c.heading);
        let mut text = self.line(headings, &widths);
        let rules: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
        text.push_str(&self.line(rules.iter().map(String::as_str), &widths));
        for row in &self.rows {
            text.push_str(&self.line(row.iter().map(String::as_str), &widths));
        }
        text
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), column) in cells.zip(widths).zip(&self.columns) {
            line.push_str(&padded(&cut(cell, *width), *width, column.right));
            line.push_str(GAP);
        }
        let mut line = line.trim_end().to_owned();
        line.push('\n');
        line
    }

    /// What each column needs; the widest flexible ones give way until all fit.
    fn widths(&self, room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| width(c.heading)).collect();
        for row in &self.rows {
            for (most, cell) in widths.iter_mut().zip(row) {
                *most = (*most).max(width(cell));
            }
        }
        for (most, column) in widths.iter_mut().zip(&self.columns) {
            *most = (*most).min(column.most);
        }
        let gaps = GAP.len() * self.columns.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > room {
            let flexible = widths.iter_mut().zip(&self.columns);
            let widest = flexible.filter(|(_, c)| c.flexible).map(|(w, _)| w).max();
            match widest {
                Some(widest) if *widest > COLUMN_MIN => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_keep_the_columns() {
        let mut table = Table::new(&[Column::flexible("name"), Column::number("ms")]);
        table.row(["王小明", "7"]);
        table.row(["Nguye\u{302}\u{303}n", "12"]);
        table.row(["a\u{1b}[31m", "3"]);
        assert_eq!(
            table.render(80),
            "name     ms\n──────  ──\n王小明   7\nNguye\u{302}\u{303}n  12\na·[31m   3\n"
                .replace("name     ms", "name    ms")
        );
    }

    #[test]
    fn the_widest_column_gives_way() {
        let mut table = Table::new(&[Column::fixed("id"), Column::flexible("text")]);
        table.row(["S-001", "a text that is far too long for this terminal"]);
        for line in table.render(30).lines() {
            assert!(width(line) <= 30, "{line}");
        }
        assert!(table.render(30).contains('…'));
    }
}
