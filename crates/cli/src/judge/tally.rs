//! What a whole file came to: decisions, and what would be asked of whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::verdict::Verdict;

/// Asked things told in the summary; the rest is in the rows.
const ASKED_SHOWN: usize = 12;

/// Counts over a file.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Lines that could not be judged.
    pub(super) bad: u64,
    judged: u64,
    decisions: BTreeMap<&'static str, u64>,
    asked: BTreeMap<String, u64>,
    dry_run: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, verdict: &Verdict) {
        let Ok(judged) = &verdict.outcome else {
            self.bad += 1;
            return;
        };
        self.judged += 1;
        *self.decisions.entry(judged.decision).or_default() += 1;
        if let Some(effect) = judged.dry_run {
            *self.dry_run.entry(effect).or_default() += 1;
        }
        for asked in &judged.asked {
            *self.asked.entry(asked.clone()).or_default() += 1;
        }
    }

    /// The counts in words.
    pub(super) fn summary(&self, took: Duration) -> String {
        let per_second = u128::from(self.judged) * 1000 / took.as_millis().max(1);
        let mut text = format!(
            "{} sign-ups judged in {:.2} s ({per_second}/s)",
            self.judged,
            took.as_secs_f64()
        );
        for (decision, count) in &self.decisions {
            let _ = write!(
                text,
                "\n  {decision}: {count} ({})",
                percent(*count, self.judged)
            );
        }
        if !self.dry_run.is_empty() {
            text.push_str(
                "\nwould have been, had an officer elected the proposed packs (`--elect`):",
            );
        }
        for (effect, count) in &self.dry_run {
            let _ = write!(
                text,
                "\n  {effect}: {count} ({})",
                percent(*count, self.judged)
            );
        }
        let mut asked: Vec<_> = self.asked.iter().collect();
        asked.sort_by_key(|(what, count)| (std::cmp::Reverse(**count), (*what).clone()));
        if !asked.is_empty() {
            text.push_str("\nwould be asked:");
        }
        for (what, count) in asked.iter().take(ASKED_SHOWN) {
            let _ = write!(
                text,
                "\n  {what}: {count} ({})",
                percent(**count, self.judged)
            );
        }
        if self.bad > 0 {
            let _ = write!(text, "\nlines that could not be judged: {}", self.bad);
        }
        text
    }
}

/// A share in percent with one decimal.
fn percent(part: u64, whole: u64) -> String {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{} %", permille / 10, permille % 10)
}
