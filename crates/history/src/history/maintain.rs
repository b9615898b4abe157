//! Making segments from memory, and one segment from several, while rows are added and looked for.
//!
//! Order of what is done, so that a crash at any point loses nothing and leaves nothing wrong: the new segments are made
//! durable; a manifest that names them, and no longer names what they replace, is; then the old files are removed. Files
//! that no manifest names are removed when the history is opened.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use bonafide_model::Micros;
use bonafide_seal::FileKey;

use super::{History, Inner, key_place, open_segment};
use crate::HistoryError;
use crate::access::{Access, Order};
use crate::log;
use crate::manifest::{GoneSegment, Manifest, SegmentEntry};
use crate::memory::Memory;
use crate::segment::{self, Cursor, Segment};

/// Rows that come later than this after the latest are kept in segments of their own, so that those of the present
/// stay narrow.
const LATE_US: i64 = bonafide_model::DAY_US;
/// Segments made of one memory: rows of more months are put together.
const GROUPS_MAX: usize = 64;
/// Segments of one month that become one.
const FAN_IN: usize = 4;
/// A segment this many times larger than all smaller ones together is left as it is.
const STEP: u64 = 4;
/// Rows of a segment: its bytes are counted in 32 bits.
const SEGMENT_ROWS_MAX: u64 = 64_000_000;

/// Wakes the worker, and those who wait for it.
#[derive(Default)]
pub(super) struct Wake {
    state: Mutex<WakeState>,
    changed: Condvar,
}

#[derive(Default)]
struct WakeState {
    is_due: bool,
    is_over: bool,
    failed: Option<HistoryError>,
}

/// The thread that makes and merges segments.
pub(super) struct Worker(JoinHandle<()>);

impl Worker {
    pub(super) fn start(inner: Arc<Inner>) -> Result<Self, HistoryError> {
        let run = move || {
            while inner.wake.wait() {
                let done = inner.flush().and_then(|_| inner.compact_all());
                inner.wake.done(done.err());
            }
        };
        let thread = std::thread::Builder::new().name("history".to_owned());
        let thread = thread.spawn(run);
        thread
            .map(Self)
            .map_err(|e| HistoryError::io("start", "the thread of the history", &e))
    }

    pub(super) fn stop(self, inner: &Inner) {
        inner.wake.state().is_over = true;
        inner.wake.changed.notify_all();
        // A panic there was told on standard error.
        let _ = self.0.join();
    }
}

impl Wake {
    fn state(&self) -> std::sync::MutexGuard<'_, WakeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do; false when it is over.
    fn wait(&self) -> bool {
        let mut state = self.state();
        while !state.is_due && !state.is_over {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.is_due = false;
        !state.is_over
    }

    fn done(&self, failed: Option<HistoryError>) {
        self.state().failed = failed;
        self.changed.notify_all();
    }
}

impl History {
    /// Makes segments of every row that is in none yet, and merges segments where that is due.
    ///
    /// # Errors
    /// If they cannot be written; the rows then stay where they are.
    pub fn seal(&self) -> Result<(), HistoryError> {
        self.inner.flush()?;
        self.inner.freeze();
        self.inner.flush()?;
        self.inner.compact_all()
    }

    /// Forgets segments that are no more, when that has been recorded.
    ///
    /// # Errors
    /// If the manifest cannot be written.
    pub fn forget_gone(&self, names: &[String]) -> Result<(), HistoryError> {
        if names.is_empty() {
            return Ok(());
        }
        let _guard = self.inner.maintain();
        let mut next = self.inner.manifest().clone();
        next.gone.retain(|g| !names.contains(&g.name));
        self.inner.store(next)
    }
}

impl Inner {
    pub(super) fn maintain(&self) -> std::sync::MutexGuard<'_, ()> {
        self.maintenance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Called before rows are added: freezes a full memory, and waits while the one before it is being written.
    pub(super) fn make_room(&self) -> Result<(), HistoryError> {
        if self.view().active.rows() < self.memory_rows {
            return Ok(());
        }
        if !self.in_background {
            self.freeze();
            self.flush()?;
            return self.compact_all();
        }
        let mut state = self.wake.state();
        while self.view().frozen.is_some() {
            if let Some(error) = state.failed.take() {
                // The rows are safe in the log; whoever comes next tries again.
                state.is_due = true;
                self.wake.changed.notify_all();
                return Err(error);
            }
            state = self
                .wake
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.freeze();
        state.is_due = true;
        self.wake.changed.notify_all();
        Ok(())
    }

    /// Sets the memory aside to be written, unless one is set aside already; new rows go to a new one and a new log.
    fn freeze(&self) {
        let mut logs = self.commit.logs();
        self.change_view(|view| {
            if view.frozen.is_none() && view.active.rows() > 0 {
                view.frozen = Some(std::mem::take(&mut view.active));
                logs.turn();
            }
        });
    }

    /// Makes segments of the memory that was set aside.
    fn flush(&self) -> Result<(), HistoryError> {
        let _guard = self.maintain();
        let Some(frozen) = self.view().frozen.clone() else {
            return Ok(());
        };
        let (log_from, batches) = {
            let logs = self.commit.logs();
            // The log that is written to now, if there is one, began after the memory was set aside.
            let is_begun = self.view().active.rows() > 0;
            (logs.next - u64::from(is_begun), logs.frozen.clone())
        };
        let mut next = self.manifest().clone();
        let mut entries = Vec::new();
        for (month, rows) in groups(&frozen, next.latest) {
            let by_account = sorted_by_account(&rows);
            let by_address = rows.iter().map(|r| Ok(*r));
            let by_account = by_account
                .iter()
                .map(|i| Ok(*rows.get(*i as usize).unwrap_or(&EMPTY)));
            entries.push(self.write_segment(month, by_address, by_account)?);
        }
        let latest = entries.iter().map(|e| e.last).max();
        next.latest = next.latest.max(latest);
        next.log_from = log_from;
        next.remember(&batches);
        {
            let names = self.names();
            next.actions.clone_from(&names.actions);
            next.sources.clone_from(&names.sources);
        }
        next.segments.extend(entries.iter().cloned());
        self.store(next)?;
        let opened = self.open_all(entries);
        self.change_view(|view| {
            view.frozen = None;
            view.segments.extend(opened);
        });
        for name in self.logs.list()? {
            if log::number(&name).is_some_and(|n| n < log_from) {
                // What cannot be removed now is when the history is opened again.
                let _ = self.logs.remove(&name);
            }
        }
        Ok(())
    }

    /// Writes one segment from rows in both orders. It is nobody's until a manifest names it.
    pub(super) fn write_segment(
        &self,
        month: Option<i32>,
        by_address: impl Iterator<Item = Result<Access, HistoryError>>,
        by_account: impl Iterator<Item = Result<Access, HistoryError>>,
    ) -> Result<SegmentEntry, HistoryError> {
        // A segment that could not be finished may be there all the same: its number is not used again.
        let name = format!("segment-{:012}", self.next.fetch_add(1, Ordering::Relaxed));
        let key = FileKey::random(&*self.entropy)?;
        let place = key_place(&self.tenant, &name);
        let wrapped = key.wrap(&self.key, &place, &*self.entropy)?;
        let sink = self.objects.create(&name)?;
        let written = segment::write(sink, &key, by_address, by_account)?;
        Ok(SegmentEntry::new(&name, &written, &wrapped, month))
    }

    /// Makes a manifest durable and the present one.
    pub(super) fn store(&self, mut next: Manifest) -> Result<(), HistoryError> {
        next.next = self.next.load(Ordering::Relaxed);
        next.store(&*self.objects, &self.tenant, &self.key, &*self.entropy)?;
        *self.manifest() = next;
        Ok(())
    }

    pub(super) fn open_all(
        &self,
        entries: Vec<SegmentEntry>,
    ) -> Vec<(SegmentEntry, Result<Arc<Segment>, HistoryError>)> {
        let open = |entry: SegmentEntry| {
            let opened = open_segment(&*self.objects, &self.tenant, &self.key, &entry);
            (entry, opened)
        };
        entries.into_iter().map(open).collect()
    }

    pub(super) fn compact_all(&self) -> Result<(), HistoryError> {
        while self.compact()? {}
        Ok(())
    }

    /// Merges some segments of one month into one, where that is due.
    fn compact(&self) -> Result<bool, HistoryError> {
        let _guard = self.maintain();
        let Some(old) = to_merge(&self.manifest()) else {
            return Ok(false);
        };
        let Ok(readers) = self.readers(&old) else {
            // One that cannot be read stays as it is, under its name.
            return Ok(false);
        };
        let next = self.manifest().clone();
        let by_address = Cursor::new(&readers, Order::Address)?;
        let by_account = Cursor::new(&readers, Order::Account)?;
        let (month, cohort) = old.first().map_or((None, None), |e| (e.month, e.cohort));
        let mut entry = self.write_segment(month, by_address, by_account)?;
        entry.cohort = cohort;
        entry.replaces = old.iter().map(|e| e.name.clone()).collect();
        self.replace(next, &old, vec![entry], 0)?;
        Ok(true)
    }

    pub(super) fn readers(
        &self,
        entries: &[SegmentEntry],
    ) -> Result<Vec<Arc<Segment>>, HistoryError> {
        let view = self.view();
        let wanted = |name: &str| entries.iter().any(|e| e.name == name);
        let some = view.segments.iter().filter(|(e, _)| wanted(&e.name));
        some.map(|(_, s)| s.clone()).collect()
    }

    /// Puts new segments in the place of old ones.
    pub(super) fn replace(
        &self,
        mut next: Manifest,
        old: &[SegmentEntry],
        new: Vec<SegmentEntry>,
        dropped: u64,
    ) -> Result<(), HistoryError> {
        let is_old = |e: &SegmentEntry| old.iter().any(|o| o.name == e.name);
        next.segments.retain(|e| !is_old(e));
        next.segments.extend(new.iter().cloned());
        let mut dropped = Some(dropped);
        next.gone.extend(old.iter().map(|e| GoneSegment {
            name: e.name.clone(),
            digest: e.digest.clone(),
            bytes: e.bytes,
            rows: e.rows,
            into: new.iter().map(|n| n.name.clone()).collect(),
            dropped: dropped.take().unwrap_or(0),
        }));
        self.store(next)?;
        let opened = self.open_all(new);
        self.change_view(|view| {
            view.segments.retain(|(e, _)| !is_old(e));
            view.segments.extend(opened);
        });
        for entry in old {
            // No manifest names it: what cannot be removed now is when the history is opened again.
            let _ = self.objects.remove(&entry.name);
        }
        Ok(())
    }
}

const EMPTY: Access = Access {
    address: crate::Address::from_bits(0),
    at: 0,
    slot: 0,
    port: 0,
    action: 0,
    mark: 0,
    source: 0,
};

/// Where each row is in the order by account: numbers are sorted faster than rows.
fn sorted_by_account(rows: &[Access]) -> Vec<u32> {
    let mut keys: Vec<(u32, i64, u32)> = rows
        .iter()
        .zip(0..)
        .map(|(r, i)| (r.slot, r.at, i))
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, _, i)| i).collect()
}

/// The rows of a memory, by month, those that came late apart; each by address and time.
fn groups(memory: &Memory, latest: Option<i64>) -> Vec<(Option<i32>, Vec<Access>)> {
    let rows = memory.sorted();
    let late_before = latest.map_or(i64::MIN, |l| l.saturating_sub(LATE_US));
    let month = |at: i64| {
        Micros::MIN
            .max(Micros::new(at).unwrap_or(Micros::MAX))
            .month()
    };
    // Most often all rows are of one month and none is late.
    let first = rows.iter().map(|r| r.at).min().unwrap_or(0);
    let last = rows.iter().map(|r| r.at).max().unwrap_or(0);
    if month(first) == month(last) && (first >= late_before) == (last >= late_before) {
        return vec![(Some(month(first)), rows)];
    }
    let mut groups: BTreeMap<(bool, i32), Vec<Access>> = BTreeMap::new();
    for row in rows {
        let group = (row.at < late_before, month(row.at));
        groups.entry(group).or_default().push(row);
    }
    if groups.len() <= GROUPS_MAX {
        let named = groups
            .into_iter()
            .map(|((_, month), rows)| (Some(month), rows));
        return named.collect();
    }
    let mut rows: Vec<Access> = groups.into_values().flatten().collect();
    rows.sort_unstable();
    vec![(None, rows)]
}

/// Segments of one month and cohort that should be one: the small ones, where there are several of about a size.
fn to_merge(manifest: &Manifest) -> Option<Vec<SegmentEntry>> {
    let mut months: BTreeMap<(Option<i32>, Option<i64>), Vec<&SegmentEntry>> = BTreeMap::new();
    for entry in &manifest.segments {
        months
            .entry((entry.month, entry.cohort))
            .or_default()
            .push(entry);
    }
    months.into_values().find_map(|mut entries| {
        entries.sort_by_key(|e| e.rows);
        let mut sum = 0;
        let some = entries.into_iter().take_while(|e| {
            let fits = sum == 0 || e.rows <= sum * STEP;
            sum += e.rows;
            fits && sum <= SEGMENT_ROWS_MAX
        });
        let some: Vec<SegmentEntry> = some.cloned().collect();
        (some.len() >= FAN_IN).then_some(some)
    })
}
