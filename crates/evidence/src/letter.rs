//! The letter that carries a code to a postal address, as a page of HTML to be printed: address in the window of an
//! envelope, folded twice, nothing from the network.
//!
//! Says nothing of the account but that somebody gave this address, since somebody else may open it.

use std::fmt::Write as _;

/// The paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 mm by 297 mm, window as in ISO 269 DL.
    A4,
    /// 8.5 in by 11 in, window of a number 10 envelope.
    Letter,
}

/// What a letter says.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The paper.
    pub paper: Paper,
    /// Lines of the address, the name first.
    pub to: &'a [&'a str],
    /// Lines of the sender's address.
    pub from: &'a [&'a str],
    /// The code.
    pub code: &'a str,
    /// The last day on which it is good, as the reader writes dates.
    pub good_until: &'a str,
    /// Where to type it.
    pub page: &'a str,
    /// The language of the texts, BCP 47.
    pub language: &'a str,
    /// The texts.
    pub texts: Texts<'a>,
}

/// The texts of a letter; a language is a set of them.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Above the code.
    pub heading: &'a str,
    /// What to do with it.
    pub instruction: &'a str,
    /// Before the last day.
    pub good_until: &'a str,
    /// For somebody who asked for nothing.
    pub not_you: &'a str,
}

impl Texts<'static> {
    /// English.
    pub const ENGLISH: Self = Self {
        heading: "Your code",
        instruction: "Somebody gave us this address as theirs. If that was you, type this code on the page below.",
        good_until: "The code is good until",
        not_you: "If it was not you, throw this letter away. You need not do anything else.",
    };
}

impl Letter<'_> {
    /// The letter as a page to be printed.
    #[must_use]
    pub fn html(&self) -> String {
        let (size, left, top) = match self.paper {
            Paper::A4 => ("A4", "20mm", "45mm"),
            Paper::Letter => ("letter", "0.875in", "2in"),
        };
        let mut out = String::new();
        // Writing to a text does not fail.
        let _ = write!(
            out,
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{heading}</title><style>\
@page{{size:{size};margin:0}}body{{margin:0;font:11pt/1.4 serif;color:#000}}\
address{{position:absolute;left:{left};font-style:normal}}.from{{top:15mm;font-size:8pt}}.to{{top:{top}}}\
main{{position:absolute;left:{left};right:{left};top:105mm}}.code{{font:bold 20pt/2 monospace;letter-spacing:.2em}}\
</style></head><body>\n",
            language = escape(self.language),
            heading = escape(self.texts.heading),
        );
        for (class, lines) in [("from", self.from), ("to", self.to)] {
            let lines: Vec<String> = lines.iter().map(|line| escape(line)).collect();
            let _ = writeln!(
                out,
                "<address class=\"{class}\">{}</address>",
                lines.join("<br>")
            );
        }
        let _ = write!(
            out,
            "<main><h1>{}</h1><p>{}</p><p class=\"code\">{}</p><p>{}</p><p>{} {}.</p><p>{}</p></main>\n</body></html>\n",
            escape(self.texts.heading),
            escape(self.texts.instruction),
            escape(&grouped(self.code)),
            escape(self.page),
            escape(self.texts.good_until),
            escape(self.good_until),
            escape(self.texts.not_you),
        );
        out
    }
}

/// A code in groups of four, as people copy it.
fn grouped(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = characters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
