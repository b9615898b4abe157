//! Taking jobs, keeping them, and settling what came of them; and looking at them.
//!
//! A job is leased to one process, which renews the lease while it works; a lease that ran out means that the process is
//! gone, and the job waits again, this attempt counted. Two processes never take one job: on PostgreSQL rows that another
//! has locked are left out, on SQLite there is one process.

use bonafide_model::{AccountId, JobId, PartyId, Timestamp};

use super::number;
use crate::apply::bulk::{Bulk, run};
use crate::database::{Param, Transaction, params};
use crate::row::{Reader, Row};
use crate::rows::{ClaimedJob, JobCount, JobRow, JobState, SettledJob, Settlement};
use crate::{Store, StoreError};

/// Jobs taken at once: enough that the sync of a commit is shared, few enough that a process that dies holds up little.
pub const CLAIM_MAX: usize = 256;

const COLUMNS: &str = "job_id, kind, task, timer, lane, party_id, state, run_at, attempts, leased_until, leased_by, \
                       error, created_at";

/// What is set of a job whose process did not end it.
const LEASE_LOST: &str = "error = 'lease_lost'";

/// Removes jobs that were done by the process that has them.
const DONE: Bulk = Bulk {
    before: "WITH v(tenant, job_id, worker) AS (VALUES ",
    after: ") DELETE FROM job WHERE (tenant, job_id, leased_by) IN (SELECT tenant, job_id, worker FROM v) \
            AND state = 'running'",
    columns: 3,
};

impl Store {
    /// Takes jobs that are due for a process, earliest first, at most [`CLAIM_MAX`]. A job is left out while an earlier one
    /// of its lane waits or runs.
    ///
    /// # Errors
    /// If the database fails or a row is damaged; then none was taken.
    pub async fn claim_jobs(
        &self,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let lock = self.database.dialect().lock_free_rows();
        let mut tx = self.database.begin().await?;
        let lost = ("leased_until < $1", params![now]);
        release(&mut *tx, lost, LEASE_LOST).await?;
        let sql = format!(
            "WITH due AS (SELECT p.tenant AS due_tenant, p.job_id AS due_job FROM job p \
             WHERE p.state = 'waiting' AND p.run_at <= $1 AND (p.lane IS NULL OR NOT EXISTS \
             (SELECT 1 FROM job b WHERE b.tenant = p.tenant AND b.lane = p.lane AND b.job_id < p.job_id \
             AND b.state <> 'dead')) ORDER BY p.run_at, p.job_id LIMIT $2{lock}) \
             UPDATE job SET state = 'running', leased_until = $3, leased_by = $4, attempts = attempts + 1 \
             FROM due WHERE job.tenant = due_tenant AND job.job_id = due_job \
             RETURNING tenant, {COLUMNS}"
        );
        let params = params![now, number(limit.min(CLAIM_MAX)), until, worker];
        let rows = tx.fetch(sql.into(), params).await?;
        if rows.is_empty() {
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let mut jobs = rows
            .into_iter()
            .map(claimed)
            .collect::<Result<Vec<_>, _>>()?;
        tx.commit().await?;
        jobs.sort_by_key(|c| (c.job.run_at, c.job.job));
        Ok(jobs)
    }

    /// Lets every job wait again that a process has which does them no more: it stopped and says so itself, or it is known to
    /// be gone. What was stopped on purpose was no attempt. Gives how many there were.
    ///
    /// # Errors
    /// If the database fails; then none was released.
    pub async fn release_worker(&self, worker: &str, stopped: bool) -> Result<u64, StoreError> {
        let mut tx = self.database.begin().await?;
        let how = if stopped {
            "attempts = attempts - 1"
        } else {
            LEASE_LOST
        };
        let released = release(&mut *tx, ("leased_by = $1", params![worker]), how).await?;
        tx.commit().await?;
        Ok(released)
    }

    /// Keeps jobs that a process does for longer; gives how many it still has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn renew_jobs(&self, worker: &str, until: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.database.begin().await?;
        let sql = "UPDATE job SET leased_until = $2 WHERE state = 'running' AND leased_by = $1";
        let renewed = tx.execute(sql.into(), params![worker, until]).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    /// Settles jobs that a process did, in one transaction; what it does not have any more is left alone.
    ///
    /// # Errors
    /// If the database fails; then none was settled.
    pub async fn settle_jobs(
        &self,
        worker: &str,
        settled: &[SettledJob],
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        let is_done = |job: &&SettledJob| job.settlement == Settlement::Done;
        let done = settled.iter().filter(is_done);
        let done = done.map(|job| params![job.tenant.as_str(), job.job, worker]);
        run(&mut *tx, &DONE, done.collect()).await?;
        for job in settled.iter().filter(|job| !is_done(job)) {
            settle(&mut *tx, worker, job).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A job.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn job(&self, tenant: &str, job: JobId) -> Result<Option<JobRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE tenant = $1 AND job_id = $2");
        let rows = self.rows(sql, params![tenant, job]).await?;
        rows.into_iter().next().map(job_row).transpose()
    }

    /// The job of a timer's name that waits.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn timer(&self, tenant: &str, timer: &str) -> Result<Option<JobRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM job WHERE tenant = $1 AND timer = $2 AND state = 'waiting'"
        );
        let rows = self.rows(sql, params![tenant, timer]).await?;
        rows.into_iter().next().map(job_row).transpose()
    }

    /// Jobs of a tenant in the order of their ids, of one state if one is named.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn jobs(
        &self,
        tenant: &str,
        state: Option<JobState>,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM job WHERE tenant = $1 AND job_id > $2");
        let after = after.map_or_else(String::new, |id| id.to_string());
        let mut params: Vec<Param> = params![tenant, after, number(limit)];
        if let Some(state) = state {
            sql.push_str(" AND state = $4");
            params.push(state.as_str().into());
        }
        sql.push_str(" ORDER BY job_id LIMIT $3");
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(job_row).collect()
    }

    /// How many jobs of which kind stand where, of every tenant.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError> {
        let sql = "SELECT tenant, kind, state, COUNT(*), MIN(run_at) FROM job GROUP BY tenant, kind, state \
                   ORDER BY tenant, kind, state";
        let rows = self.rows(sql, Vec::new()).await?;
        let count = |row| {
            let mut row = Reader::new("job", row);
            Ok(JobCount {
                tenant: row.text("tenant")?,
                kind: row.text("kind")?,
                state: row.id("state")?,
                jobs: row.number("count")?,
                earliest: row.time("run_at")?,
            })
        };
        rows.into_iter().map(count).collect()
    }

    /// Accounts whose judgement can have changed by time alone and for which no such timer waits, runs or was given up,
    /// with their holders; those due first come first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn accounts_due(
        &self,
        tenant: &str,
        now: Timestamp,
        timer_prefix: &str,
        limit: usize,
    ) -> Result<Vec<(AccountId, PartyId)>, StoreError> {
        let sql = "SELECT a.account_id, a.holder FROM account a WHERE a.tenant = $1 AND a.review_at <= $2 \
                   AND NOT EXISTS (SELECT 1 FROM job j WHERE j.tenant = a.tenant AND j.timer = $3 || a.account_id) \
                   ORDER BY a.review_at LIMIT $4";
        let params = params![tenant, now, timer_prefix, number(limit)];
        let rows = self.rows(sql, params).await?;
        let pair = |row| {
            let mut row = Reader::new("account", row);
            Ok((row.id("account_id")?, row.id("holder")?))
        };
        rows.into_iter().map(pair).collect()
    }
}

/// Lets running jobs wait again that are in nobody's hands; gives how many there were.
async fn release(
    tx: &mut dyn Transaction,
    (which, params): (&str, Vec<Param>),
    how: &str,
) -> Result<u64, StoreError> {
    let sql = format!(
        "UPDATE job SET state = 'waiting', leased_until = NULL, leased_by = NULL, {how} \
         WHERE state = 'running' AND {which} AND (timer IS NULL OR NOT EXISTS \
         (SELECT 1 FROM job w WHERE w.tenant = job.tenant AND w.timer = job.timer AND w.state = 'waiting'))"
    );
    let released = tx.execute(sql.into(), params.clone()).await?;
    // A timer was put again while its earlier job ran: the new one does the work.
    let sql = format!("DELETE FROM job WHERE state = 'running' AND {which}");
    Ok(released + tx.execute(sql.into(), params).await?)
}

async fn settle(
    tx: &mut dyn Transaction,
    worker: &str,
    SettledJob {
        tenant,
        job,
        settlement,
    }: &SettledJob,
) -> Result<(), StoreError> {
    const MINE: &str = "tenant = $1 AND job_id = $2 AND state = 'running' AND leased_by = $3";
    let tenant = tenant.as_str();
    let (set, extra): (&str, Vec<Param>) = match settlement {
        Settlement::Done => return Ok(()),
        Settlement::Again { at, error } => (
            "state = 'waiting', run_at = $4, error = $5",
            params![*at, error.as_str()],
        ),
        Settlement::Later { at } => (
            "state = 'waiting', run_at = $4, attempts = attempts - 1",
            params![*at],
        ),
        Settlement::Dead { error } => ("state = 'dead', error = $4", params![error.as_str()]),
    };
    if !matches!(settlement, Settlement::Dead { .. }) {
        // The timer was put again while this ran: what waits does the work.
        let sql = format!(
            "DELETE FROM job WHERE {MINE} AND timer IS NOT NULL AND EXISTS \
             (SELECT 1 FROM job w WHERE w.tenant = job.tenant AND w.timer = job.timer AND w.state = 'waiting')"
        );
        if tx
            .execute(sql.into(), params![tenant, *job, worker])
            .await?
            > 0
        {
            return Ok(());
        }
    }
    let sql = format!("UPDATE job SET {set}, leased_until = NULL, leased_by = NULL WHERE {MINE}");
    let mut params = params![tenant, *job, worker];
    params.extend(extra);
    tx.execute(sql.into(), params).await?;
    Ok(())
}

fn claimed(row: Row) -> Result<ClaimedJob, StoreError> {
    let mut row = Reader::new("job", row);
    Ok(ClaimedJob {
        tenant: row.text("tenant")?,
        job: job_of(&mut row)?,
    })
}

fn job_row(row: Row) -> Result<JobRow, StoreError> {
    job_of(&mut Reader::new("job", row))
}

fn job_of(row: &mut Reader) -> Result<JobRow, StoreError> {
    Ok(JobRow {
        job: row.id("job_id")?,
        kind: row.text("kind")?,
        task: row.text("task")?,
        timer: row.opt_text("timer")?,
        lane: row.opt_text("lane")?,
        party: row.opt_id("party_id")?,
        state: row.id("state")?,
        run_at: row.time("run_at")?,
        attempts: row.int("attempts")?,
        leased_until: row.opt_time("leased_until")?,
        leased_by: row.opt_text("leased_by")?,
        error: row.opt_text("error")?,
        created_at: row.time("created_at")?,
    })
}
