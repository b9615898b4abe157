//! The document as one HTML file: no script, nothing loaded, readable by screen readers and on paper.

use std::fmt::Write as _;

use super::document::{Block, Document, Inline, Line, Section, Table};

/// On a narrow screen each row becomes a card whose cells carry their column's name: a table of five columns cannot be
/// read there. The roles keep it a table for assistive programs.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1f;--page:#fff;--rule:#8a8a94;--band:#f1f1f5;--link:#0b4f9e;--quiet:#55555f}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--page:#16161a;--rule:#7c7c88;--band:#23232a;--link:#9cc4ff;--quiet:#b4b4c0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:68rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--page);overflow-wrap:break-word}
header p,section>p,ul{max-width:46rem}
h1{font-size:1.9rem;line-height:1.2}h2{font-size:1.35rem;line-height:1.3;margin-top:2.5rem;border-bottom:1px solid var(--rule)}h3{font-size:1.1rem;margin-top:1.6rem}
a{color:var(--link)}a:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%}caption{text-align:start;font-weight:600;padding:.3rem 0}
th,td{border:1px solid var(--rule);padding:.35rem .5rem;text-align:start;vertical-align:top}thead th{background:var(--band)}tbody th{font-weight:500}
code{font:.9em ui-monospace,monospace}.long{display:inline-block;max-width:34ch;min-width:17ch;overflow-wrap:anywhere}
td[data-column=Why],td[data-column=Meaning]{width:38%}td[data-column=Basis],td[data-column=Term]{width:22%}td[data-column=Shows]{width:26%}
@media screen and (max-width:46rem){body{padding:1rem}h1{font-size:1.5rem}
table,caption,tbody,tr,th,td{display:block}thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border:1px solid var(--rule);border-radius:.3rem;margin:0 0 .8rem}th,td,td[data-column]{border:0;width:auto;overflow-wrap:anywhere}tbody th{background:var(--band);font-weight:600}
td+td[data-column]{border-top:1px solid var(--band)}td::before{content:attr(data-column);display:block;font-size:.82rem;color:var(--quiet)}}
@media print{:root{--ink:#000;--page:#fff;--rule:#777;--band:#eee;--link:#000}body{max-width:none;padding:0;font-size:9.5pt;line-height:1.4}
header p,section>p,ul{max-width:none}nav,.skip{display:none}.scroll{overflow:visible}table{font-size:8.5pt}
h2,h3,caption,thead{break-after:avoid}tr,li{break-inside:avoid}tbody tr:first-child{break-before:avoid}thead{display:table-header-group}
p{orphans:3;widows:3}a{text-decoration:none}@page{size:A4;margin:18mm 16mm}}";

/// Code longer than this without a space may break anywhere: a digest, and no name of an attribute or rule.
const UNBROKEN_MAX: usize = 48;

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
        "<table role=\"table\">\n<caption id=\"t{at}\">{caption}</caption>\n<thead role=\"rowgroup\">\n<tr role=\"row\">"
    );
    for column in &table.columns {
        let _ = writeln!(
            out,
            "<th role=\"columnheader\" scope=\"col\">{}</th>",
            escape(column)
        );
    }
    out.push_str("</tr>\n</thead>\n<tbody role=\"rowgroup\">\n");
    for row in &table.rows {
        out.push_str("<tr role=\"row\">\n");
        for (at, cell) in row.iter().enumerate() {
            if at == 0 {
                out.push_str("<th role=\"rowheader\" scope=\"row\">");
            } else {
                let column = escape(table.columns.get(at).copied().unwrap_or_default());
                let _ = write!(out, "<td role=\"cell\" data-column=\"{column}\">");
            }
            inline(out, cell);
            out.push_str(if at == 0 { "</th>\n" } else { "</td>\n" });
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
                let unbroken = name.split(' ').map(str::len).max();
                out.push_str(if unbroken > Some(UNBROKEN_MAX) {
                    "<code class=\"long\">"
                } else {
                    "<code>"
                });
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
