//! Look-ups in the histories of addresses.
//!
//! Assignments are found by the prefix that an address has at each length there is, and by class of duration: those of a
//! class that hold at an instant began at most so long before it. A look-up therefore reads few rows more than it gives,
//! whatever the age of the history.

use bonafide_model::{AccountId, Timestamp};

use super::number;
use crate::database::{Param, Transaction, params};
use crate::row::{Reader, Row};
use crate::rows::{AssignmentRow, SegmentRow, SlotRow};
use crate::{Store, StoreError};

/// Questions of one look-up: a handful of parameters each, well below what either engine takes.
pub const ASSIGNMENT_QUESTIONS_MAX: usize = 1024;
/// Tokens or slots of one look-up.
pub const SLOTS_MAX: usize = 8192;

const HOUR_US: i64 = 3_600_000_000;
/// The longest that an assignment of a class lasts; the last class is of all others.
const LONGEST: [i64; 4] = [
    HOUR_US,
    24 * HOUR_US,
    32 * 24 * HOUR_US,
    1100 * 24 * HOUR_US,
];
/// Classes of duration.
pub(crate) const SPANS: i64 = LONGEST.len() as i64 + 1;

const SLOT: &str = "slot, token, name, account_id, referred_to, unlinked_at";
const ASSIGNMENT: &str = "a.bits, a.first, a.last, a.port_from, a.port_to, a.transport, a.from_at, a.to_at, a.slot, \
                          a.resource, a.source, a.precision_us, a.known_at, a.superseded_at";
const SEGMENT: &str =
    "name, digest, row_count, first_at, last_at, record_id, recorded_at, gone_record_id, gone_at";

/// The class of duration of an assignment.
pub(crate) fn span_of(row: &AssignmentRow) -> i64 {
    let lasts = row.to.saturating_sub(row.from);
    LONGEST
        .iter()
        .position(|l| lasts <= *l)
        .map_or(SPANS - 1, |p| number(p))
}

/// Who held an address at an instant, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentQuestion {
    /// The address, as the 16 bytes of IPv6.
    pub address: [u8; 16],
    /// When.
    pub at: i64,
}

fn small<T: TryFrom<i64>>(row: &mut Reader, column: &'static str) -> Result<T, StoreError> {
    let value = row.int(column)?;
    T::try_from(value).map_err(|_| row.corrupt(column, format!("{value} is out of range")))
}

fn address(row: &mut Reader, column: &'static str) -> Result<[u8; 16], StoreError> {
    let bytes = row.blob(column)?;
    bytes
        .try_into()
        .map_err(|_| row.corrupt(column, "an address has 16 bytes"))
}

fn slot_row(row: Row) -> Result<SlotRow, StoreError> {
    let mut row = Reader::new("address_slot", row);
    Ok(SlotRow {
        slot: small(&mut row, "slot")?,
        token: row.opt_blob("token")?,
        name: row.opt_blob("name")?,
        account: row.opt_id("account_id")?,
        referred_to: row.opt_text("referred_to")?,
        unlinked_at: row.opt_time("unlinked_at")?,
    })
}

fn assignment_row(row: &mut Reader) -> Result<AssignmentRow, StoreError> {
    Ok(AssignmentRow {
        bits: small(row, "bits")?,
        first: address(row, "first")?,
        last: address(row, "last")?,
        port_from: small(row, "port_from")?,
        port_to: small(row, "port_to")?,
        transport: small(row, "transport")?,
        from: row.int("from_at")?,
        to: row.int("to_at")?,
        slot: small(row, "slot")?,
        resource: row.text("resource")?,
        source: row.text("source")?,
        precision_us: row.int("precision_us")?,
        known_at: row.time("known_at")?,
        superseded_at: row.opt_time("superseded_at")?,
    })
}

fn segment_row(row: Row) -> Result<SegmentRow, StoreError> {
    let mut row = Reader::new("access_segment", row);
    let (name, digest) = (row.text("name")?, row.text("digest")?);
    let (rows, first, last) = (
        row.number("row_count")?,
        row.int("first_at")?,
        row.int("last_at")?,
    );
    let (record, recorded_at) = (row.id("record_id")?, row.time("recorded_at")?);
    let gone = row.opt_id("gone_record_id")?.zip(row.opt_time("gone_at")?);
    Ok(SegmentRow {
        name,
        digest,
        rows,
        first,
        last,
        record,
        recorded_at,
        gone,
    })
}

fn masked(address: [u8; 16], bits: i64) -> Vec<u8> {
    let bits = u32::try_from(bits.clamp(0, 128)).unwrap_or(0);
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    (u128::from_be_bytes(address) & mask).to_be_bytes().to_vec()
}

/// Prefix lengths and classes that there are.
type Shapes = Vec<(i64, i64)>;

const SHAPES: &str =
    "SELECT bits, span FROM assignment_shape WHERE tenant = $1 ORDER BY bits, span";

fn shapes(rows: Vec<Row>) -> Result<Shapes, StoreError> {
    let read = |row| {
        let mut row = Reader::new("assignment_shape", row);
        Ok((row.int("bits")?, row.int("span")?))
    };
    rows.into_iter().map(read).collect()
}

/// `WITH q(n, a, b, p0, …) AS (VALUES …)`, filled up to a power of two with the last row, which is found again.
fn questions(rows: usize, columns: usize, names: &str) -> String {
    use std::fmt::Write as _;
    let mut sql = format!("WITH q(n, {names}) AS (VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { "), (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(sql, "{comma}${}", row * columns + column + 3);
        }
    }
    sql.push_str(")) ");
    sql
}

fn began_after(span: i64, place: &str) -> String {
    let longest = usize::try_from(span).ok().and_then(|s| LONGEST.get(s));
    longest.map_or_else(String::new, |l| format!(" AND a.from_at >= {place} - {l}"))
}

impl Store {
    /// The slots that have these tokens.
    ///
    /// # Errors
    /// If there are more than [`SLOTS_MAX`], the database fails or a row is damaged.
    pub async fn slots_by_token(
        &self,
        tenant: &str,
        tokens: &[Vec<u8>],
    ) -> Result<Vec<SlotRow>, StoreError> {
        let tokens = tokens.iter().map(|t| t.clone().into()).collect();
        self.slots_where(tenant, "token", tokens).await
    }

    /// Slots by their numbers.
    ///
    /// # Errors
    /// If there are more than [`SLOTS_MAX`], the database fails or a row is damaged.
    pub async fn slots(&self, tenant: &str, slots: &[u32]) -> Result<Vec<SlotRow>, StoreError> {
        let slots = slots.iter().map(|s| i64::from(*s).into()).collect();
        self.slots_where(tenant, "slot", slots).await
    }

    /// The slots that stand for an account.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn slots_of(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<Vec<SlotRow>, StoreError> {
        self.slots_where(tenant, "account_id", vec![account.into()])
            .await
    }

    async fn slots_where(
        &self,
        tenant: &str,
        column: &str,
        values: Vec<Param>,
    ) -> Result<Vec<SlotRow>, StoreError> {
        if values.len() > SLOTS_MAX {
            let message = format!("a look-up has at most {SLOTS_MAX} slots");
            return Err(StoreError::Refused(message));
        }
        let Some(last) = values.last().cloned() else {
            return Ok(Vec::new());
        };
        let count = values.len().next_power_of_two();
        let places = super::places(2, count);
        let mut params = params![tenant];
        params.extend(
            values
                .into_iter()
                .chain(std::iter::repeat(last))
                .take(count),
        );
        let sql = format!(
            "SELECT {SLOT} FROM address_slot WHERE tenant = $1 AND {column} IN ({places}) ORDER BY slot"
        );
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(slot_row).collect()
    }

    /// Slots that stand for no account yet and were not unlinked, in the order of their numbers.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn unjoined_slots(
        &self,
        tenant: &str,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Vec<SlotRow>, StoreError> {
        let sql = format!(
            "SELECT {SLOT} FROM address_slot WHERE tenant = $1 AND slot > $2 AND account_id IS NULL \
             AND unlinked_at IS NULL ORDER BY slot LIMIT $3"
        );
        let after = after.map_or(-1, i64::from);
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        rows.into_iter().map(slot_row).collect()
    }

    /// Slots that stand for an account, in the order of their numbers.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn joined_slots(
        &self,
        tenant: &str,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Vec<SlotRow>, StoreError> {
        let sql = format!(
            "SELECT {SLOT} FROM address_slot WHERE tenant = $1 AND slot > $2 AND account_id IS NOT NULL \
             ORDER BY slot LIMIT $3"
        );
        let after = after.map_or(-1, i64::from);
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        rows.into_iter().map(slot_row).collect()
    }

    /// The number that the next slot gets, unless somebody else is faster.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn next_slot(&self, tenant: &str) -> Result<u32, StoreError> {
        let sql = "SELECT COALESCE(MAX(slot), 0) + 1 FROM address_slot WHERE tenant = $1";
        let rows = self.rows(sql, params![tenant]).await?;
        let row = rows.into_iter().next().unwrap_or_default();
        small(&mut Reader::new("address_slot", row), "slot")
    }

    /// Who held each address at its instant, with the place of the question; as was believed at `known`.
    ///
    /// # Errors
    /// If there are more than [`ASSIGNMENT_QUESTIONS_MAX`] questions, the database fails or a row is damaged.
    pub async fn assignments_at(
        &self,
        tenant: &str,
        asked: &[AssignmentQuestion],
        known: Timestamp,
    ) -> Result<Vec<(usize, AssignmentRow)>, StoreError> {
        if asked.len() > ASSIGNMENT_QUESTIONS_MAX {
            let message = format!("a look-up has at most {ASSIGNMENT_QUESTIONS_MAX} questions");
            return Err(StoreError::Refused(message));
        }
        let shapes = shapes(self.rows(SHAPES, params![tenant]).await?)?;
        if shapes.is_empty() || asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut bits: Vec<i64> = shapes.iter().map(|(b, _)| *b).collect();
        bits.dedup();
        let count = asked.len().next_power_of_two();
        let names: Vec<String> = (0..bits.len()).map(|n| format!("p{n}")).collect();
        let names = format!("at, {}", names.join(", "));
        let mut sql = questions(count, 2 + bits.len(), &names);
        for (place, (length, span)) in shapes.iter().enumerate() {
            let column = bits.iter().position(|b| b == length).unwrap_or(0);
            let union = if place == 0 { "" } else { " UNION ALL " };
            let began = began_after(*span, "q.at");
            sql.push_str(&format!(
                "{union}SELECT q.n, {ASSIGNMENT} FROM q CROSS JOIN assignment a WHERE a.tenant = $1 AND a.bits = {length} \
                 AND a.span = {span} AND a.first = q.p{column} AND a.from_at <= q.at{began} AND a.to_at > q.at \
                 AND a.known_at <= $2 AND (a.superseded_at IS NULL OR a.superseded_at > $2)"
            ));
        }
        let mut params = params![tenant, known];
        let numbered = asked.iter().enumerate();
        let last = asked.len() - 1;
        let filled = numbered.chain(asked.iter().skip(last).map(|q| (usize::MAX, q)).cycle());
        for (place, question) in filled.take(count) {
            params.push(number(place).into());
            params.push(question.at.into());
            for length in &bits {
                params.push(masked(question.address, *length).into());
            }
        }
        let rows = self.rows(sql, params).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let mut row = Reader::new("assignment", row);
            let place = usize::try_from(row.int("n")?).unwrap_or(usize::MAX);
            if place < asked.len() {
                found.push((place, assignment_row(&mut row)?));
            }
        }
        Ok(found)
    }

    /// Assignments that are believed and overlap one of these, with its place.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn overlapping_assignments(
        &self,
        tenant: &str,
        rows: &[AssignmentRow],
    ) -> Result<Vec<(usize, AssignmentRow)>, StoreError> {
        let mut tx = self.database.snapshot().await?;
        let found = overlapping_in(&mut *tx, tenant, rows).await;
        tx.rollback().await?;
        found
    }

    /// What an account was given, oldest first, as was believed at `known`.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn assignments_of(
        &self,
        tenant: &str,
        slot: u32,
        (from, to): (i64, i64),
        known: Timestamp,
        limit: usize,
    ) -> Result<Vec<AssignmentRow>, StoreError> {
        let sql = format!(
            "SELECT {ASSIGNMENT} FROM assignment a WHERE a.tenant = $1 AND a.slot = $2 AND a.to_at > $3 AND a.from_at <= $4 \
             AND a.known_at <= $5 AND (a.superseded_at IS NULL OR a.superseded_at > $5) ORDER BY a.from_at, a.first LIMIT $6"
        );
        let params = params![tenant, i64::from(slot), from, to, known, number(limit)];
        let rows = self.rows(sql, params).await?;
        let read = |row| assignment_row(&mut Reader::new("assignment", row));
        rows.into_iter().map(read).collect()
    }

    /// The segments that the ledger knows, those that are no more too.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn access_segments(&self, tenant: &str) -> Result<Vec<SegmentRow>, StoreError> {
        let sql = format!("SELECT {SEGMENT} FROM access_segment WHERE tenant = $1 ORDER BY name");
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(segment_row).collect()
    }
}

/// Rows of one statement that looks for overlaps.
const OVERLAP_ROWS: usize = 256;

/// Assignments that are believed and overlap one of these, with its place.
pub(crate) async fn overlapping_in(
    tx: &mut dyn Transaction,
    tenant: &str,
    rows: &[AssignmentRow],
) -> Result<Vec<(usize, AssignmentRow)>, StoreError> {
    let shapes = shapes(tx.fetch(SHAPES.into(), params![tenant]).await?)?;
    let mut found = Vec::new();
    let numbered: Vec<(usize, &AssignmentRow)> = rows.iter().enumerate().collect();
    for some in numbered.chunks(OVERLAP_ROWS) {
        for (bits, span) in &shapes {
            let count = some.len().next_power_of_two();
            let began = began_after(*span, "q.f");
            let mut sql = questions(count, 5, "f, t, p, l");
            sql.push_str(&format!(
                "SELECT q.n, {ASSIGNMENT} FROM q CROSS JOIN assignment a WHERE a.tenant = $1 AND a.bits = {bits} \
                 AND a.span = {span} AND a.first >= q.p AND a.first <= q.l AND a.from_at < q.t{began} AND a.to_at > q.f \
                 AND a.superseded_at IS NULL AND a.slot >= $2"
            ));
            let mut params = params![tenant, 0_i64];
            let last = some.len() - 1;
            for (place, row) in some
                .iter()
                .chain(some.iter().skip(last).cycle())
                .take(count)
            {
                // Where the other is wider, it begins at one place; where it is narrower, anywhere within.
                let begin = masked(row.first, *bits);
                let end = if *bits <= i64::from(row.bits) {
                    begin.clone()
                } else {
                    row.last.to_vec()
                };
                params.extend([number(*place).into(), row.from.into(), row.to.into()]);
                params.extend([begin.into(), end.into()]);
            }
            for row in tx.fetch(sql.into(), params).await? {
                let mut row = Reader::new("assignment", row);
                let place = usize::try_from(row.int("n")?).unwrap_or(usize::MAX);
                let other = assignment_row(&mut row)?;
                let is_new = |f: &(usize, AssignmentRow)| f.0 != place || f.1 != other;
                if rows.get(place).is_some_and(|r| r.overlaps(&other)) && found.iter().all(is_new) {
                    found.push((place, other));
                }
            }
        }
    }
    Ok(found)
}
