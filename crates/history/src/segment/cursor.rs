//! Reading a whole segment in one order, a block at a time, and several segments as if they were one.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::{Scratch, Segment};
use crate::HistoryError;
use crate::access::{Access, Order};

/// Where one reader of a segment stands.
struct Reader {
    segment: Arc<Segment>,
    order: Order,
    block: usize,
    row: usize,
    scratch: Scratch,
}

impl Reader {
    fn next(&mut self) -> Result<Option<Access>, HistoryError> {
        loop {
            if let Some(row) = self.scratch.rows.get(self.row) {
                self.row += 1;
                return Ok(Some(*row));
            }
            if self.block >= self.segment.fences(self.order).0.len() {
                return Ok(None);
            }
            self.segment
                .load(self.order, self.block, &mut self.scratch)?;
            self.block += 1;
            self.row = 0;
        }
    }
}

/// The next row of a reader, in the order of the rows.
struct Head {
    row: Access,
    order: Order,
    reader: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let rows = self.order.compare(&self.row, &other.row);
        rows.then(self.reader.cmp(&other.reader))
    }
}

/// Rows of several segments in one order, each once.
pub(crate) struct Cursor {
    readers: Vec<Reader>,
    heads: BinaryHeap<Reverse<Head>>,
    last: Option<Access>,
}

impl Cursor {
    pub(crate) fn new(segments: &[Arc<Segment>], order: Order) -> Result<Self, HistoryError> {
        let readers = segments.iter().map(|segment| Reader {
            segment: segment.clone(),
            order,
            block: 0,
            row: 0,
            scratch: Scratch::default(),
        });
        let mut cursor = Self {
            readers: readers.collect(),
            heads: BinaryHeap::new(),
            last: None,
        };
        for reader in 0..cursor.readers.len() {
            cursor.advance(reader)?;
        }
        Ok(cursor)
    }

    fn advance(&mut self, reader: usize) -> Result<(), HistoryError> {
        let Some(from) = self.readers.get_mut(reader) else {
            return Ok(());
        };
        let order = from.order;
        if let Some(row) = from.next()? {
            self.heads.push(Reverse(Head { row, order, reader }));
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Access>, HistoryError> {
        while let Some(Reverse(head)) = self.heads.pop() {
            self.advance(head.reader)?;
            if self.last != Some(head.row) {
                self.last = Some(head.row);
                return Ok(Some(head.row));
            }
        }
        Ok(None)
    }
}

impl Iterator for Cursor {
    type Item = Result<Access, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
