//! A segment: rows in both orders, in sealed blocks, under one key, never changed once it is there.
//!
//! ```text
//! magic (8) │ blocks by address │ blocks by account │ footer, sealed │ length of the footer (8) │ magic (8)
//! ```
//!
//! The footer has the first key of every block and where it is; it is read once and stays in memory. A look-up then reads
//! one block, opens it and unpacks it. The tag of each block is its checksum; SHA-256 over the whole file is its name in
//! the ledger.

mod cursor;
mod fences;
mod writer;

use bonafide_seal::{BLOCK_OVERHEAD_BYTES, FileKey};

pub(crate) use cursor::Cursor;
pub(crate) use writer::{Written, write};

use crate::access::{Access, Order};
use crate::bits::{take, unzigzag};
use crate::place::ReadAt;
use crate::{Address, HistoryError, block};
use fences::Fences;

const MAGIC: &[u8; 8] = b"bfhist01";
/// Rows of a block by address: one look-up reads one, so it is small.
const ADDRESS_ROWS: usize = 256;
/// Rows of a block by account: these are read in long runs.
const ACCOUNT_ROWS: usize = 1024;
/// Bytes of the largest footer that is read: of a segment at the bound on rows, with room.
const FOOTER_MAX: u64 = 1 << 28;
const TRAILER: u64 = 16;

/// Parts of the file, for the numbers of its blocks.
const BY_ADDRESS: u32 = 1;
const BY_ACCOUNT: u32 = 2;
const FOOTER: u32 = 3;

/// Space that look-ups use again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    rows: Vec<Access>,
}

/// A segment that can be read.
pub(crate) struct Segment {
    name: String,
    object: Box<dyn ReadAt>,
    key: FileKey,
    by_address: Fences,
    by_account: Fences,
}

impl Segment {
    /// Reads the footer.
    pub(crate) fn open(
        name: &str,
        object: Box<dyn ReadAt>,
        key: FileKey,
    ) -> Result<Self, HistoryError> {
        let damaged = |what: &str| HistoryError::damaged(name, what);
        let short = || damaged("it is cut short");
        let length = object.length();
        let mut magic = [0; 8];
        object.read_at(0, &mut magic)?;
        let at = length.checked_sub(TRAILER).ok_or_else(short)?;
        let mut trailer = [0; TRAILER as usize];
        object.read_at(at, &mut trailer)?;
        let (size, end) = trailer.split_first_chunk::<8>().ok_or_else(short)?;
        if magic != *MAGIC || end != MAGIC {
            return Err(damaged(
                "its first or last bytes are not those of a segment",
            ));
        }
        let size = u64::from_le_bytes(*size);
        let from = at.checked_sub(size).filter(|_| size <= FOOTER_MAX);
        let from = from.ok_or_else(|| damaged("the length of its footer"))?;
        let mut footer = vec![0; usize::try_from(size).map_err(|_| short())?];
        object.read_at(from, &mut footer)?;
        let plain = key.open(FOOTER, 0, &mut footer);
        let plain = &mut plain.map_err(|_| damaged("its footer does not open"))?;
        let read = || damaged("its footer");
        let by_address = Fences::read(plain, MAGIC.len() as u64).ok_or_else(read)?;
        let by_account = Fences::read(plain, by_address.end()).ok_or_else(read)?;
        if by_account.end() != from || !plain.is_empty() {
            return Err(read());
        }
        Ok(Self {
            name: name.to_owned(),
            object,
            key,
            by_address,
            by_account,
        })
    }

    fn fences(&self, order: Order) -> (&Fences, u32) {
        match order {
            Order::Address => (&self.by_address, BY_ADDRESS),
            Order::Account => (&self.by_account, BY_ACCOUNT),
        }
    }

    /// Reads a block into the scratch's rows.
    fn load(&self, order: Order, number: usize, scratch: &mut Scratch) -> Result<(), HistoryError> {
        let (fences, section) = self.fences(order);
        let damaged = || {
            let side = match order {
                Order::Address => "address",
                Order::Account => "account",
            };
            HistoryError::damaged(&self.name, format!("block {number} by {side}"))
        };
        let (offset, length) = fences.place(number).ok_or_else(damaged)?;
        scratch.bytes.resize(length, 0);
        self.object.read_at(offset, &mut scratch.bytes)?;
        let plain = self.key.open(section, number as u64, &mut scratch.bytes);
        let plain = plain.map_err(|_| damaged())?;
        block::decode(plain, order, &mut scratch.rows).ok_or_else(damaged)
    }

    /// Accesses from addresses `first` to `last` within `from` to `to`, all inclusive.
    pub(crate) fn by_address(
        &self,
        first: Address,
        last: Address,
        (from, to): (i64, i64),
        scratch: &mut Scratch,
        found: &mut Vec<Access>,
    ) -> Result<(), HistoryError> {
        let begin = (first.bits(), from);
        let end = (last.bits(), to);
        for number in self.by_address.range(begin, end) {
            self.load(Order::Address, number, scratch)?;
            let start = scratch
                .rows
                .partition_point(|r| (r.address, r.at) < (first, from));
            let rows = scratch.rows.get(start..).unwrap_or_default();
            let rows = rows.iter().take_while(|r| (r.address, r.at) <= (last, to));
            found.extend(rows.filter(|r| (from..=to).contains(&r.at)));
        }
        Ok(())
    }

    /// Accesses of an account within `from` to `to`, inclusive.
    pub(crate) fn by_account(
        &self,
        slot: u32,
        (from, to): (i64, i64),
        scratch: &mut Scratch,
        found: &mut Vec<Access>,
    ) -> Result<(), HistoryError> {
        for number in self
            .by_account
            .range((slot.into(), from), (slot.into(), to))
        {
            self.load(Order::Account, number, scratch)?;
            let start = scratch
                .rows
                .partition_point(|r| (r.slot, r.at) < (slot, from));
            let rows = scratch.rows.get(start..).unwrap_or_default();
            found.extend(rows.iter().take_while(|r| (r.slot, r.at) <= (slot, to)));
        }
        Ok(())
    }

    /// Bytes of memory that it takes for as long as it is open.
    pub(crate) fn memory(&self) -> usize {
        self.by_address.memory() + self.by_account.memory()
    }

    /// SHA-256 over the file, and whether every block opens.
    pub(crate) fn verify(&self) -> Result<String, HistoryError> {
        let mut scratch = Scratch::default();
        for order in [Order::Address, Order::Account] {
            for number in 0..self.fences(order).0.len() {
                self.load(order, number, &mut scratch)?;
            }
        }
        writer::digest(&*self.object)
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment({})", self.name)
    }
}

/// The first key and the size of each block, as the footer has them.
fn read_fence(from: &mut &[u8], key: u128) -> Option<(u128, i64, u32)> {
    let key = key.checked_add(take(from)?)?;
    let at = unzigzag(take(from)?);
    let size: u32 = take(from)?;
    (size as usize > BLOCK_OVERHEAD_BYTES).then_some((key, at, size))
}
