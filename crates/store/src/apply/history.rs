//! Slots, assignments and segments.

use super::Trouble;
use super::bulk::{Bulk, run as bulk};
use super::single::{must_be_there, refused};
use crate::change::HistoryOp;
use crate::database::{Param, Transaction, params};
use crate::read::{SPANS, span_of};
use crate::rows::{AssignmentRow, SegmentRow, SlotRow};

const SLOT: Bulk = Bulk {
    before: "INSERT INTO address_slot (tenant, slot, token, name, account_id, referred_to, unlinked_at) VALUES ",
    after: "",
    columns: 7,
};

const ASSIGNMENT: Bulk = Bulk {
    before: "INSERT INTO assignment (tenant, bits, span, first, from_at, port_from, transport, known_at, last, port_to, \
             to_at, slot, resource, source, precision_us, superseded_at) VALUES ",
    after: "",
    columns: 16,
};

const SHAPE: Bulk = Bulk {
    before: "INSERT INTO assignment_shape (tenant, bits, span) VALUES ",
    after: " ON CONFLICT (tenant, bits, span) DO NOTHING",
    columns: 3,
};

/// Runs an operation.
pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &HistoryOp,
) -> Result<(), Trouble> {
    match op {
        HistoryOp::AddSlots(rows) => {
            let rows = rows.iter().map(|row| slot(tenant, row)).collect();
            bulk(tx, &SLOT, rows).await?;
        }
        HistoryOp::JoinSlot { slot, account } => {
            let sql = "UPDATE address_slot SET account_id = $3 WHERE tenant = $1 AND slot = $2 AND unlinked_at IS NULL";
            let params = params![tenant, i64::from(*slot), *account];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("no linked slot {slot}"))?;
        }
        HistoryOp::ReferSlot { slot, to } => {
            let sql = "UPDATE address_slot SET referred_to = $3 WHERE tenant = $1 AND slot = $2 AND unlinked_at IS NULL";
            let params = params![tenant, i64::from(*slot), to.clone()];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("no linked slot {slot}"))?;
        }
        HistoryOp::UnlinkSlot { slot, at } => {
            let sql = "UPDATE address_slot SET token = NULL, name = NULL, account_id = NULL, referred_to = NULL, \
                       unlinked_at = $3 WHERE tenant = $1 AND slot = $2 AND unlinked_at IS NULL";
            let params = params![tenant, i64::from(*slot), *at];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("no linked slot {slot}"))?;
        }
        HistoryOp::Assign {
            superseded,
            at,
            rows,
        } => {
            for row in superseded {
                supersede(tx, tenant, row, (*at).into()).await?;
            }
            assign(tx, tenant, rows).await?;
        }
        HistoryOp::AddSegment(row) => add_segment(tx, tenant, row).await?,
        HistoryOp::EndSegment { name, record, at } => {
            let sql = "UPDATE access_segment SET gone_record_id = $3, gone_at = $4 \
                       WHERE tenant = $1 AND name = $2 AND gone_at IS NULL";
            let params = params![tenant, name.as_str(), *record, *at];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("no live segment `{name}`"))?;
        }
    }
    Ok(())
}

fn slot(tenant: &str, row: &SlotRow) -> Vec<Param> {
    params![
        tenant,
        i64::from(row.slot),
        row.token.clone(),
        row.name.clone(),
        row.account,
        row.referred_to.clone(),
        row.unlinked_at
    ]
}

async fn supersede(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &AssignmentRow,
    at: Param,
) -> Result<(), Trouble> {
    let sql = "UPDATE assignment SET superseded_at = $9 WHERE tenant = $1 AND bits = $2 AND span = $3 AND first = $4 \
               AND from_at = $5 AND port_from = $6 AND transport = $7 AND known_at = $8 AND superseded_at IS NULL";
    let mut params = params![
        tenant,
        i64::from(row.bits),
        span_of(row),
        row.first.to_vec(),
        row.from,
        i64::from(row.port_from),
        i64::from(row.transport),
        row.known_at
    ];
    params.push(at);
    let changed = tx.execute(sql.into(), params).await?;
    must_be_there(changed, || {
        "the assignment is believed no longer".to_owned()
    })
}

async fn assign(
    tx: &mut dyn Transaction,
    tenant: &str,
    rows: &[AssignmentRow],
) -> Result<(), Trouble> {
    let mut sorted: Vec<&AssignmentRow> = rows.iter().collect();
    sorted.sort_unstable_by_key(|r| (r.first, r.from));
    let found = crate::read::overlapping_in(tx, tenant, rows).await?;
    if !found.is_empty() || among_themselves(rows) {
        return Err(refused(
            "an assignment overlaps another: two accounts cannot hold the same at once".to_owned(),
        ));
    }
    let mut shapes: Vec<(u8, i64)> = rows.iter().map(|r| (r.bits, span_of(r))).collect();
    shapes.sort_unstable();
    shapes.dedup();
    let shapes = shapes
        .into_iter()
        .map(|(bits, span)| params![tenant, i64::from(bits), span]);
    bulk(tx, &SHAPE, shapes.collect()).await?;
    let rows = sorted.into_iter().map(|row| {
        debug_assert!((0..SPANS).contains(&span_of(row)));
        params![
            tenant,
            i64::from(row.bits),
            span_of(row),
            row.first.to_vec(),
            row.from,
            i64::from(row.port_from),
            i64::from(row.transport),
            row.known_at,
            row.last.to_vec(),
            i64::from(row.port_to),
            row.to,
            i64::from(row.slot),
            row.resource.as_str(),
            row.source.as_str(),
            row.precision_us,
            row.superseded_at
        ]
    });
    bulk(tx, &ASSIGNMENT, rows.collect()).await?;
    Ok(())
}

/// Whether rows of one change overlap each other.
fn among_themselves(rows: &[AssignmentRow]) -> bool {
    let mut sorted: Vec<&AssignmentRow> =
        rows.iter().filter(|r| r.superseded_at.is_none()).collect();
    sorted.sort_unstable_by_key(|r| (r.first, r.from));
    sorted.iter().enumerate().any(|(place, row)| {
        let rest = sorted.get(place + 1..).unwrap_or_default();
        let near = rest.iter().take_while(|other| other.first <= row.last);
        near.into_iter().any(|other| row.overlaps(other))
    })
}

async fn add_segment(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &SegmentRow,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO access_segment (tenant, name, digest, row_count, first_at, last_at, record_id, recorded_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let rows = i64::try_from(row.rows).unwrap_or(i64::MAX);
    let params = params![
        tenant,
        row.name.as_str(),
        row.digest.as_str(),
        rows,
        row.first,
        row.last,
        row.record,
        row.recorded_at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}
