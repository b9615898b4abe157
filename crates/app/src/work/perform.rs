//! Doing one task: each part of the product has its function, and this finds it.

use bonafide_model::{AccountId, JobId, Timestamp};

use super::task::Task;
use crate::error::AppError;
use crate::once::REMEMBERED_MS;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Holds and parties that one step of the daily pass looks at.
const EXPIRED_AT_ONCE: usize = 500;

/// What came of a task that could be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done, or there is nothing to do any more.
    Done,
    /// It has not failed, but its time has not come: this attempt does not count.
    Later(Timestamp),
    /// It failed; tried again at this instant, or by the common schedule of waits.
    Again {
        /// A code that says why, never a text that may hold personal data.
        error: String,
        /// When to try again, where whoever refused it said so.
        at: Option<Timestamp>,
    },
    /// It can never succeed.
    Dead {
        /// A code that says why.
        error: String,
    },
}

impl App {
    pub(super) async fn perform(
        &self,
        tenant: &Tenant,
        job: JobId,
        task: &Task,
    ) -> Result<Outcome, AppError> {
        match task {
            Task::Judge { account } => self.judge_due(tenant, *account).await,
            Task::SendLetter { account, letter } => {
                self.send_letter(tenant, job, *account, *letter).await
            }
            Task::ForgetAnswers => self.forget_answers().await,
            Task::Expire => self.expire_all(tenant).await,
            Task::CaseOverdue { case } => self.case_overdue(tenant, *case).await,
            Task::DeliverWebhooks { endpoint } => self.deliver_webhooks(tenant, *endpoint).await,
            Task::PruneEvents => self.prune_webhooks(tenant).await,
            Task::KeepHistory => self.keep_history(tenant).await,
            Task::SyncList { list } => self.sync_due(tenant, list).await,
            Task::Rescreen { record } => self.rescreen(tenant, *record).await,
        }
    }

    /// Ends everything that is over, in steps, so that nothing is held up for long.
    async fn expire_all(&self, tenant: &Tenant) -> Result<Outcome, AppError> {
        let actor = Actor::worker(&tenant.name);
        while self.expire_due(&actor, EXPIRED_AT_ONCE).await?.more {}
        Ok(Outcome::Done)
    }

    /// Keeps the access history in order, where this process has one.
    async fn keep_history(&self, tenant: &Tenant) -> Result<Outcome, AppError> {
        if self.has_history() {
            let actor = Actor::worker(&tenant.name);
            self.join_slots(&actor, tenant).await?;
            self.seal_history(&actor, tenant).await?;
        }
        Ok(Outcome::Done)
    }

    async fn forget_answers(&self) -> Result<Outcome, AppError> {
        let before = self.now().plus_millis(-REMEMBERED_MS);
        self.store().purge_idempotency(before).await?;
        Ok(Outcome::Done)
    }

    /// Judges an account whose judgement can have changed by time alone. One that is gone needs none.
    async fn judge_due(&self, tenant: &Tenant, account: AccountId) -> Result<Outcome, AppError> {
        match self.judge_again(&tenant.name, account).await {
            Ok(_) | Err(AppError::NotFound { .. } | AppError::Gone(_)) => Ok(Outcome::Done),
            Err(other) => Err(other),
        }
    }
}
