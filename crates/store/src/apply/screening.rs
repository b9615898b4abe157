//! Runs the operations of rescreening.

use super::Trouble;
use super::bulk::Bulk;
use super::single::must_be_there;
use crate::ScreeningOp;
use crate::database::{Param, Transaction, params};

/// A profile has one row, whichever came last.
pub(super) const PROFILE: Bulk = Bulk {
    before: "INSERT INTO screening_profile (tenant, party_id, sealed) VALUES ",
    after: " ON CONFLICT (tenant, party_id) DO UPDATE SET sealed = excluded.sealed",
    columns: 3,
};

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &ScreeningOp,
) -> Result<(), Trouble> {
    match op {
        ScreeningOp::PutProfile { party, sealed } => {
            super::bulk::run(tx, &PROFILE, vec![params![tenant, *party, sealed.clone()]]).await?;
        }
        ScreeningOp::DropProfile { party } => {
            let sql = "DELETE FROM screening_profile WHERE tenant = $1 AND party_id = $2";
            tx.execute(sql.into(), params![tenant, *party]).await?;
        }
        ScreeningOp::Begin(row) => {
            let sql = "INSERT INTO rescreening (tenant, record_id, list, from_digest, to_digest, started_at, after_party, \
                       parties, screened, alerts, ended, finished_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
            let mut values: Vec<Param> = params![
                tenant,
                row.record,
                row.list.as_str(),
                row.from.clone(),
                row.to.as_str(),
                row.started_at,
                row.after
            ];
            values.extend([row.parties, row.screened, row.alerts, row.ended].map(count));
            values.extend(params![row.finished_at]);
            tx.execute(sql.into(), values).await?;
        }
        ScreeningOp::Advance {
            record,
            after,
            counts,
            finished_at,
        } => {
            let sql = "UPDATE rescreening SET after_party = $3, parties = parties + $4, screened = screened + $5, \
                       alerts = alerts + $6, ended = ended + $7, finished_at = $8 \
                       WHERE tenant = $1 AND record_id = $2 AND finished_at IS NULL";
            let mut values: Vec<Param> = params![tenant, *record, *after];
            values.extend(counts.map(count));
            values.extend(params![*finished_at]);
            let changed = tx.execute(sql.into(), values).await?;
            must_be_there(changed, || format!("no rescreening `{record}` under way"))?;
        }
    }
    Ok(())
}

fn count(count: u64) -> Param {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
