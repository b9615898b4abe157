//! Adding rows: batches of several callers become one frame of the log and share one sync.
//!
//! Whoever comes first leads: it takes every batch that waits, writes them, syncs, lets look-ups see them, and tells the
//! others. After a sync that failed nobody knows what is on the disk, so nothing more is taken until the history is opened
//! again.

use std::collections::{HashMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use bonafide_ledger::sha256;

use super::Inner;
use crate::access::Access;
use crate::log::{CommitError, Frame, LogWriter};
use crate::memory::Run;
use crate::{BatchId, HistoryError};

/// Rows of one batch: a frame holds many of them.
pub const BATCH_ROWS_MAX: usize = 1_000_000;

/// Rows that belong together: all are taken or none.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What it is called; a batch with a name that was taken is not taken again.
    pub id: BatchId,
    /// The rows.
    pub rows: Vec<Access>,
}

impl Batch {
    /// A batch that is called after what is in it.
    #[must_use]
    pub fn of(rows: Vec<Access>) -> Self {
        let mut bytes = Vec::with_capacity(rows.len() * 40);
        for row in &rows {
            bytes.extend_from_slice(&row.address.bits().to_le_bytes());
            bytes.extend_from_slice(&row.at.to_le_bytes());
            bytes.extend_from_slice(&row.slot.to_le_bytes());
            bytes.extend_from_slice(&row.port.to_le_bytes());
            bytes.extend_from_slice(&row.action.to_le_bytes());
            bytes.extend_from_slice(&row.mark.to_le_bytes());
            bytes.push(row.source);
        }
        Self::named(&bytes, rows)
    }

    /// A batch that is called after some text, such as the body that it came in.
    #[must_use]
    pub fn named(text: &[u8], rows: Vec<Access>) -> Self {
        let digest = sha256(text);
        let id = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        Self { id, rows }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Rows that it has.
    pub rows: usize,
    /// Whether it had been taken before.
    pub is_repeated: bool,
}

/// Where callers meet.
pub(super) struct Commit {
    queue: Mutex<Queue>,
    told: Condvar,
    /// What the leader works with; nobody else does.
    log: Mutex<Logs>,
}

#[derive(Default)]
struct Queue {
    next: u64,
    waiting: Vec<(u64, Batch)>,
    answers: HashMap<u64, Result<Appended, HistoryError>>,
    is_led: bool,
}

/// The log being written, and which batches were taken.
pub(super) struct Logs {
    writer: Option<LogWriter>,
    /// The number of the next log.
    pub(super) next: u64,
    seen: HashSet<BatchId>,
    /// Batches in the memory that takes rows, to be remembered with the segment that they go into.
    fresh: Vec<BatchId>,
    /// Batches in the memory that was set aside.
    pub(super) frozen: Vec<BatchId>,
    stopped: Option<String>,
    taken: u64,
}

impl Commit {
    pub(super) fn new(next: u64, seen: HashSet<BatchId>, fresh: Vec<BatchId>) -> Self {
        Self {
            queue: Mutex::default(),
            told: Condvar::new(),
            log: Mutex::new(Logs {
                writer: None,
                next,
                seen,
                fresh,
                frozen: Vec::new(),
                stopped: None,
                taken: 0,
            }),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn logs(&self) -> MutexGuard<'_, Logs> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn taken(&self) -> u64 {
        self.logs().taken
    }
}

impl Logs {
    /// Ends the log with the memory that it belongs to: the next frame begins another.
    pub(super) fn turn(&mut self) {
        self.writer = None;
        self.frozen = std::mem::take(&mut self.fresh);
    }
}

impl Inner {
    pub(super) fn append(&self, batch: Batch) -> Result<Appended, HistoryError> {
        if batch.rows.len() > BATCH_ROWS_MAX {
            return Err(HistoryError::Limit {
                what: "rows in a batch",
                max: BATCH_ROWS_MAX as u64,
                mend: "send it in parts",
            });
        }
        let commit = &self.commit;
        let mut queue = commit.queue();
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push((ticket, batch));
        loop {
            if let Some(answer) = queue.answers.remove(&ticket) {
                return answer;
            }
            if queue.is_led {
                queue = commit
                    .told
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.is_led = true;
            let some = std::mem::take(&mut queue.waiting);
            drop(queue);
            let answers = self.commit_batches(some);
            queue = commit.queue();
            queue.is_led = false;
            queue.answers.extend(answers);
            commit.told.notify_all();
        }
    }

    fn commit_batches(
        &self,
        some: Vec<(u64, Batch)>,
    ) -> Vec<(u64, Result<Appended, HistoryError>)> {
        let fail = |tickets: &[u64], error: &HistoryError| {
            let each = tickets.iter().map(|t| (*t, Err(error.clone())));
            each.collect()
        };
        let tickets: Vec<u64> = some.iter().map(|(t, _)| *t).collect();
        if let Err(error) = self.make_room() {
            return fail(&tickets, &error);
        }
        let mut logs = self.commit.logs();
        if let Some(why) = &logs.stopped {
            return fail(&tickets, &HistoryError::Stopped(why.clone()));
        }
        let mut frame = Frame::default();
        let mut answers = Vec::with_capacity(some.len());
        let mut ids = HashSet::new();
        for (ticket, batch) in some {
            let is_repeated = logs.seen.contains(&batch.id) || !ids.insert(batch.id);
            let rows = batch.rows.len();
            answers.push((ticket, Ok(Appended { rows, is_repeated })));
            if !is_repeated {
                frame.batches.push((batch.id, batch.rows));
            }
        }
        if frame.batches.is_empty() {
            return answers;
        }
        frame.definitions = self.names().fresh.clone();
        if let Err(error) = self.write(&mut logs, &frame) {
            return fail(&tickets, &error);
        }
        self.names_mut().fresh.drain(..frame.definitions.len());
        let view = self.view();
        for (id, rows) in frame.batches {
            logs.taken += rows.len() as u64;
            logs.seen.insert(id);
            logs.fresh.push(id);
            view.active.add(Run::new(rows));
        }
        answers
    }

    fn write(&self, logs: &mut Logs, frame: &Frame) -> Result<(), HistoryError> {
        let writer = match &mut logs.writer {
            Some(writer) => writer,
            none => {
                let number = logs.next;
                // A log that could not be made may be there all the same: its number is not used again.
                logs.next += 1;
                none.insert(LogWriter::create(
                    &*self.logs,
                    number,
                    &self.tenant,
                    &self.key,
                    &*self.entropy,
                )?)
            }
        };
        match writer.commit(frame) {
            Ok(()) => Ok(()),
            Err(CommitError::Refused(error)) => Err(error),
            Err(CommitError::Unknown(error)) => {
                logs.stopped = Some(format!("a write failed ({error})"));
                logs.writer = None;
                Err(error)
            }
        }
    }
}
