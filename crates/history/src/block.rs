//! A block: a few hundred rows in one of the two orders, column by column.
//!
//! ```text
//! rows, runs │ each run: key - key before, rows - 1 │ least time │ dictionary of the other side │ columns' forms │ bits
//! bits: times │ other side │ ports │ actions │ sources │ marks
//! ```
//!
//! A run is the rows of one key: an address, or an account. Its times are Rice-coded differences, with a parameter of its
//! own; the other side is a place in the block's dictionary, or one bit where it is that of the row before. Random ports
//! and microseconds are most of a row's 7 bytes, and nothing makes them smaller.
//!
//! Nothing is lost: what is read is what was written, in the same order.

use crate::Address;
use crate::access::{Access, Order};
use crate::bits::{
    BitReader, BitWriter, put_varint, rice_bits, take, take_varint, unzigzag, width, zigzag,
};

/// Rows of a block: the widest order keeps blocks of 1,024. Bounds what a damaged block can ask for.
const ROWS_MAX: usize = 4096;
/// Bits of a Rice parameter.
const K_BITS: u32 = 6;

impl Order {
    fn key(self, row: &Access) -> u128 {
        match self {
            Self::Address => row.address.bits(),
            Self::Account => row.slot.into(),
        }
    }

    fn other(self, row: &Access) -> u128 {
        match self {
            Self::Address => row.slot.into(),
            Self::Account => row.address.bits(),
        }
    }
}

/// Appends rows, which are in that order, to `to`.
pub(crate) fn encode(rows: &[Access], order: Order, to: &mut Vec<u8>) {
    let mut bits = BitWriter::default();
    put_varint(to, rows.len() as u128);
    let runs = || rows.chunk_by(|a, b| order.key(a) == order.key(b));
    put_varint(to, runs().count() as u128);
    let mut before = 0;
    for run in runs() {
        let key = run.first().map_or(0, |row| order.key(row));
        put_key(to, before, key);
        put_varint(to, run.len() as u128 - 1);
        before = key;
    }
    times(rows, runs(), to, &mut bits);
    others(rows, runs(), order, to, &mut bits);
    column(rows.iter().map(|r| r.port), to, &mut bits);
    column(rows.iter().map(|r| r.action), to, &mut bits);
    column(rows.iter().map(|r| r.source.into()), to, &mut bits);
    column(rows.iter().map(|r| r.mark), to, &mut bits);
    bits.finish(to);
}

/// Writes a key that is not below the one before. The lower half of an IPv6 address is as good as random, so that it
/// stands as it is where the upper half is another.
fn put_key(to: &mut Vec<u8>, before: u128, key: u128) {
    let (high, low) = ((key >> 64) - (before >> 64), key as u64);
    if high == 0 && low.wrapping_sub(before as u64) >> 63 == 0 {
        put_varint(to, u128::from(low.wrapping_sub(before as u64)) << 1);
    } else {
        put_varint(to, (high << 1) | 1);
        to.extend_from_slice(&low.to_le_bytes());
    }
}

fn take_key(from: &mut &[u8], before: u128) -> Option<u128> {
    let tagged = take_varint(from)?;
    if tagged & 1 == 0 {
        return before.checked_add(tagged >> 1);
    }
    let (low, rest) = from.split_first_chunk::<8>()?;
    *from = rest;
    let high = (before >> 64).checked_add(tagged >> 1)?;
    let high = u64::try_from(high).ok()?;
    Some((u128::from(high) << 64) | u128::from(u64::from_le_bytes(*low)))
}

fn since(at: i64, base: i64) -> u64 {
    at.wrapping_sub(base).cast_unsigned()
}

fn times<'a>(
    rows: &[Access],
    runs: impl Iterator<Item = &'a [Access]>,
    to: &mut Vec<u8>,
    bits: &mut BitWriter,
) {
    let base = rows.iter().map(|r| r.at).min().unwrap_or(0);
    let latest = rows.iter().map(|r| r.at).max().unwrap_or(0);
    let wide = width(since(latest, base));
    put_varint(to, zigzag(base).into());
    to.push(wide as u8);
    for run in runs {
        let Some(first) = run.first() else { continue };
        bits.put(since(first.at, base), wide);
        if run.len() == 1 {
            continue;
        }
        let gaps = || {
            run.windows(2).filter_map(|w| match w {
                [a, b] => Some(since(b.at, a.at)),
                _ => None,
            })
        };
        let k = parameter(gaps, run.len() as u64 - 1);
        bits.put(k.into(), K_BITS);
        for gap in gaps() {
            bits.put_rice(gap, k);
        }
    }
}

/// The parameter that makes the gaps smallest, looked for near the one that is best where they are geometric.
fn parameter<I: Iterator<Item = u64>>(gaps: impl Fn() -> I, count: u64) -> u32 {
    let sum = gaps().fold(0_u64, u64::saturating_add);
    let near = width(sum / count.max(1)).saturating_sub(1);
    let tries = near.saturating_sub(1)..=(near + 1).min((1 << K_BITS) - 1);
    let cost = |k: &u32| {
        gaps()
            .map(|gap| rice_bits(gap, *k))
            .fold(0, u64::saturating_add)
    };
    tries.min_by_key(cost).unwrap_or(near)
}

fn others<'a>(
    rows: &[Access],
    runs: impl Iterator<Item = &'a [Access]>,
    order: Order,
    to: &mut Vec<u8>,
    bits: &mut BitWriter,
) {
    let mut dictionary: Vec<u128> = rows.iter().map(|r| order.other(r)).collect();
    dictionary.sort_unstable();
    dictionary.dedup();
    put_varint(to, dictionary.len() as u128);
    let mut before = 0;
    for value in &dictionary {
        put_key(to, before, *value);
        before = *value;
    }
    let wide = width(dictionary.len() as u64 - 1);
    for run in runs {
        let mut before = None;
        for row in run {
            let other = order.other(row);
            if wide > 0 && before.is_some() {
                bits.put((before == Some(other)).into(), 1);
            }
            if before != Some(other) {
                let place = dictionary.partition_point(|v| *v < other);
                bits.put(place as u64, wide);
            }
            before = Some(other);
        }
    }
}

/// A column of small numbers. Forms: 0 all are the same; 1 every number in so many bits above the least; 2 a bit for each
/// that says whether it is zero, and the others as in 1.
fn column(values: impl Iterator<Item = u16> + Clone, to: &mut Vec<u8>, bits: &mut BitWriter) {
    let bounds = |values: &mut dyn Iterator<Item = u16>| {
        values.fold((u16::MAX, 0), |(lo, hi), v| (lo.min(v), hi.max(v)))
    };
    let (lo, hi) = bounds(&mut values.clone());
    if lo >= hi {
        to.push(0);
        put_varint(to, hi.into());
        return;
    }
    let zeros = values.clone().filter(|v| *v == 0).count() as u64;
    let count = values.clone().count() as u64;
    let (lo_some, _) = bounds(&mut values.clone().filter(|v| *v != 0));
    let (all, some) = (width((hi - lo).into()), width((hi - lo_some).into()));
    if zeros > 0 && count + (count - zeros) * u64::from(some) < count * u64::from(all) {
        to.extend([2, some as u8]);
        put_varint(to, lo_some.into());
        for value in values {
            bits.put((value != 0).into(), 1);
            if value != 0 {
                bits.put((value - lo_some).into(), some);
            }
        }
        return;
    }
    to.extend([1, all as u8]);
    put_varint(to, lo.into());
    for value in values {
        bits.put((value - lo).into(), all);
    }
}

/// Reads a block into `rows`, which is emptied first; `None` where it is not one.
pub(crate) fn decode(block: &[u8], order: Order, rows: &mut Vec<Access>) -> Option<()> {
    let from = &mut &*block;
    rows.clear();
    let count: usize = take(from)?;
    let runs: usize = take(from)?;
    if count > ROWS_MAX || runs > count {
        return None;
    }
    rows.reserve(count);
    let mut lengths = Vec::with_capacity(runs);
    let mut key = 0_u128;
    for _ in 0..runs {
        key = take_key(from, key)?;
        let length = take::<usize>(from)?.checked_add(1)?;
        if rows.len() + length > count {
            return None;
        }
        lengths.push(length);
        let row = keyed(order, key)?;
        rows.resize(rows.len() + length, row);
    }
    if rows.len() != count {
        return None;
    }
    let base = unzigzag(take(from)?);
    let (wide, rest) = from.split_first()?;
    *from = rest;
    let wide = u32::from(*wide).min(64);
    let size: usize = take(from)?;
    if size > count {
        return None;
    }
    let mut dictionary = Vec::with_capacity(size);
    let mut value = 0_u128;
    for _ in 0..size {
        value = take_key(from, value)?;
        dictionary.push(value);
    }
    let forms = [form(from)?, form(from)?, form(from)?, form(from)?];
    let mut bits = BitReader::new(from);
    read_times(rows, &lengths, base, wide, &mut bits);
    read_others(rows, &lengths, order, &dictionary, &mut bits)?;
    let [port, action, source, mark] = forms;
    port.read(rows, &mut bits, |row, v| row.port = v);
    action.read(rows, &mut bits, |row, v| row.action = v);
    source.read(rows, &mut bits, |row, v| row.source = v as u8);
    mark.read(rows, &mut bits, |row, v| row.mark = v);
    (!bits.is_over()).then_some(())
}

fn keyed(order: Order, key: u128) -> Option<Access> {
    let (address, slot) = match order {
        Order::Address => (Address::from_bits(key), 0),
        Order::Account => (Address::from_bits(0), u32::try_from(key).ok()?),
    };
    Some(Access {
        address,
        at: 0,
        slot,
        port: 0,
        action: 0,
        mark: 0,
        source: 0,
    })
}

fn read_times(
    rows: &mut [Access],
    lengths: &[usize],
    base: i64,
    wide: u32,
    bits: &mut BitReader<'_>,
) {
    let mut rest = rows;
    for length in lengths {
        let Some((run, after)) = std::mem::take(&mut rest).split_at_mut_checked(*length) else {
            return;
        };
        rest = after;
        let mut at = base.wrapping_add(bits.get(wide).cast_signed());
        let k = if *length > 1 {
            bits.get(K_BITS) as u32
        } else {
            0
        };
        for (place, row) in run.iter_mut().enumerate() {
            if place > 0 {
                at = at.wrapping_add(bits.get_rice(k).cast_signed());
            }
            row.at = at;
        }
    }
}

fn read_others(
    rows: &mut [Access],
    lengths: &[usize],
    order: Order,
    dictionary: &[u128],
    bits: &mut BitReader<'_>,
) -> Option<()> {
    let wide = width((dictionary.len() as u64).saturating_sub(1));
    let mut rest = rows;
    for length in lengths {
        let (run, after) = std::mem::take(&mut rest).split_at_mut_checked(*length)?;
        rest = after;
        let mut before: Option<u128> = None;
        for row in run {
            let same = before.filter(|_| wide == 0 || bits.get(1) == 1);
            let other = match same {
                Some(other) => other,
                None => *dictionary.get(bits.get(wide) as usize)?,
            };
            before = Some(other);
            match order {
                Order::Address => row.slot = other as u32,
                Order::Account => row.address = Address::from_bits(other),
            }
        }
    }
    Some(())
}

/// How a column is written.
struct Form {
    kind: u8,
    wide: u32,
    base: u16,
}

fn form(from: &mut &[u8]) -> Option<Form> {
    let (kind, rest) = from.split_first()?;
    *from = rest;
    let wide = match kind {
        0 => 0,
        1 | 2 => {
            let (wide, rest) = from.split_first()?;
            *from = rest;
            u32::from(*wide).min(16)
        }
        _ => return None,
    };
    let base = take(from)?;
    Some(Form {
        kind: *kind,
        wide,
        base,
    })
}

impl Form {
    fn read(&self, rows: &mut [Access], bits: &mut BitReader<'_>, set: impl Fn(&mut Access, u16)) {
        let next = |bits: &mut BitReader<'_>| {
            let above = bits.get(self.wide) as u16;
            self.base.wrapping_add(above)
        };
        match self.kind {
            0 => rows.iter_mut().for_each(|row| set(row, self.base)),
            1 => rows.iter_mut().for_each(|row| set(row, next(bits))),
            _ => rows.iter_mut().for_each(|row| {
                let value = if bits.get(1) == 1 { next(bits) } else { 0 };
                set(row, value);
            }),
        }
    }
}

#[cfg(test)]
mod tests;
