//! Runs the operations of keeping.

use super::Trouble;
use crate::database::{Transaction, params};
use crate::rows::ErasedRow;
use crate::{ApplyError, KeepOp};

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &KeepOp,
) -> Result<(), Trouble> {
    match op {
        KeepOp::Bury(row) => {
            bury(tx, tenant, row).await?;
            let sql = "INSERT INTO erased_account (tenant, account_id, party_id) \
                       SELECT tenant, account_id, holder FROM account WHERE tenant = $1 AND holder = $2";
            tx.execute(sql.into(), params![tenant, row.party]).await?;
        }
        KeepOp::BuryAgain(row) => bury_again(tx, tenant, row).await?,
        KeepOp::CutRecorded { party } => {
            let sql = "DELETE FROM cut_again WHERE tenant = $1 AND party_id = $2";
            if tx.execute(sql.into(), params![tenant, *party]).await? == 0 {
                let what = "cut_again".to_owned();
                return Err(Trouble::Change(ApplyError::Duplicate { what }));
            }
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

async fn bury(tx: &mut dyn Transaction, tenant: &str, row: &ErasedRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO erased (tenant, party_id, erased_at, ground, record_id) VALUES ($1, $2, $3, $4, $5)";
    let ground = row.ground.as_str();
    let params = params![tenant, row.party, row.erased_at, ground, row.record];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

/// The accounts that it held were remembered when it was taken out of the copy.
async fn bury_again(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &ErasedRow,
) -> Result<(), Trouble> {
    let sql = "DELETE FROM erased_again WHERE tenant = $1 AND party_id = $2";
    if tx.execute(sql.into(), params![tenant, row.party]).await? == 0 {
        let what = "erased_again".to_owned();
        return Err(Trouble::Change(ApplyError::Duplicate { what }));
    }
    let sql = "SELECT party_id FROM party WHERE tenant = $1 AND party_id = $2";
    let there = tx.fetch(sql.into(), params![tenant, row.party]).await?;
    if !there.is_empty() {
        let why = format!("party `{}` is there: it cannot be buried again", row.party);
        return Err(Trouble::Change(ApplyError::Refused(why)));
    }
    bury(tx, tenant, row).await
}
