//! Operations on staff, grants and the log of what was opened, run one by one.

use super::Trouble;
use super::single::must_be_there;
use crate::ApplyError;
use crate::change::AccessOp;
use crate::database::{DbError, Transaction, params};
use crate::rows::{AllowanceRow, OpeningRow, RestorationRow, SearchRow};

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &AccessOp,
) -> Result<(), Trouble> {
    match op {
        AccessOp::AddStaff(row) => {
            let sql = "INSERT INTO staff (tenant, handle, created_at, suspended_at, envelope) \
                       VALUES ($1, $2, $3, $4, $5)";
            let handle = row.handle.as_str();
            let envelope = row.envelope.clone();
            let params = params![tenant, handle, row.created_at, row.suspended_at, envelope];
            tx.execute(sql.into(), params).await?;
        }
        AccessOp::SuspendStaff { handle, at } => {
            let sql = "UPDATE staff SET suspended_at = $3 WHERE tenant = $1 AND handle = $2";
            let params = params![tenant, handle.as_str(), *at];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("no member of staff `{handle}`"))?;
        }
        AccessOp::Grant(row) => {
            let sql = "INSERT INTO staff_grant (tenant, handle, role, granted_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, handle, role) DO UPDATE SET \
                       granted_at = excluded.granted_at, expires_at = excluded.expires_at";
            let (handle, role) = (row.handle.as_str(), row.role.as_str());
            let params = params![tenant, handle, role, row.granted_at, row.expires_at];
            tx.execute(sql.into(), params).await?;
        }
        AccessOp::Revoke { handle, role } => {
            let sql = "DELETE FROM staff_grant WHERE tenant = $1 AND handle = $2 AND role = $3";
            let params = params![tenant, handle.as_str(), role.as_str()];
            let changed = tx.execute(sql.into(), params).await?;
            must_be_there(changed, || format!("`{handle}` was not granted `{role}`"))?;
        }
        AccessOp::AddOpening(row) => add_opening(tx, tenant, row).await?,
        AccessOp::Allow(row) => allow(tx, tenant, row).await?,
        AccessOp::AddSearch(row) => add_search(tx, tenant, row).await?,
        AccessOp::RecordRestoration(row) => {
            if put_restoration(tx, tenant, row).await? == 0 {
                let what = "restoration".to_owned();
                return Err(Trouble::Change(ApplyError::Duplicate { what }));
            }
        }
    }
    Ok(())
}

async fn add_opening(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &OpeningRow,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO opening (tenant, party_id, record_id, actor, purpose, case_id, fields, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        tenant,
        row.party,
        row.record,
        row.actor.as_str(),
        row.purpose.as_str(),
        row.case.as_str(),
        row.fields.as_str(),
        row.at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn allow(tx: &mut dyn Transaction, tenant: &str, row: &AllowanceRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO opening_allowance (tenant, actor, record_id, allowed_by, more, at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        tenant,
        row.actor.as_str(),
        row.record,
        row.allowed_by.as_str(),
        row.more,
        row.at,
        row.expires_at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn add_search(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &SearchRow,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO search_made (tenant, actor, record_id, purpose, attribute, found, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        tenant,
        row.actor.as_str(),
        row.record,
        row.purpose.as_str(),
        row.attribute.as_str(),
        row.found,
        row.at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

/// Inserts a restoration, or its record where it has none; gives how many rows changed.
pub(crate) async fn put_restoration(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &RestorationRow,
) -> Result<u64, DbError> {
    let sql = "INSERT INTO restoration (tenant, at, what, source, source_at, actor, asked, record_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, at, what) DO UPDATE \
               SET record_id = excluded.record_id WHERE restoration.record_id IS NULL";
    let params = params![
        tenant,
        row.at,
        row.what.as_str(),
        row.source.as_str(),
        row.source_at,
        row.actor.as_str(),
        row.asked.as_str(),
        row.record
    ];
    tx.execute(sql.into(), params).await
}
