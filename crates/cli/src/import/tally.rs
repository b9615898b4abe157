//! What a run or trial came to.

use std::collections::BTreeMap;
use std::time::Duration;

use bonafide_app::submission::FieldError;
use bonafide_app::{Found, RowOutcome, RowReport};
use serde::Serialize;

use crate::table::{Column, Table};

/// Rejected rows and duplicates that are listed; all rejected ones are in the file of `--rejects`.
const LISTED_MAX: usize = 20;

/// Counts of everything that a report says.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tally {
    pub(crate) run: String,
    pub(crate) dry_run: bool,
    pub(crate) read: u64,
    pub(crate) imported: u64,
    pub(crate) linked: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    pub(crate) rejected: u64,
    /// Rows that share a value, by attribute.
    pub(crate) duplicates: BTreeMap<String, u64>,
    /// Whether a trial had too many rows to look for all duplicates inside the file.
    pub(crate) duplicates_incomplete: bool,
    /// Columns that nothing was made of, by how many rows had something there.
    pub(crate) columns_ignored: BTreeMap<String, u64>,
    /// Cells that could not be read and were left out, by column and reason.
    pub(crate) left_out: BTreeMap<String, u64>,
    /// Accounts by decision.
    pub(crate) decisions: BTreeMap<&'static str, u64>,
    /// Accounts of which this is missing.
    pub(crate) missing: BTreeMap<String, u64>,
    /// Accounts by pack and status.
    pub(crate) status: BTreeMap<String, BTreeMap<&'static str, u64>>,
    pub(crate) seconds: f64,
    #[serde(skip)]
    listed: Vec<[String; 3]>,
    #[serde(skip)]
    shared: Vec<[String; 3]>,
}

impl Tally {
    /// Counts a row that was handed over.
    pub(crate) fn count(&mut self, report: &RowReport) {
        match &report.outcome {
            RowOutcome::Imported(_) => self.imported += 1,
            RowOutcome::Linked(..) => self.linked += 1,
            RowOutcome::Changed(_) => self.changed += 1,
            RowOutcome::Unchanged(_) => self.unchanged += 1,
            RowOutcome::Skipped => self.skipped += 1,
            // Counted with its columns by whoever knows them.
            RowOutcome::Rejected(_) => {}
        }
        for duplicate in &report.duplicates {
            add(&mut self.duplicates, &duplicate.attribute);
            if self.shared.len() < LISTED_MAX {
                let with = match duplicate.found {
                    Found::Line(line) => format!("line {line}"),
                    Found::Party(party) => party.to_string(),
                    Found::Parties(first, count) => format!("{count} parties, first {first}"),
                };
                self.shared
                    .push([report.line.to_string(), duplicate.attribute.clone(), with]);
            }
        }
        if let Some(judged) = &report.judged {
            *self.decisions.entry(judged.decision.as_str()).or_default() += 1;
            for missing in &judged.missing {
                add(&mut self.missing, missing);
            }
            for (pack, status) in &judged.status {
                let counts = self.status.entry(pack.clone()).or_default();
                *counts.entry(status).or_default() += 1;
            }
        }
    }

    pub(crate) fn reject(&mut self, line: u64, errors: &[FieldError]) {
        self.rejected += 1;
        for error in errors {
            if self.listed.len() < LISTED_MAX {
                self.listed
                    .push([line.to_string(), error.field.clone(), error.message.clone()]);
            }
        }
    }

    /// Reasons are counted without the value that they name.
    pub(crate) fn leave_out(&mut self, column: &str, why: &str) {
        let kept: String = why.split('`').step_by(2).collect::<Vec<_>>().join("…");
        add(&mut self.left_out, &format!("{column}: {kept}"));
    }

    /// Tables for people: what was rejected, what is shared, what is asked of whom.
    pub(crate) fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        let three = [
            ("rejected line", "column", "because", &self.listed),
            ("line", "shares its", "with", &self.shared),
        ];
        for (a, b, c, rows) in three {
            if rows.is_empty() {
                continue;
            }
            let columns = [Column::number(a), Column::flexible(b), Column::flexible(c)];
            let mut table = Table::new(&columns);
            for row in rows {
                table.row(row.to_vec());
            }
            tables.push(table);
        }
        let status = self.status.iter().flat_map(|(pack, counts)| {
            counts
                .iter()
                .map(move |(status, n)| (format!("{status} under {pack}"), *n))
        });
        let status: BTreeMap<String, u64> = status.collect();
        let decisions = self
            .decisions
            .iter()
            .map(|(d, n)| ((*d).to_owned(), *n))
            .collect();
        for (name, counts) in [
            ("what is missing", &self.missing),
            ("decision", &decisions),
            ("status", &status),
            ("left out: column and reason", &self.left_out),
            ("column that nothing is made of", &self.columns_ignored),
        ] {
            if counts.is_empty() {
                continue;
            }
            let mut table = Table::new(&[Column::flexible(name), Column::number("rows")]);
            for (what, n) in counts {
                table.row(vec![what.clone(), n.to_string()]);
            }
            tables.push(table);
        }
        tables
    }

    /// The counts in a sentence.
    pub(crate) fn summary(&self, took: Duration) -> String {
        let would = if self.dry_run { "would be " } else { "" };
        let mut text = format!("{} rows read", self.read);
        for (count, what) in [
            (self.imported, "imported"),
            (self.linked, "linked to known parties"),
            (self.changed, "recorded as changed"),
            (self.unchanged, "known as they are"),
            (self.skipped, "skipped as duplicates"),
            (self.rejected, "rejected"),
        ] {
            if count > 0 || what == "imported" || what == "rejected" {
                text.push_str(&format!(", {count} {would}{what}"));
            }
        }
        let seconds = took.as_secs_f64();
        let rate = self.read as f64 / seconds.max(0.001);
        text.push_str(&format!(" in {seconds:.1} s ({rate:.0}/s)"));
        if self.duplicates_incomplete {
            text.push_str("; too many rows for a trial to find all duplicates inside the file");
        }
        if self.dry_run {
            text.push_str("; nothing was stored");
        }
        text
    }
}

fn add(counts: &mut BTreeMap<String, u64>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count += 1;
    } else {
        counts.insert(key.to_owned(), 1);
    }
}
