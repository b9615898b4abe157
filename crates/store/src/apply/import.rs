//! Customers of an earlier system, and the campaigns that verify them.

use super::bulk::Bulk;
use super::single::must_be_there;
use super::{Trouble, single};
use crate::Subject;
use crate::change::ImportOp;
use crate::database::{Param, Transaction, params};
use crate::rows::{CampaignRow, ImportedRow};

/// How rows taken over are written.
pub(super) const IMPORTED: Bulk = Bulk {
    before: "INSERT INTO imported (tenant, token, source, party_id, account_id, content, run_id, at) VALUES ",
    after: "",
    columns: 8,
};

/// How dates within a campaign are written.
pub(super) const CAMPAIGN_ACCOUNT: Bulk = Bulk {
    before: "INSERT INTO campaign_account (tenant, campaign_id, account_id, due_at) VALUES ",
    after: "",
    columns: 4,
};

/// The parties and accounts that an operation adds something to.
pub(super) fn subjects(op: &ImportOp) -> [Option<Subject>; 2] {
    match op {
        ImportOp::Add(row) | ImportOp::Change(row) => [
            Some(Subject::Party(row.party)),
            Some(Subject::Account(row.account)),
        ],
        ImportOp::SetDue {
            account, holder, ..
        } => [
            Some(Subject::Account(*account)),
            Some(Subject::Party(*holder)),
        ],
        ImportOp::OpenCampaign(_) => [None, None],
    }
}

/// The columns of a row taken over.
pub(super) fn added(tenant: &str, row: &ImportedRow) -> Vec<Param> {
    params![
        tenant,
        row.token.clone(),
        row.source.as_str(),
        row.party,
        row.account,
        row.content.clone(),
        row.run.as_str(),
        row.at
    ]
}

/// Runs an operation that a batch does not gather.
pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &ImportOp,
) -> Result<(), Trouble> {
    match op {
        ImportOp::Change(row) => change(tx, tenant, row).await,
        ImportOp::OpenCampaign(row) => open_campaign(tx, tenant, row).await,
        ImportOp::Add(_) | ImportOp::SetDue { .. } => Err(single::refused(
            "this operation is gathered, not run".to_owned(),
        )),
    }
}

async fn change(tx: &mut dyn Transaction, tenant: &str, row: &ImportedRow) -> Result<(), Trouble> {
    let sql = "UPDATE imported SET content = $5, run_id = $6, at = $7 \
               WHERE tenant = $1 AND token = $2 AND party_id = $3 AND account_id = $4";
    let params = params![
        tenant,
        row.token.clone(),
        row.party,
        row.account,
        row.content.clone(),
        row.run.as_str(),
        row.at
    ];
    let changed = tx.execute(sql.into(), params).await?;
    must_be_there(changed, || {
        format!("no row was taken over as account `{}`", row.account)
    })
}

async fn open_campaign(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &CampaignRow,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO campaign (tenant, campaign_id, cohort, first_at, deadline, opened_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let params = params![
        tenant,
        row.campaign.as_str(),
        row.cohort.as_str(),
        row.first_at,
        row.deadline,
        row.opened_at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}
