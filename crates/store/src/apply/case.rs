//! Writing cases.

use super::Trouble;
use crate::database::{Param, Transaction, params};
use crate::rows::{CaseEntryRow, CaseRow};
use crate::{ApplyError, CaseOp, Subject};

/// The parameters of a new case, in the order of the gathered statement.
pub(super) fn opened(tenant: &str, row: &CaseRow) -> Vec<Param> {
    let mut params = params![tenant, row.case, 1, row.kind.as_str()];
    params.extend(params![
        row.party,
        row.account,
        row.parent,
        i64::from(row.restricted),
        row.opened_by.as_str(),
        row.opened_at
    ]);
    params.extend(changeable(row));
    params
}

/// What can change of a case.
fn changeable(row: &CaseRow) -> Vec<Param> {
    params![
        row.state.as_str(),
        row.assignee.clone(),
        row.proposed_by.clone(),
        row.decided_by.clone(),
        row.approved_by.clone(),
        row.second.map(|s| s.as_str().to_owned()),
        row.outcome.map(|o| o.as_str().to_owned()),
        row.clock.earliest,
        row.clock.latest,
        row.overdue_at,
        row.decided_at,
        row.closed_at
    ]
}

/// The parameters of an entry, in the order of the gathered statement.
pub(super) fn entry(tenant: &str, row: &CaseEntryRow) -> Vec<Param> {
    params![
        tenant,
        row.case,
        row.record,
        row.party,
        row.kind.as_str(),
        row.actor.as_str(),
        row.at,
        row.text.clone()
    ]
}

/// Runs an operation that a batch does not gather.
pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &CaseOp,
) -> Result<(), Trouble> {
    let CaseOp::Update(row) = op else {
        let why = "this operation is gathered, not run".to_owned();
        return Err(Trouble::Change(ApplyError::Refused(why)));
    };
    let sql = "UPDATE case_file SET version = $3 + 1, state = $4, assignee = $5, proposed_by = $6, decided_by = $7, \
               approved_by = $8, second = $9, outcome = $10, earliest_at = $11, due_at = $12, overdue_at = $13, \
               decided_at = $14, closed_at = $15 WHERE tenant = $1 AND case_id = $2 AND version = $3";
    let mut params = params![tenant, row.case, row.version];
    params.extend(changeable(row));
    if tx.execute(sql.into(), params).await? == 0 {
        let subject = Subject::Case(row.case);
        return Err(Trouble::Change(ApplyError::Conflict { subject }));
    }
    Ok(())
}
