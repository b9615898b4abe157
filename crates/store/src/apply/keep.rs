//! Runs the operations of keeping.

use super::Trouble;
use crate::database::{Transaction, params};
use crate::{ApplyError, KeepOp};

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &KeepOp,
) -> Result<(), Trouble> {
    match op {
        KeepOp::Bury(row) => {
            let sql = "INSERT INTO erased (tenant, party_id, erased_at, ground, record_id) VALUES ($1, $2, $3, $4, $5)";
            let ground = row.ground.as_str();
            let params = params![tenant, row.party, row.erased_at, ground, row.record];
            tx.execute(sql.into(), params).await?;
            let sql = "INSERT INTO erased_account (tenant, account_id, party_id) \
                       SELECT tenant, account_id, holder FROM account WHERE tenant = $1 AND holder = $2";
            tx.execute(sql.into(), params![tenant, row.party]).await?;
        }
        KeepOp::CutEntry {
            party,
            record,
            envelope,
        } => {
            let sql = "UPDATE entry SET envelope = $4 WHERE tenant = $1 AND party_id = $2 AND record_id = $3";
            let params = params![tenant, *party, *record, envelope.clone()];
            if tx.execute(sql.into(), params).await? == 0 {
                let why = format!("party `{party}` has no entry of record `{record}`");
                return Err(Trouble::Change(ApplyError::Refused(why)));
            }
        }
        KeepOp::Expired(row) => {
            let sql = "INSERT INTO expired (tenant, party_id, record_id, class, at, ground) VALUES ($1, $2, $3, $4, $5, $6)";
            let (class, ground) = (row.class.as_str(), row.ground.as_str());
            let params = params![tenant, row.party, row.record, class, row.at, ground];
            tx.execute(sql.into(), params).await?;
        }
        KeepOp::EndReviews { party } => {
            let sql = "UPDATE account SET review_at = NULL WHERE tenant = $1 AND holder = $2";
            tx.execute(sql.into(), params![tenant, *party]).await?;
        }
    }
    Ok(())
}
