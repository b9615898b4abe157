//! What loading a list yields beside the list: counts, the rows that were left out and why, or the reason for a refusal.
//!
//! A missed row is a missed sanction, so nothing is left out in silence; a file that is not the list it should be is
//! refused whole, and the caller keeps the list it has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Row notes kept word for word in one report. Enough to mend a file by; the counts go on beyond it.
pub const MAX_NOTES: usize = 1_000;

/// What was read, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Listed parties.
    pub entries: usize,
    /// Strong aliases joined to an entry.
    pub aliases: usize,
    /// Weak aliases found in the remarks.
    pub weak_aliases: usize,
    /// Addresses joined to an entry.
    pub addresses: usize,
    /// Alias rows whose entry is not in the list (alias file of another day).
    pub unmatched_aliases: usize,
    /// Address rows whose entry is not in the list (address file of another day).
    pub unmatched_addresses: usize,
    /// Continued remarks whose entry is not in the list or whose remarks are not cut (comments file of another day).
    pub unmatched_comments: usize,
    /// How many rows were left out.
    pub skipped_rows: usize,
    /// The rows left out, at most [`MAX_NOTES`].
    pub skipped: Vec<RowNote>,
    /// How many rows were kept without a part that could not be understood.
    pub incomplete_rows: usize,
    /// The rows kept without a part, at most [`MAX_NOTES`].
    pub incomplete: Vec<RowNote>,
    /// What the file lists beside parties, vessels and aircraft (addresses, securities, payments), by the word that the list
    /// has for it: not screened, and not lost in silence. At most [`MAX_NOTES`] words.
    #[serde(default)]
    pub set_aside: BTreeMap<String, usize>,
    /// Country texts that are no country, and how often each occurs; at most [`MAX_NOTES`] texts.
    pub unknown_countries: BTreeMap<String, usize>,
}

impl LoadReport {
    pub(crate) fn skip(&mut self, file: &str, line: usize, why: String) {
        self.skipped_rows += 1;
        push_note(&mut self.skipped, file, line, why);
    }

    pub(crate) fn note(&mut self, file: &str, line: usize, why: String) {
        self.incomplete_rows += 1;
        push_note(&mut self.incomplete, file, line, why);
    }

    pub(crate) fn unknown_country(&mut self, text: &str) {
        count(&mut self.unknown_countries, text);
    }

    /// Adds the rows that another report left out or kept without a part.
    pub(crate) fn join_rows(&mut self, other: Self) {
        self.skipped_rows += other.skipped_rows;
        self.incomplete_rows += other.incomplete_rows;
        for (to, from) in [
            (&mut self.skipped, other.skipped),
            (&mut self.incomplete, other.incomplete),
        ] {
            let room = MAX_NOTES.saturating_sub(to.len());
            to.extend(from.into_iter().take(room));
            to.sort_by_key(|note| note.line);
        }
    }

    pub(crate) fn set_aside(&mut self, what: &str) {
        count(&mut self.set_aside, what);
    }
}

fn count(counts: &mut BTreeMap<String, usize>, text: &str) {
    if let Some(count) = counts.get_mut(text) {
        *count += 1;
    } else if counts.len() < MAX_NOTES {
        counts.insert(text.to_owned(), 1);
    }
}

fn push_note(notes: &mut Vec<RowNote>, file: &str, line: usize, why: String) {
    if notes.len() < MAX_NOTES {
        notes.push(RowNote {
            file: file.to_owned(),
            line,
            why,
        });
    }
}

/// One row, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowNote {
    /// The file, by the name the authority gives it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// Why a file was refused whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No bytes, or white space alone.
    #[error("`{file}` is empty; expected {expected}; fetch it again")]
    Empty {
        /// The file, by the authority's name.
        file: &'static str,
        /// What the file should be.
        expected: &'static str,
    },
    /// Fewer than half of the rows have the right shape.
    #[error("`{file}` is not the list it should be: {found}; expected {expected}")]
    NotThisList {
        /// The file, by the authority's name.
        file: &'static str,
        /// What the file should be.
        expected: &'static str,
        /// What was found instead.
        found: String,
    },
    /// The end is missing: no line end after the last row, a quotation mark or an element that is not closed.
    #[error(
        "`{file}` is cut short at line {line}: its last row or element is not complete (no line end after it, or a quotation mark or tag is not closed); fetch it again"
    )]
    Torn {
        /// The file, by the authority's name.
        file: &'static str,
        /// The last line, from 1.
        line: usize,
    },
    /// A line beyond the bound.
    #[error(
        "`{file}` line {line} is longer than {limit} bytes; expected {expected}; check that the file has line ends and is not compressed"
    )]
    RowTooLong {
        /// The file, by the authority's name.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// The bound in bytes.
        limit: usize,
        /// What the file should be.
        expected: &'static str,
    },
    /// Something on a line that the format does not have.
    #[error("`{file}` line {line} {why}; expected {expected}")]
    Malformed {
        /// The file, by the authority's name.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
        /// What the file should be.
        expected: &'static str,
    },
    /// The bytes could not be read.
    #[error("`{file}` line {line} cannot be read: {why}")]
    Unreadable {
        /// The file, by the authority's name.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        why: String,
    },
    /// More rows than any list has.
    #[error("`{file}` has more than {limit} rows; expected {expected}")]
    TooManyRows {
        /// The file, by the authority's name.
        file: &'static str,
        /// The bound in rows.
        limit: usize,
        /// What the file should be.
        expected: &'static str,
    },
}

impl ListError {
    /// The file that is refused, by the authority's name.
    #[must_use]
    pub fn file(&self) -> &'static str {
        match self {
            Self::Empty { file, .. }
            | Self::NotThisList { file, .. }
            | Self::Torn { file, .. }
            | Self::RowTooLong { file, .. }
            | Self::TooManyRows { file, .. }
            | Self::Malformed { file, .. }
            | Self::Unreadable { file, .. } => file,
        }
    }
}
