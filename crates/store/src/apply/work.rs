//! Operations on jobs that are not gathered into a batch.

use super::Trouble;
use super::single::must_be_there;
use crate::change::WorkOp;
use crate::database::{Param, Transaction, params};
use crate::rows::JobRow;

/// A job's columns as they are inserted, after the tenant.
pub(super) const COLUMNS: &str =
    "job_id, kind, task, timer, lane, party_id, state, run_at, attempts, created_at";

/// Parameters of a job in the order of the tenant and [`COLUMNS`].
pub(super) fn params_of(tenant: &str, row: &JobRow) -> Vec<Param> {
    params![
        tenant,
        row.job,
        row.kind.as_str(),
        row.task.as_str(),
        row.timer.clone(),
        row.lane.clone(),
        row.party,
        row.state.as_str(),
        row.run_at,
        row.attempts,
        row.created_at
    ]
}

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &WorkOp,
) -> Result<(), Trouble> {
    match op {
        WorkOp::Put(row) => {
            let sql = format!(
                "INSERT INTO job (tenant, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                 ON CONFLICT (tenant, timer) WHERE timer IS NOT NULL AND state = 'waiting' DO UPDATE SET \
                 kind = excluded.kind, task = excluded.task, lane = excluded.lane, party_id = excluded.party_id, \
                 run_at = excluded.run_at, attempts = 0, error = NULL, created_at = excluded.created_at"
            );
            tx.execute(sql.into(), params_of(tenant, row)).await?;
        }
        WorkOp::PutAbsent(row) => {
            let there =
                "SELECT job_id FROM job WHERE tenant = $1 AND timer = $2 AND state <> 'dead'";
            let there = tx
                .fetch(there.into(), params![tenant, row.timer.clone()])
                .await?;
            if there.is_empty() {
                let sql = format!(
                    "INSERT INTO job (tenant, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                     ON CONFLICT (tenant, timer) WHERE timer IS NOT NULL AND state = 'waiting' DO NOTHING"
                );
                tx.execute(sql.into(), params_of(tenant, row)).await?;
            }
        }
        WorkOp::Cancel { timer } => {
            let sql = "DELETE FROM job WHERE tenant = $1 AND timer = $2 AND state = 'waiting'";
            tx.execute(sql.into(), params![tenant, timer.as_str()])
                .await?;
        }
        WorkOp::Retry { job, at } => {
            let sql = "UPDATE job SET state = 'waiting', run_at = $3, attempts = 0, error = NULL \
                       WHERE tenant = $1 AND job_id = $2 AND state = 'dead'";
            let changed = tx.execute(sql.into(), params![tenant, *job, *at]).await?;
            must_be_there(changed, || format!("no job `{job}` that was given up"))?;
        }
        WorkOp::Discard { job } => {
            let sql = "DELETE FROM job WHERE tenant = $1 AND job_id = $2 AND state = 'dead'";
            let changed = tx.execute(sql.into(), params![tenant, *job]).await?;
            must_be_there(changed, || format!("no job `{job}` that was given up"))?;
        }
    }
    Ok(())
}
