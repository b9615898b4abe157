//! Takes jobs that are due, does them side by side, and settles what came of them, many in one transaction.

use std::time::Duration;

use bonafide_model::Timestamp;
use bonafide_store::{CLAIM_MAX, ClaimedJob, JobCount, SettledJob, Settlement};
use tokio::task::JoinSet;

use super::perform::Outcome;
use super::task::Task;
use crate::App;
use crate::error::AppError;
use crate::keyring_dir::Slot;

/// Jobs done side by side by one process: most wait for somebody outside, so more than there are cores.
const RUNNING_MAX: usize = 128;
/// How long a process has a job before it must say that it is still at it. Long against a pause of the machine, short
/// against what anybody would wait for when it died.
const LEASE_MS: i64 = 30_000;
/// How often is looked whether a process of this machine is gone: a moment to whoever waits, and a few files to look at.
const LOOK_MS: i64 = 2_000;
/// How often is looked whether what comes again is put.
const SCHEDULE_MS: i64 = 60_000;
/// How long is waited, once a job has ended, for others that end about then: they share a transaction and its sync.
const GATHER: Duration = Duration::from_millis(2);
/// The wait after the first failure; it doubles with each until [`WAIT_MAX_MS`].
const WAIT_MS: i64 = 5_000;
/// The longest wait between two attempts.
const WAIT_MAX_MS: i64 = 60 * 60 * 1000;

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkReport {
    /// Jobs taken.
    pub taken: usize,
    /// Jobs done.
    pub done: usize,
    /// Attempts that failed and are tried again.
    pub failed: usize,
    /// Jobs given up.
    pub dead: usize,
}

/// Does the jobs of one process.
pub struct Runner {
    app: App,
    /// Names this process in the leases.
    worker: String,
    running: JoinSet<(ClaimedJob, Settlement)>,
    renewed_at: Timestamp,
    scheduled_at: Option<Timestamp>,
    /// Whether the last look found as much to do as there was room for.
    busy: bool,
    looked_at: Option<Timestamp>,
    /// Keeps the name from others; let go of after what is under way.
    _slot: Option<Slot>,
}

impl Runner {
    /// A runner that has nothing yet.
    #[must_use]
    pub fn new(app: App) -> Self {
        let now = app.now();
        let slot = match app.keyring_dir().take_slot(app.entropy()) {
            Ok(slot) => slot,
            Err(error) => {
                tracing::warn!(error = %error, "jobs are taken under a name that is not kept: after a crash they wait for their lease");
                None
            }
        };
        let kept = slot.as_ref().map(|slot| slot.name().to_owned());
        Self {
            worker: kept.unwrap_or_else(|| app.next_job(now).to_string()),
            renewed_at: now,
            scheduled_at: None,
            busy: false,
            looked_at: None,
            running: JoinSet::new(),
            app,
            _slot: slot,
        }
    }

    /// One pass: settles what has ended, renews leases, puts jobs for accounts that fell due, takes what is due and begins
    /// it. Never waits for work that is under way.
    pub async fn pass(&mut self) -> Result<WorkReport, AppError> {
        let mut report = self.settle().await?;
        self.renew().await?;
        self.take_over().await?;
        self.schedule().await?;
        // While jobs wait for room, more of them would only wait too.
        if !self.busy {
            for tenant in self.app.tenants() {
                self.app.put_due_accounts(&tenant, self.app.now()).await?;
            }
            self.app.wake_webhooks().await?;
        }
        report.taken = self.take().await?;
        Ok(report)
    }

    /// Waits until something that is under way has ended; at once when there is nothing.
    pub async fn settle_next(&mut self, within: Duration) -> Result<WorkReport, AppError> {
        if self.running.is_empty() {
            return Ok(WorkReport::default());
        }
        match tokio::time::timeout(within, self.running.join_next()).await {
            Ok(Some(Ok(ended))) => {
                if !self.running.is_empty() {
                    tokio::time::sleep(GATHER).await;
                }
                self.settle_with(vec![ended]).await
            }
            // A task that panicked was logged; its lease runs out, and it is tried again.
            Ok(_) | Err(_) => self.settle().await,
        }
    }

    /// Whether anything is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Does everything that is due until nothing is, and gives what it did. For tests and commands; the service makes
    /// passes.
    pub async fn run_until_idle(&mut self) -> Result<WorkReport, AppError> {
        let mut total = WorkReport::default();
        loop {
            let pass = self.pass().await?;
            total.add(pass);
            if self.is_idle() && pass.taken == 0 {
                return Ok(total);
            }
            total.add(self.settle_next(Duration::from_secs(5)).await?);
        }
    }

    /// Takes nothing more, and lets what is under way end for so long; what has not ended by then is broken off and waits
    /// again at once, for whoever takes it.
    pub async fn finish(mut self, within: Duration) -> Result<(), AppError> {
        let end = tokio::time::Instant::now() + within;
        while !self.running.is_empty() {
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                break;
            }
            self.settle_next(left).await?;
        }
        self.settle().await?;
        self.running.shutdown().await;
        self.app.store().release_worker(&self.worker, true).await?;
        Ok(())
    }

    /// Lets jobs wait again that a process of this machine had which is gone: at the start those of whoever had this name,
    /// and from time to time those of the others.
    async fn take_over(&mut self) -> Result<(), AppError> {
        let now = self.app.now();
        let first = self.looked_at.is_none();
        let at = self.looked_at.map(|at| at.plus_millis(LOOK_MS));
        if at.is_some_and(|at| now < at) {
            return Ok(());
        }
        if first {
            // Nothing is under way yet: whatever is leased under this name was left.
            self.app.store().release_worker(&self.worker, false).await?;
        }
        for left in self.app.keyring_dir().left_slots()? {
            let jobs = self.app.store().release_worker(left.name(), false).await?;
            if jobs > 0 {
                tracing::warn!(
                    worker = left.name(),
                    jobs,
                    "jobs were taken over from a process that is gone"
                );
            }
        }
        self.looked_at = Some(now);
        Ok(())
    }

    async fn settle(&mut self) -> Result<WorkReport, AppError> {
        let mut ended = Vec::new();
        while let Some(next) = self.running.try_join_next() {
            // A task that panicked was logged; its lease runs out, and it is tried again.
            ended.extend(next);
        }
        self.settle_with(ended).await
    }

    async fn settle_with(
        &mut self,
        mut ended: Vec<(ClaimedJob, Settlement)>,
    ) -> Result<WorkReport, AppError> {
        while let Some(next) = self.running.try_join_next() {
            ended.extend(next);
        }
        let mut report = WorkReport::default();
        if ended.is_empty() {
            return Ok(report);
        }
        for (claimed, settlement) in &ended {
            match settlement {
                Settlement::Done => report.done += 1,
                Settlement::Again { .. } => report.failed += 1,
                Settlement::Dead { error } => {
                    report.dead += 1;
                    tracing::error!(job = %claimed.job.job, kind = claimed.job.kind, error, "a job was given up");
                }
                Settlement::Later { .. } => {}
            }
        }
        let settled: Vec<SettledJob> = ended
            .into_iter()
            .map(|(claimed, settlement)| SettledJob {
                tenant: claimed.tenant,
                job: claimed.job.job,
                settlement,
            })
            .collect();
        self.app.store().settle_jobs(&self.worker, &settled).await?;
        Ok(report)
    }

    /// Says of everything under way that it is, three times a lease.
    async fn renew(&mut self) -> Result<(), AppError> {
        let now = self.app.now();
        if self.running.is_empty() || now < self.renewed_at.plus_millis(LEASE_MS / 3) {
            return Ok(());
        }
        self.app
            .store()
            .renew_jobs(&self.worker, now.plus_millis(LEASE_MS))
            .await?;
        self.renewed_at = now;
        Ok(())
    }

    /// Puts what comes again, when the service starts and once a minute.
    async fn schedule(&mut self) -> Result<(), AppError> {
        let now = self.app.now();
        let at = self.scheduled_at.map(|at| at.plus_millis(SCHEDULE_MS));
        if at.is_some_and(|at| now < at) {
            return Ok(());
        }
        for tenant in self.app.tenants() {
            self.app.put_schedules(&tenant).await?;
        }
        self.scheduled_at = Some(now);
        Ok(())
    }

    async fn take(&mut self) -> Result<usize, AppError> {
        let room = RUNNING_MAX
            .saturating_sub(self.running.len())
            .min(CLAIM_MAX);
        if room == 0 {
            self.busy = true;
            return Ok(0);
        }
        let now = self.app.now();
        let until = now.plus_millis(LEASE_MS);
        let claimed = self
            .app
            .store()
            .claim_jobs(&self.worker, now, until, room)
            .await?;
        if self.running.is_empty() {
            self.renewed_at = now;
        }
        let taken = claimed.len();
        self.busy = taken == room;
        for job in claimed {
            let app = self.app.clone();
            self.running.spawn(async move {
                let settlement = app.attempt(&job).await;
                (job, settlement)
            });
        }
        Ok(taken)
    }
}

impl WorkReport {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.done += other.done;
        self.failed += other.failed;
        self.dead += other.dead;
    }
}

impl App {
    /// How many jobs of which kind stand where, of every tenant, for metrics and the doctor.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, AppError> {
        Ok(self.store().job_counts().await?)
    }

    async fn attempt(&self, claimed: &ClaimedJob) -> Settlement {
        let task: Task = match serde_json::from_str(&claimed.job.task) {
            Ok(task) => task,
            // A newer version of the program put it, or the row was changed by hand.
            Err(_) => {
                return Settlement::Dead {
                    error: "unknown_task".to_owned(),
                };
            }
        };
        let tenant = match self.tenant(&claimed.tenant) {
            Ok(tenant) => tenant,
            Err(error) => return self.failed(claimed, &task, error_code(&error), None),
        };
        match self.perform(&tenant, claimed.job.job, &task).await {
            Ok(Outcome::Done) => Settlement::Done,
            Ok(Outcome::Later(at)) => Settlement::Later { at },
            Ok(Outcome::Again { error, at }) => self.failed(claimed, &task, &error, at),
            Ok(Outcome::Dead { error }) => Settlement::Dead { error },
            Err(error) => {
                tracing::warn!(job = %claimed.job.job, kind = claimed.job.kind, code = error_code(&error),
                    detail = error.detail(), "a job failed");
                self.failed(claimed, &task, error_code(&error), None)
            }
        }
    }

    /// Tried again after a wait that doubles, spread a little so that what failed together is not tried together.
    fn failed(
        &self,
        claimed: &ClaimedJob,
        task: &Task,
        error: &str,
        at: Option<Timestamp>,
    ) -> Settlement {
        let error = error.to_owned();
        if claimed.job.attempts >= task.attempts_max() {
            return Settlement::Dead { error };
        }
        let at = at.unwrap_or_else(|| {
            let mut spread = [0_u8; 1];
            self.entropy().fill(&mut spread);
            let doublings = u32::try_from(claimed.job.attempts - 1).unwrap_or(0).min(20);
            let wait = WAIT_MS.saturating_mul(1 << doublings).min(WAIT_MAX_MS);
            let [spread] = spread;
            self.now()
                .plus_millis(wait + wait * i64::from(spread) / 1024)
        });
        Settlement::Again { at, error }
    }
}

fn error_code(error: &AppError) -> &'static str {
    match error {
        AppError::Busy => "busy",
        AppError::Unavailable(_) => "storage_unavailable",
        AppError::NotFound { .. } => "not_found",
        AppError::Gone(_) => "gone",
        AppError::Refused(_) => "refused",
        AppError::Internal(_) => "internal",
        AppError::Invalid(_) | AppError::TooLarge(_) => "invalid",
        AppError::Unauthenticated | AppError::Forbidden(_) => "forbidden",
        AppError::IdempotencyMismatch => "idempotency",
    }
}
