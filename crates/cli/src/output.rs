//! What a command writes: lines and tables for people, JSON for programs.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use serde::Serialize;

use crate::control;
use crate::table::Table;

/// Columns assumed where the output is no terminal.
const WIDTH_WITHOUT_TERMINAL: usize = 160;
/// Columns below which a table is not squeezed.
const WIDTH_MIN: usize = 60;

/// Standard output, and the form that was asked for.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people.
    pub(crate) fn line(&self, text: impl Display) -> io::Result<()> {
        out().write_all(format!("{text}\n").as_bytes())
    }

    /// A value for programs, on one line.
    pub(crate) fn value(&self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        self.line(text)
    }

    /// The value to programs, the line to people.
    pub(crate) fn say(&self, value: &impl Serialize, text: impl Display) -> io::Result<()> {
        if self.json {
            self.value(value)
        } else {
            self.line(text)
        }
    }

    /// A table for people.
    pub(crate) fn table(&self, table: &Table) -> io::Result<()> {
        out().write_all(table.render(self.width()).as_bytes())
    }

    /// The rows to programs, one a line; the table to people, or a sentence where there are none.
    pub(crate) fn rows<T: Serialize>(
        &self,
        rows: &[T],
        table: impl FnOnce(&[T]) -> Table,
        nothing: &str,
    ) -> io::Result<()> {
        if self.json {
            return rows.iter().try_for_each(|row| self.value(row));
        }
        if rows.is_empty() {
            return self.line(nothing);
        }
        self.table(&table(rows))
    }

    /// Columns of the terminal.
    pub(crate) fn width(&self) -> usize {
        if let Some(remote) = control::remote() {
            return remote.width;
        }
        let terminal = console::Term::stdout();
        if !io::stdout().is_terminal() {
            return WIDTH_WITHOUT_TERMINAL;
        }
        usize::from(terminal.size().1).max(WIDTH_MIN)
    }

    /// For long output.
    pub(crate) fn buffered(&self) -> BufWriter<Box<dyn Write>> {
        BufWriter::with_capacity(1 << 16, out())
    }
}

/// Standard output of whoever gave the command.
fn out() -> Box<dyn Write> {
    match control::remote() {
        Some(remote) => Box::new(remote),
        None => Box::new(io::stdout().lock()),
    }
}

/// A note beside the output, for people.
pub(crate) fn note(text: impl Display) {
    let _ = match control::remote() {
        Some(remote) => remote.note(&format!("{text}\n")),
        None => writeln!(io::stderr(), "{text}"),
    };
}
