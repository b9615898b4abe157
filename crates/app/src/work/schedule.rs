//! What is done again and again, for every tenant: a scheduled task is a timer that is put again when it was done.
//!
//! Two processes may both put it: at most one of a name waits, so it is done once.

use bonafide_model::Timestamp;
use bonafide_store::{Change, Op, WorkOp};

use super::{Enqueue, Task};
use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

/// Accounts whose judgement is due that are made into jobs in one pass; the others are found in the next.
const DUE_MAX: usize = 500;
/// The name of an account's timer, before its id.
const JUDGE: &str = "judge:";

impl App {
    /// Puts jobs for accounts whose judgement can have changed by time alone; gives how many.
    pub(super) async fn put_due_accounts(
        &self,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<usize, AppError> {
        let due = self
            .store()
            .accounts_due(&tenant.name, now, JUDGE, DUE_MAX)
            .await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut ops = Vec::with_capacity(due.len());
        for (account, holder) in &due {
            let how = Enqueue {
                timer: Some(format!("{JUDGE}{account}")),
                party: Some(*holder),
                ..Enqueue::default()
            };
            let row = self.job_row(&Task::Judge { account: *account }, now, how)?;
            ops.push(Op::Work(WorkOp::PutAbsent(row)));
        }
        let change = Change {
            tenant: tenant.name.clone(),
            expect: Vec::new(),
            ops,
        };
        self.writer().commit(change).await?;
        Ok(due.len())
    }
}
