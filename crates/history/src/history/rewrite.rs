//! Moving and removing rows: into the segments of an expiry day, or out of the history.
//!
//! A segment all of whose rows are due is unlinked without being read. One with some is written again without them.

use std::collections::BTreeMap;

use super::{History, Inner};
use crate::HistoryError;
use crate::access::{Access, Order};
use crate::manifest::SegmentEntry;
use crate::segment::Cursor;

/// What is to become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It stays where it is.
    Keep,
    /// It goes to the segments that are due on that day, in microseconds since 1970.
    Expire(i64),
    /// It goes.
    Drop,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Segments that were unlinked without being read.
    pub unlinked: usize,
    /// Segments that were written again.
    pub rewritten: usize,
    /// Rows that were read.
    pub read: u64,
    /// Rows that went to segments of an expiry day.
    pub moved: u64,
    /// Rows that are gone.
    pub dropped: u64,
}

impl History {
    /// Gives every row its fate. `whole` answers for a segment at once where it can, and `fate` for a row; rows in memory
    /// become segments first.
    ///
    /// # Errors
    /// If a segment cannot be read or written; those before it are done.
    pub fn rewrite(
        &self,
        whole: impl Fn(&SegmentEntry) -> Option<Fate>,
        fate: impl Fn(&SegmentEntry, &Access) -> Fate,
    ) -> Result<Rewritten, HistoryError> {
        self.seal()?;
        let mut done = Rewritten::default();
        for entry in self.segments() {
            match whole(&entry) {
                Some(Fate::Keep) => {}
                Some(Fate::Drop) => {
                    self.inner.unlink(&entry)?;
                    done.unlinked += 1;
                    done.dropped += entry.rows;
                }
                Some(Fate::Expire(_)) | None => self.inner.rewrite(&entry, &fate, &mut done)?,
            }
        }
        Ok(done)
    }
}

impl Inner {
    fn unlink(&self, entry: &SegmentEntry) -> Result<(), HistoryError> {
        let _guard = self.maintain();
        let next = self.manifest().clone();
        if !next.segments.contains(entry) {
            return Ok(());
        }
        self.replace(next, std::slice::from_ref(entry), Vec::new(), entry.rows)
    }

    fn rewrite(
        &self,
        entry: &SegmentEntry,
        fate: &impl Fn(&SegmentEntry, &Access) -> Fate,
        done: &mut Rewritten,
    ) -> Result<(), HistoryError> {
        let _guard = self.maintain();
        let old = std::slice::from_ref(entry);
        let readers = self.readers(old)?;
        if readers.is_empty() {
            // It was merged meanwhile, and the one that has its rows is met by the next pass.
            return Ok(());
        }
        let stays = |f: Fate| f == Fate::Keep || f == entry.cohort.map_or(Fate::Keep, Fate::Expire);
        let mut fates: BTreeMap<Fate, u64> = BTreeMap::new();
        for row in Cursor::new(&readers, Order::Address)? {
            let row = row?;
            *fates.entry(fate(entry, &row)).or_default() += 1;
        }
        done.read += fates.values().sum::<u64>();
        if fates.keys().all(|f| stays(*f)) {
            return Ok(());
        }
        let next = self.manifest().clone();
        let mut new = Vec::new();
        let mut groups: BTreeMap<Option<i64>, Vec<Fate>> = BTreeMap::new();
        for wanted in fates.keys().copied().filter(|f| *f != Fate::Drop) {
            let cohort = match wanted {
                Fate::Expire(day) => Some(day),
                _ => entry.cohort,
            };
            groups.entry(cohort).or_default().push(wanted);
        }
        for (cohort, wanted) in groups {
            let some = |order| {
                let rows = Cursor::new(&readers, order)?;
                Ok::<_, HistoryError>(rows.filter(|row| {
                    row.as_ref()
                        .map_or(true, |row| wanted.contains(&fate(entry, row)))
                }))
            };
            let (by_address, by_account) = (some(Order::Address)?, some(Order::Account)?);
            let mut made = self.write_segment(entry.month, by_address, by_account)?;
            made.cohort = cohort;
            made.replaces = vec![entry.name.clone()];
            new.push(made);
        }
        let dropped = fates.get(&Fate::Drop).copied().unwrap_or(0);
        let moved = fates
            .iter()
            .filter(|(f, _)| matches!(f, Fate::Expire(_)) && !stays(**f));
        done.moved += moved.map(|(_, rows)| rows).sum::<u64>();
        done.dropped += dropped;
        done.rewritten += 1;
        self.replace(next, old, new, dropped)
    }
}
