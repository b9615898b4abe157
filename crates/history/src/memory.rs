//! Rows that are durable in the log and in no segment yet, in memory, where look-ups see them.
//!
//! Each batch is a sorted run. Eight runs of about one size become one, so that a look-up searches few runs, and a row is
//! sorted again only two or three times before it goes into a segment.

use std::sync::{Arc, PoisonError, RwLock};

use crate::Address;
use crate::access::Access;

/// Runs of one size that become one.
const FAN_IN: usize = 8;

/// Rows sorted by address and time.
#[derive(Debug, Default)]
pub(crate) struct Run {
    rows: Vec<Access>,
    /// The account of each row, close together, to be searched through.
    slots: Vec<u32>,
    level: u32,
    first: i64,
    last: i64,
}

impl Run {
    pub(crate) fn new(mut rows: Vec<Access>) -> Self {
        rows.sort_unstable();
        Self::sorted(rows, 0)
    }

    fn sorted(mut rows: Vec<Access>, level: u32) -> Self {
        rows.dedup();
        let slots = rows.iter().map(|r| r.slot).collect();
        let (first, last) = rows.iter().fold((i64::MAX, i64::MIN), |(first, last), r| {
            (first.min(r.at), last.max(r.at))
        });
        Self {
            rows,
            slots,
            level,
            first,
            last,
        }
    }
}

/// The runs there are.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    runs: RwLock<Vec<Arc<Run>>>,
}

impl Memory {
    pub(crate) fn runs(&self) -> Vec<Arc<Run>> {
        let runs = self.runs.read();
        runs.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn rows(&self) -> usize {
        self.runs().iter().map(|r| r.rows.len()).sum()
    }

    /// Adds a run. One caller at a time: what becomes one does so outside of the lock.
    pub(crate) fn add(&self, run: Run) {
        let mut runs = self.runs();
        runs.push(Arc::new(run));
        while let Some(level) = runs.last().map(|r| r.level) {
            let alike = runs.iter().rev().take_while(|r| r.level == level).count();
            if alike < FAN_IN {
                break;
            }
            let parts = runs.split_off(runs.len() - alike);
            let mut rows = Vec::with_capacity(parts.iter().map(|r| r.rows.len()).sum());
            parts.iter().for_each(|r| rows.extend_from_slice(&r.rows));
            // This sort finds the runs and merges them.
            rows.sort();
            runs.push(Arc::new(Run::sorted(rows, level + 1)));
        }
        *self.runs.write().unwrap_or_else(PoisonError::into_inner) = runs;
    }

    /// Every row once, by address and time.
    pub(crate) fn sorted(&self) -> Vec<Access> {
        let runs = self.runs();
        let mut rows = Vec::with_capacity(runs.iter().map(|r| r.rows.len()).sum());
        runs.iter().for_each(|r| rows.extend_from_slice(&r.rows));
        rows.sort();
        rows.dedup();
        rows
    }

    pub(crate) fn by_address(
        &self,
        first: Address,
        last: Address,
        (from, to): (i64, i64),
        found: &mut Vec<Access>,
    ) {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        for run in runs.iter() {
            let start = run
                .rows
                .partition_point(|r| (r.address, r.at) < (first, from));
            let rows = run.rows.get(start..).unwrap_or_default();
            let rows = rows.iter().take_while(|r| (r.address, r.at) <= (last, to));
            found.extend(rows.filter(|r| (from..=to).contains(&r.at)));
        }
    }

    pub(crate) fn by_account(&self, slot: u32, (from, to): (i64, i64), found: &mut Vec<Access>) {
        for run in self.runs() {
            let rows = run.slots.iter().zip(&run.rows);
            let rows = rows.filter(|(s, r)| **s == slot && (from..=to).contains(&r.at));
            found.extend(rows.map(|(_, r)| *r));
        }
    }

    /// Whether something in it can be of that time.
    pub(crate) fn touches(&self, (from, to): (i64, i64)) -> bool {
        let runs = self.runs();
        runs.iter().any(|run| run.first <= to && run.last >= from)
    }
}
