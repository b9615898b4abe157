//! What is done later: jobs, timers and schedules, durable in the same database and put in the same change as the business
//! they follow from.
//!
//! A task names ids and states, never anything about a person: whoever does it reads what it needs. It is done **at least
//! once**: a process that dies after the work and before it could say so leaves it to be done again, so every task looks
//! at what is there before it acts. A timer is a job with a name, of which at most one waits; jobs of a lane are done one
//! after another. A task that fails is tried again, later and later, and is given up after the attempts of its kind; what
//! was given up stays, is counted, and can be retried or discarded. Why each choice: `docs/decisions/0017-work.md`.

mod perform;
mod runner;
mod schedule;
mod task;

use bonafide_ledger::Kind;
use bonafide_model::{JobId, PartyId, Timestamp};
pub use bonafide_store::JobState;
use bonafide_store::{JobRow, Op, WorkOp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Page;
use crate::error::AppError;
use crate::party::PAGE_MAX;
use crate::recorder::Recorder;
use crate::{Action, Actor, App};

pub(crate) use perform::Outcome;
pub use runner::{Runner, WorkReport};
pub use task::Task;

/// How a job is put.
#[derive(Debug, Clone, Default)]
pub(crate) struct Enqueue {
    /// Its name, if at most one of that name may wait: putting another replaces it.
    pub(crate) timer: Option<String>,
    /// The lane, if it must wait until earlier jobs of it are done or given up.
    pub(crate) lane: Option<String>,
    /// Whom it is about: it goes when they are erased. Every task that names a party or an account has one.
    pub(crate) party: Option<PartyId>,
}

impl App {
    /// The operation that puts a job.
    pub(crate) fn job(&self, task: &Task, run_at: Timestamp, how: Enqueue) -> Result<Op, AppError> {
        Ok(Op::Work(WorkOp::Put(self.job_row(task, run_at, how)?)))
    }

    pub(crate) fn job_row(
        &self,
        task: &Task,
        run_at: Timestamp,
        how: Enqueue,
    ) -> Result<JobRow, AppError> {
        let now = self.now();
        Ok(JobRow {
            job: self.next_job(now),
            kind: task.kind().to_owned(),
            task: serde_json::to_string(task).map_err(AppError::internal)?,
            timer: how.timer,
            lane: how.lane,
            party: how.party,
            state: JobState::Waiting,
            run_at,
            attempts: 0,
            leased_until: None,
            leased_by: None,
            error: None,
            created_at: now,
        })
    }
}

impl Recorder<'_> {
    /// Puts a job in this change.
    pub(crate) fn enqueue(
        &mut self,
        task: &Task,
        run_at: Timestamp,
        how: Enqueue,
    ) -> Result<(), AppError> {
        let op = self.app().job(task, run_at, how)?;
        self.push(op);
        Ok(())
    }

    /// Takes a timer back in this change; does nothing when none of that name waits.
    pub(crate) fn cancel_timer(&mut self, timer: &str) {
        self.push(Op::Work(WorkOp::Cancel {
            timer: timer.to_owned(),
        }));
    }
}

/// A job as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: JobId,
    /// What kind of task it is.
    pub kind: String,
    /// The task.
    #[schema(value_type = Object)]
    pub task: serde_json::Value,
    /// `waiting`, `running` or `dead`.
    pub state: String,
    /// Not before this instant.
    #[schema(value_type = String, format = DateTime)]
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: i64,
    /// Why the last attempt failed, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// When it was put.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl App {
    /// Jobs, a page at a time, oldest first.
    pub async fn jobs(
        &self,
        actor: &Actor,
        state: Option<JobState>,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Page<JobSummary>, AppError> {
        actor.may(Action::ReadWork)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = self
            .store()
            .jobs(&tenant.name, state, after, limit + 1)
            .await?;
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.job.to_string()))
            .flatten();
        let items = rows.into_iter().take(limit).map(|row| JobSummary {
            id: row.job,
            kind: row.kind,
            task: serde_json::from_str(&row.task).unwrap_or_default(),
            state: row.state.to_string(),
            run_at: row.run_at,
            attempts: row.attempts,
            error: row.error,
            created_at: row.created_at,
        });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }

    /// Lets a job that was given up be tried again at once.
    pub async fn retry_job(&self, actor: &Actor, job: JobId) -> Result<(), AppError> {
        let at = self.now();
        self.change_dead_job(actor, job, Kind::JobRetried, WorkOp::Retry { job, at })
            .await
    }

    /// Gives a job up for good.
    pub async fn discard_job(&self, actor: &Actor, job: JobId) -> Result<(), AppError> {
        self.change_dead_job(actor, job, Kind::JobDiscarded, WorkOp::Discard { job })
            .await
    }

    async fn change_dead_job(
        &self,
        actor: &Actor,
        job: JobId,
        kind: Kind,
        op: WorkOp,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageWork)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.store().job(&tenant.name, job).await?;
        let row = row.ok_or_else(|| AppError::NotFound {
            what: "job",
            id: job.to_string(),
        })?;
        if row.state != JobState::Dead {
            return Err(AppError::Refused(format!(
                "job `{job}` is {}: only one that was given up can be retried or discarded",
                row.state
            )));
        }
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), self.now());
        recorder.push(Op::Work(op));
        recorder.event(
            kind,
            Vec::new(),
            &[("job", &job.to_string()), ("task", &row.kind)],
        )?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }
}
