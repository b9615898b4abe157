//! What is done again and again, for every tenant: a scheduled task is a timer that is put again when it was done.
//!
//! Two processes may both put it: at most one of a name waits, so it is done once. The first time is one period after a
//! tenant was made. One that was given up stays to be looked at, and the next is put all the same.

use bonafide_model::Timestamp;
use bonafide_store::{Change, Op, WorkOp};

use super::{Enqueue, Task};
use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

/// A task that comes again.
struct Schedule {
    /// Its timer's name.
    timer: &'static str,
    /// What is done.
    task: Task,
    /// From the end of one time to the beginning of the next.
    every_ms: i64,
}

/// Everything that comes again.
const SCHEDULES: &[Schedule] = &[
    Schedule {
        timer: "schedule:forget_answers",
        task: Task::ForgetAnswers,
        every_ms: 60 * 60 * 1000,
    },
    Schedule {
        timer: "schedule:expire",
        task: Task::Expire,
        every_ms: bonafide_model::DAY_MS,
    },
    Schedule {
        timer: "schedule:prune_events",
        task: Task::PruneEvents,
        every_ms: 60 * 60 * 1000,
    },
    Schedule {
        timer: "schedule:keep_history",
        task: Task::KeepHistory,
        every_ms: 60 * 60 * 1000,
    },
];

/// Accounts whose judgement is due that are made into jobs in one pass; the others are found in the next.
const DUE_MAX: usize = 500;
/// The name of a list's timer, before its name.
const SYNC: &str = "schedule:sync_list:";
const HOUR_MS: i64 = 60 * 60 * 1000;
/// The name of an account's timer, before its id.
const JUDGE: &str = "judge:";

impl App {
    /// Puts what comes again and neither waits nor runs.
    pub(super) async fn put_schedules(&self, tenant: &Tenant) -> Result<(), AppError> {
        let now = self.now();
        let mut ops = Vec::with_capacity(SCHEDULES.len());
        for schedule in SCHEDULES {
            let how = Enqueue {
                timer: Some(schedule.timer.to_owned()),
                ..Enqueue::default()
            };
            let row = self.job_row(&schedule.task, now.plus_millis(schedule.every_ms), how)?;
            ops.push(Op::Work(WorkOp::PutAbsent(row)));
        }
        for (list, source) in self.sources(tenant).await?.lists {
            let Some(hours) = source.every_hours else {
                continue;
            };
            let every_ms = i64::from(hours) * HOUR_MS;
            let tried_at = self.sync_state(tenant, &list).await?.tried_at;
            let run_at = tried_at.map_or(now, |at| at.plus_millis(every_ms).max(now));
            let how = Enqueue {
                timer: Some(format!("{SYNC}{list}")),
                ..Enqueue::default()
            };
            let row = self.job_row(&Task::SyncList { list }, run_at, how)?;
            ops.push(Op::Work(WorkOp::PutAbsent(row)));
        }
        let change = Change {
            tenant: tenant.name.clone(),
            expect: Vec::new(),
            ops,
        };
        Ok(self.writer().commit(change).await?)
    }

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
