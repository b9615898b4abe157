//! The document as one HTML file: no script, nothing loaded, readable by screen readers and on paper.

use std::fmt::Write as _;

use super::document::{Block, Document, Inline, Line, Section, Table};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1f;--page:#fff;--rule:#8a8a94;--band:#f1f1f5;--link:#0b4f9e}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--page:#16161a;--rule:#7c7c88;--band:#23232a;--link:#9cc4ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:62rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.9rem;line-height:1.2}h2{font-size:1.35rem;margin-top:2.5rem;border-bottom:1px solid var(--rule)}h3{font-size:1.1rem;margin-top:1.6rem}
a{color:var(--link)}a:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%}caption{text-align:start;font-weight:600;padding:.3rem 0}
th,td{border:1px solid var(--rule);padding:.35rem .5rem;text-align:start;vertical-align:top}thead th{background:var(--band)}
code{font:.92em ui-monospace,monospace;overflow-wrap:anywhere}
@media print{body{max-width:none;padding:0;font-size:10pt;color:#000;background:#fff}nav,.skip{display:none}.scroll{overflow:visible}
h2,h3{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}a{color:inherit;text-decoration:none}@page{margin:18mm 16mm}}";

/// Writes the document.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let title = escape(&document.title);
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    out.push_str(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
    );
    out.push_str(&title);
    out.push_str("</title>\n<style>\n");
    out.push_str(STYLE);
    out.push_str("\n</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header>\n<h1>");
    out.push_str(&title);
    out.push_str("</h1>\n");
    for lead in &document.lead {
        put(&mut out, "p", lead);
    }
    out.push_str("</header>\n<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n");
    for (at, section) in (1..).zip(&document.sections) {
        let _ = writeln!(
            out,
            "<li><a href=\"#s{at}\">{}</a></li>",
            escape(section.title)
        );
    }
    out.push_str("</ol>\n</nav>\n<main id=\"content\">\n");
    let mut tables = 0;
    for (at, section) in (1..).zip(&document.sections) {
        put_section(&mut out, at, section, &mut tables);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn put_section(out: &mut String, at: usize, section: &Section, tables: &mut usize) {
    let title = escape(section.title);
    let _ = writeln!(out, "<section aria-labelledby=\"s{at}\">");
    let _ = writeln!(out, "<h2 id=\"s{at}\">{at}. {title}</h2>");
    for block in &section.blocks {
        match block {
            Block::Heading(text) => put(out, "h3", &Line::text(text)),
            Block::Paragraph(line) => put(out, "p", line),
            Block::List(items) => {
                out.push_str("<ul>\n");
                items.iter().for_each(|item| put(out, "li", item));
                out.push_str("</ul>\n");
            }
            Block::Table(table) => {
                *tables += 1;
                put_table(out, *tables, table);
            }
        }
    }
    out.push_str("</section>\n");
}

fn put_table(out: &mut String, at: usize, table: &Table) {
    let caption = escape(&table.caption);
    let _ = writeln!(
        out,
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"t{at}\">"
    );
    let _ = writeln!(
        out,
        "<table>\n<caption id=\"t{at}\">{caption}</caption>\n<thead>\n<tr>"
    );
    for column in &table.columns {
        let _ = writeln!(out, "<th scope=\"col\">{}</th>", escape(column));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>\n");
        for (column, cell) in row.iter().enumerate() {
            let (open, close) = if column == 0 {
                ("<th scope=\"row\">", "</th>\n")
            } else {
                ("<td>", "</td>\n")
            };
            out.push_str(open);
            inline(out, cell);
            out.push_str(close);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn put(out: &mut String, element: &str, line: &Line) {
    let _ = write!(out, "<{element}>");
    inline(out, line);
    let _ = writeln!(out, "</{element}>");
}

fn inline(out: &mut String, line: &Line) {
    for piece in &line.0 {
        match piece {
            Inline::Text(text) => out.push_str(&escape(text)),
            Inline::Code(name) => {
                out.push_str("<code>");
                out.push_str(&escape(name));
                out.push_str("</code>");
            }
        }
    }
}

/// Text safe as content and as a quoted attribute; control characters are dropped.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
