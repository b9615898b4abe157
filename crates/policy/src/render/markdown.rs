//! The document as Markdown with pipe tables, for repositories and reviews.

use std::fmt::Write as _;

use super::document::{Block, Document, Inline, Line, Section, Table};

/// Writes the document.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::with_capacity(48 * 1024);
    let _ = writeln!(out, "# {}", escape(&document.title));
    for lead in &document.lead {
        let _ = writeln!(out, "\n{}", line(lead));
    }
    for (at, section) in (1..).zip(&document.sections) {
        put_section(&mut out, at, section);
    }
    out
}

fn put_section(out: &mut String, at: usize, section: &Section) {
    let _ = writeln!(out, "\n## {at}. {}", escape(section.title));
    for block in &section.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "### {}", escape(text));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}", line(text));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", line(item));
                }
            }
            Block::Table(table) => put_table(out, table),
        }
    }
}

fn put_table(out: &mut String, table: &Table) {
    let _ = writeln!(out, "{}:\n", escape(&table.caption));
    let _ = writeln!(out, "| {} |", table.columns.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(table.columns.len()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// A line anywhere but in a table.
fn line(line: &Line) -> String {
    pieces(line, |name| name.to_owned())
}

/// A line in a table, where a bar ends the cell even inside a code span.
fn cell(line: &Line) -> String {
    pieces(line, |name| name.replace('|', "\\|"))
}

fn pieces(line: &Line, in_code: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for piece in &line.0 {
        match piece {
            Inline::Text(text) => out.push_str(&escape(text)),
            Inline::Code(name) => out.push_str(&code(&in_code(name))),
        }
    }
    out
}

/// Text in which nothing is markup: every sign that could begin some is escaped, line breaks become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut signs = text.chars().enumerate().peekable();
    while let Some((at, c)) = signs.next() {
        let next = signs.peek().map_or(' ', |(_, next)| *next);
        let markup = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '_' => true,
            '&' => next.is_ascii_alphanumeric() || next == '#',
            '-' | '+' | '=' => at == 0,
            '.' | ')' => at > 0 && at == digits && next == ' ',
            _ => false,
        };
        if markup {
            out.push('\\');
        }
        match c {
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A code span: the fence is longer than any run of backticks inside.
fn code(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let longest = clean
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}
