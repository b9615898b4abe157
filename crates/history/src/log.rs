//! The write-ahead log: what was acknowledged and is in no segment yet.
//!
//! ```text
//! magic (8) │ wrapped key (93) │ frames
//! frame: length (4) │ its complement (4) │ sealed: definitions, batches
//! ```
//!
//! A frame is what was synced at once: the batches of everybody who waited. It is acknowledged after the sync, so that at
//! most the last frame of a log can be one that nobody was told of. Such a frame is cut short, or holds a sector that was
//! never written and is zero, which no sealed sector is by chance; it is left out. Anything else that does not open was
//! acknowledged, and the history is not opened without it.

use bonafide_model::Entropy;
use bonafide_seal::{Aad, BLOCK_OVERHEAD_BYTES, ContentKey, FileKey, envelope};

use crate::access::Access;
use crate::bits::{put_varint, take};
use crate::place::{Folder, Log, ReadAt};
use crate::{Address, BatchId, HistoryError};

const MAGIC: &[u8; 8] = b"bfhlog01";
const FRAME: u32 = 0;
/// Bytes of a wrapped key.
const KEY_BYTES: usize = 32 + envelope::OVERHEAD_BYTES;
const HEAD_BYTES: usize = 8;
/// Bytes that are written whole or not at all.
const SECTOR: usize = 512;
/// Bytes of one row.
const ROW_BYTES: usize = 35;
/// Bytes of the largest frame: a commit of many full batches.
const FRAME_MAX: u64 = 1 << 30;

/// What a log is called.
pub(crate) fn name(number: u64) -> String {
    format!("log-{number:012}")
}

/// The number of a log with that name.
pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_prefix("log-")?.parse().ok()
}

/// Something that codes stand for, told once before its first use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// As JSON: its kind and what it is.
    pub(crate) text: String,
}

/// Batches that are made durable together.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) definitions: Vec<Definition>,
    pub(crate) batches: Vec<(BatchId, Vec<Access>)>,
}

/// A log that is written to.
pub(crate) struct LogWriter {
    log: Box<dyn Log>,
    key: FileKey,
    frames: u64,
    length: u64,
    buffer: Vec<u8>,
}

impl LogWriter {
    pub(crate) fn create(
        folder: &dyn Folder,
        number: u64,
        tenant: &str,
        key: &ContentKey,
        entropy: &dyn Entropy,
    ) -> Result<Self, HistoryError> {
        let name = name(number);
        let own = FileKey::random(entropy)?;
        let wrapped = own.wrap(key, &place(tenant, &name), entropy)?;
        let mut log = folder.create_log(&name)?;
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&wrapped);
        log.append(&head)?;
        log.sync()?;
        Ok(Self {
            log,
            key: own,
            frames: 0,
            length: head.len() as u64,
            buffer: Vec::new(),
        })
    }

    /// Makes a frame durable. After an error that says that the log is not to be used, it must not be; after any other it
    /// is as it was.
    pub(crate) fn commit(&mut self, frame: &Frame) -> Result<(), CommitError> {
        let buffer = &mut self.buffer;
        buffer.clear();
        buffer.extend_from_slice(&[0; HEAD_BYTES]);
        encode(frame, buffer);
        let sealed = self.key.seal(FRAME, self.frames, buffer, HEAD_BYTES);
        sealed.map_err(|e| CommitError::Refused(e.into()))?;
        let length = (buffer.len() - HEAD_BYTES) as u32;
        let head = length
            .to_le_bytes()
            .into_iter()
            .chain((!length).to_le_bytes());
        for (to, from) in buffer.iter_mut().zip(head) {
            *to = from;
        }
        if let Err(error) = self.log.append(buffer) {
            return Err(match self.log.cut(self.length) {
                Ok(()) => CommitError::Refused(error),
                Err(_) => CommitError::Unknown(error),
            });
        }
        self.log.sync().map_err(CommitError::Unknown)?;
        self.frames += 1;
        self.length += buffer.len() as u64;
        Ok(())
    }
}

/// Why a frame was not made durable.
pub(crate) enum CommitError {
    /// Nothing happened.
    Refused(HistoryError),
    /// Nobody knows what is on the disk.
    Unknown(HistoryError),
}

fn place<'a>(tenant: &'a str, name: &'a str) -> Aad<'a> {
    Aad {
        tenant,
        record: name,
        field: "history-log",
        version: 1,
    }
}

fn encode(frame: &Frame, to: &mut Vec<u8>) {
    put_varint(to, frame.definitions.len() as u128);
    for definition in &frame.definitions {
        put_varint(to, definition.text.len() as u128);
        to.extend_from_slice(definition.text.as_bytes());
    }
    put_varint(to, frame.batches.len() as u128);
    for (id, rows) in &frame.batches {
        to.extend_from_slice(id);
        put_varint(to, rows.len() as u128);
        to.reserve(rows.len() * ROW_BYTES);
        for row in rows {
            let mut bytes = [0; ROW_BYTES];
            let parts = row
                .address
                .bits()
                .to_le_bytes()
                .into_iter()
                .chain(row.at.to_le_bytes())
                .chain(row.slot.to_le_bytes())
                .chain(row.port.to_le_bytes())
                .chain(row.action.to_le_bytes())
                .chain(row.mark.to_le_bytes())
                .chain([row.source]);
            for (to, from) in bytes.iter_mut().zip(parts) {
                *to = from;
            }
            to.extend_from_slice(&bytes);
        }
    }
}

/// Takes `N` bytes off the front.
fn chunk<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*first)
}

fn decode(from: &mut &[u8]) -> Option<Frame> {
    let mut frame = Frame::default();
    for _ in 0..take::<usize>(from)? {
        let length = take(from)?;
        let (text, rest) = from.split_at_checked(length)?;
        let text = String::from_utf8(text.to_vec()).ok()?;
        *from = rest;
        frame.definitions.push(Definition { text });
    }
    for _ in 0..take::<usize>(from)? {
        let id = chunk(from)?;
        let count: usize = take(from)?;
        let (rows, rest) = from.split_at_checked(count.checked_mul(ROW_BYTES)?)?;
        *from = rest;
        let rows = rows.chunks_exact(ROW_BYTES).map(|mut row| {
            let row = &mut row;
            Some(Access {
                address: Address::from_bits(u128::from_le_bytes(chunk(row)?)),
                at: i64::from_le_bytes(chunk(row)?),
                slot: u32::from_le_bytes(chunk(row)?),
                port: u16::from_le_bytes(chunk(row)?),
                action: u16::from_le_bytes(chunk(row)?),
                mark: u16::from_le_bytes(chunk(row)?),
                source: u8::from_le_bytes(chunk(row)?),
            })
        });
        frame.batches.push((id, rows.collect::<Option<_>>()?));
    }
    from.is_empty().then_some(frame)
}

/// Reads a log from the start; every frame that was acknowledged is given to `each`.
pub(crate) fn replay(
    object: &dyn ReadAt,
    name: &str,
    tenant: &str,
    key: &ContentKey,
    mut each: impl FnMut(Frame) -> Result<(), HistoryError>,
) -> Result<(), HistoryError> {
    let length = object.length();
    let mut head = [0; MAGIC.len() + KEY_BYTES];
    // The head was made durable before anything was acknowledged: without frames there is nothing to lose.
    if length <= head.len() as u64 {
        return Ok(());
    }
    object.read_at(0, &mut head)?;
    let damaged = |what: &str| HistoryError::damaged(name, what);
    let wrapped = head.strip_prefix(MAGIC);
    let wrapped = wrapped.ok_or_else(|| damaged("its first bytes are not those of a log"))?;
    let own = FileKey::unwrap(key, &place(tenant, name), wrapped).map_err(|_| {
        damaged("its key does not open: it was altered, or belongs to another keyring")
    })?;
    let mut at = head.len() as u64;
    let mut frames = 0;
    while at < length {
        match frame(object, at, length, &own, frames)? {
            Read::Whole(frame, end) => {
                each(frame)?;
                at = end;
                frames += 1;
            }
            Read::Torn => break,
            Read::Damaged => {
                let what =
                    format!("frame {frames} at byte {at}, which was acknowledged, does not open");
                return Err(HistoryError::damaged(name, what));
            }
        }
    }
    Ok(())
}

/// What stands at a place of a log.
enum Read {
    Whole(Frame, u64),
    Torn,
    Damaged,
}

fn frame(
    object: &dyn ReadAt,
    at: u64,
    length: u64,
    key: &FileKey,
    number: u64,
) -> Result<Read, HistoryError> {
    let mut head = [0; HEAD_BYTES];
    if at + HEAD_BYTES as u64 > length {
        return Ok(Read::Torn);
    }
    object.read_at(at, &mut head)?;
    let (size, check) = head.split_at(4);
    let read = |bytes: &[u8]| {
        bytes
            .first_chunk::<4>()
            .map_or(0, |b| u32::from_le_bytes(*b))
    };
    let (size, check) = (read(size), read(check));
    let end = at + HEAD_BYTES as u64 + u64::from(size);
    let is_head = size == !check && u64::from(size) <= FRAME_MAX;
    if is_head && end > length {
        return Ok(Read::Torn);
    }
    if is_head && size as usize > BLOCK_OVERHEAD_BYTES {
        let mut sealed = vec![0; size as usize];
        object.read_at(at + HEAD_BYTES as u64, &mut sealed)?;
        if let Ok(mut plain) = key.open(FRAME, number, &mut sealed)
            && let Some(frame) = decode(&mut plain)
        {
            return Ok(Read::Whole(frame, end));
        }
        if end < length {
            return Ok(Read::Damaged);
        }
    }
    let rest = usize::try_from(length - at).unwrap_or(usize::MAX);
    let mut tail = vec![0; rest.min(FRAME_MAX as usize)];
    object.read_at(at, &mut tail)?;
    Ok(if has_unwritten_sector(&tail, at) {
        Read::Torn
    } else {
        Read::Damaged
    })
}

/// Whether a whole sector, or what there is of the last one, is zero.
fn has_unwritten_sector(tail: &[u8], at: u64) -> bool {
    let first = (at.next_multiple_of(SECTOR as u64) - at) as usize;
    let (before, rest) = tail.split_at(first.min(tail.len()));
    std::iter::once(before)
        .chain(rest.chunks(SECTOR))
        .any(|sector| sector.len() >= BLOCK_OVERHEAD_BYTES && sector.iter().all(|b| *b == 0))
}
