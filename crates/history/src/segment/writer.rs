//! Writing a segment, a block at a time, so that a segment larger than memory can be written.

use bonafide_ledger::Sha256;
use bonafide_seal::FileKey;

use super::{ACCOUNT_ROWS, ADDRESS_ROWS, BY_ACCOUNT, BY_ADDRESS, FOOTER, MAGIC};
use crate::access::{Access, Order};
use crate::bits::{put_varint, zigzag};
use crate::place::{ReadAt, Sink};
use crate::{HistoryError, block};

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 18;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    /// The times of the earliest and the latest row.
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) bytes: u64,
    /// SHA-256 of the file, in hex.
    pub(crate) digest: String,
}

/// Writes a segment from the same rows in both orders.
pub(crate) fn write(
    sink: Box<dyn Sink>,
    key: &FileKey,
    by_address: impl Iterator<Item = Result<Access, HistoryError>>,
    by_account: impl Iterator<Item = Result<Access, HistoryError>>,
) -> Result<Written, HistoryError> {
    let mut writer = Writer {
        sink,
        key,
        buffer: MAGIC.to_vec(),
        digest: Sha256::default(),
        bytes: 0,
        footer: Vec::new(),
    };
    let times = writer.order(Order::Address, BY_ADDRESS, ADDRESS_ROWS, by_address)?;
    writer.order(Order::Account, BY_ACCOUNT, ACCOUNT_ROWS, by_account)?;
    writer.finish(times)
}

struct Writer<'a> {
    sink: Box<dyn Sink>,
    key: &'a FileKey,
    buffer: Vec<u8>,
    digest: Sha256,
    bytes: u64,
    footer: Vec<u8>,
}

impl Writer<'_> {
    /// Writes all blocks of one order; gives the number of rows and their earliest and latest time.
    fn order(
        &mut self,
        order: Order,
        section: u32,
        rows_a_block: usize,
        rows: impl Iterator<Item = Result<Access, HistoryError>>,
    ) -> Result<(u64, i64, i64), HistoryError> {
        let mut fences = Vec::new();
        let mut block: Vec<Access> = Vec::with_capacity(rows_a_block);
        let (mut number, mut key) = (0_u64, 0);
        let (mut count, mut first, mut last) = (0, i64::MAX, i64::MIN);
        let mut rows = rows.fuse();
        loop {
            block.clear();
            for row in rows.by_ref().take(rows_a_block) {
                block.push(row?);
            }
            let Some(head) = block.first() else { break };
            let head_key = match order {
                Order::Address => head.address.bits(),
                Order::Account => head.slot.into(),
            };
            put_varint(&mut fences, head_key - key);
            put_varint(&mut fences, zigzag(head.at).into());
            key = head_key;
            for row in &block {
                first = row.at.min(first);
                last = row.at.max(last);
            }
            count += block.len() as u64;
            let from = self.buffer.len();
            block::encode(&block, order, &mut self.buffer);
            self.key.seal(section, number, &mut self.buffer, from)?;
            put_varint(&mut fences, (self.buffer.len() - from) as u128);
            number += 1;
            if self.buffer.len() >= BUFFER {
                self.flush()?;
            }
        }
        put_varint(&mut self.footer, number.into());
        self.footer.extend_from_slice(&fences);
        Ok((count, first, last))
    }

    fn flush(&mut self) -> Result<(), HistoryError> {
        self.digest.update(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        self.sink.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, times: (u64, i64, i64)) -> Result<Written, HistoryError> {
        let (rows, first, last) = times;
        let mut footer = std::mem::take(&mut self.footer);
        self.key.seal(FOOTER, 0, &mut footer, 0)?;
        self.buffer.extend_from_slice(&footer);
        self.buffer
            .extend_from_slice(&(footer.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(MAGIC);
        self.flush()?;
        self.sink.finish()?;
        Ok(Written {
            rows,
            first,
            last,
            bytes: self.bytes,
            digest: self.digest.finish().to_string(),
        })
    }
}

/// SHA-256 of an object, in hex.
pub(super) fn digest(object: &dyn ReadAt) -> Result<String, HistoryError> {
    let mut digest = Sha256::default();
    let mut buffer = vec![0; BUFFER];
    let (mut at, length) = (0, object.length());
    while at < length {
        let some = usize::try_from(length - at).map_or(BUFFER, |rest| rest.min(BUFFER));
        let part = buffer.get_mut(..some).unwrap_or_default();
        object.read_at(at, part)?;
        digest.update(part);
        at += some as u64;
    }
    Ok(digest.finish().to_string())
}
