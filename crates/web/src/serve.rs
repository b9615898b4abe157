//! The service: answers requests, gives records their places in the ledger, and stops in good order.

use std::time::Duration;

use bonafide_app::{Actor, App, Runner, Tenant, WorkReport};
use bonafide_model::CaseKind;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::connection::Bounded;
use crate::state::Web;

/// How often records that wait get their places; a checkpoint follows an acknowledgement within a second.
const SEQUENCE_EVERY: Duration = Duration::from_millis(250);
/// How often the service looks after itself: epochs, remembered answers, versions that another process made active.
const HOUSEKEEP_EVERY: Duration = Duration::from_secs(5);
/// How often the service looks for work that fell due: what is due begins well within a second.
const WORK_EVERY: Duration = Duration::from_millis(250);
/// How long jobs under way may take to end once the service stops; another process takes up what has not.
const FINISH_MAX: Duration = Duration::from_secs(10);

/// Why the service ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener failed.
    #[error("the service cannot go on listening: {0}")]
    Listen(#[from] std::io::Error),
    /// A sync to disk failed, after which nobody can say what is durable.
    #[error(
        "the storage failed while writing: the service stopped so that nothing is acknowledged that is not durable"
    )]
    StorageLost,
}

/// How the service stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it goes on taking requests after it was asked to stop, while `/readyz` says that they should be sent
    /// elsewhere: as long as whatever stands in front takes to see that. Without anything in front, nothing.
    pub notice: Duration,
    /// How long requests in work may take to end after that.
    pub drain: Duration,
}

impl Default for Pace {
    /// No notice; requests may take as long as any may.
    fn default() -> Self {
        Self {
            notice: Duration::ZERO,
            drain: Duration::from_secs(30),
        }
    }
}

/// Serves until `shutdown` resolves, or until the storage fails.
pub async fn serve<F>(app: App, listener: TcpListener, shutdown: F) -> Result<(), ServeError>
where
    F: Future<Output = ()> + Send + 'static,
{
    serve_at(app, listener, shutdown, Pace::default()).await
}

/// Serves until `shutdown` resolves, or until the storage fails, and stops at a pace.
pub async fn serve_at<F>(
    app: App,
    listener: TcpListener,
    shutdown: F,
    pace: Pace,
) -> Result<(), ServeError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let web = Web::new(app.clone());
    let (stop, stopped) = watch::channel(false);
    let sequencer = tokio::spawn(sequence(web.clone(), stop.clone(), stopped.clone()));
    let worker = tokio::spawn(work(web.clone(), stopped.clone()));
    let asked = {
        let (stop, mut stopped) = (stop.clone(), stopped.clone());
        let web = web.clone();
        async move {
            let asked = async {
                shutdown.await;
                web.leave();
                tokio::time::sleep(pace.notice).await;
            };
            tokio::select! {
                () = asked => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
            stop.send_replace(true);
        }
    };
    let router = crate::routed(web);
    let serving = axum::serve(Bounded::new(listener), router).with_graceful_shutdown(asked);
    let result = drained(serving.into_future(), stopped, pace.drain).await;
    stop.send_replace(true);
    // A panic in the sequencer was logged by the panic hook; the records it left are placed at the next start.
    let _ = worker.await;
    let _ = sequencer.await;
    match result {
        _ if !app.is_writable() => Err(ServeError::StorageLost),
        other => Ok(other?),
    }
}

/// Runs the server to its end; once it is to stop, for no longer than requests in work may take.
async fn drained(
    serving: impl Future<Output = std::io::Result<()>>,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) -> std::io::Result<()> {
    let serving = std::pin::pin!(serving);
    let mut serving = serving;
    tokio::select! {
        result = &mut serving => return result,
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    timeout(drain, serving).await.unwrap_or_else(|_| {
        tracing::warn!("requests were still in work when the service stopped");
        Ok(())
    })
}

/// Gives waiting records their places, again and again, until the service stops; and once more after that.
async fn sequence(web: Web, stop: watch::Sender<bool>, mut stopped: watch::Receiver<bool>) {
    let mut chores = interval(HOUSEKEEP_EVERY);
    chores.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ticks = interval(SEQUENCE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pass(&web).await;
        if !web.app.is_writable() {
            tracing::error!("the storage failed while writing: stopping");
            stop.send_replace(true);
            return;
        }
        let chore = tokio::select! {
            _ = ticks.tick() => false,
            _ = chores.tick() => true,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        if chore {
            housekeep(&web).await;
        }
    }
    pass(&web).await;
}

/// Does the jobs that are due, again and again, until the service stops.
async fn work(web: Web, mut stopped: watch::Receiver<bool>) {
    let mut runner = Runner::new(web.app.clone());
    let mut ticks = interval(WORK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let more = match runner.pass().await {
            Ok(report) => {
                observe_work(report);
                report.taken > 0
            }
            Err(error) => {
                metrics::counter!("bonafide_work_failures_total").increment(1);
                tracing::error!(error = %error, detail = error.detail(), "jobs could not be taken or settled");
                false
            }
        };
        if more {
            // Whatever ends first makes room for what is due next.
            if let Ok(report) = runner.settle_next(WORK_EVERY).await {
                observe_work(report);
            }
            if !*stopped.borrow() {
                continue;
            }
        }
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => break,
        }
    }
    if let Err(error) = runner.finish(FINISH_MAX).await {
        tracing::error!(error = %error, detail = error.detail(), "jobs under way could not be settled");
    }
}

fn observe_work(report: WorkReport) {
    for (outcome, count) in [
        ("done", report.done),
        ("failed", report.failed),
        ("dead", report.dead),
    ] {
        if count > 0 {
            metrics::counter!("bonafide_jobs_total", "outcome" => outcome)
                .increment(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
}

/// What is done from time to time, and the gauges that nothing else sets.
async fn housekeep(web: &Web) {
    if let Err(error) = web.app.housekeep().await {
        metrics::counter!("bonafide_housekeeping_failures_total").increment(1);
        tracing::error!(error = %error, detail = error.detail(), "housekeeping failed");
    }
    if let Ok(counts) = web.app.job_counts().await {
        let now = web.app.now();
        for count in counts {
            let labels = [
                ("tenant", count.tenant),
                ("kind", count.kind),
                ("state", count.state.to_string()),
            ];
            let late = now.as_millis().saturating_sub(count.earliest.as_millis()) / 1000;
            #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
            {
                metrics::gauge!("bonafide_jobs", &labels).set(count.jobs as f64);
                metrics::gauge!("bonafide_jobs_late_seconds", &labels).set(late.max(0) as f64);
            }
        }
    }
    observe_webhooks(web).await;
    for tenant in web.app.tenants() {
        if let Ok(counts) = web.app.counts(&tenant.name).await {
            gauge("bonafide_parties", &tenant.name, counts.parties);
            gauge(
                "bonafide_records_pending",
                &tenant.name,
                counts.pending_records,
            );
            for (decision, accounts) in &counts.accounts {
                #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
                metrics::gauge!("bonafide_accounts", "tenant" => tenant.name.clone(), "decision" => decision.clone())
                    .set(*accounts as f64);
            }
        }
        count_cases(web, &tenant.name).await;
        observe_lists(web, &tenant);
    }
}

/// How old the lists are that are screened against.
fn observe_lists(web: &Web, tenant: &Tenant) {
    let lists = web.app.list_ages(tenant);
    let count = u64::try_from(lists.len()).unwrap_or(u64::MAX);
    gauge("bonafide_lists", &tenant.name, count);
    for list in lists {
        let labels = [("tenant", tenant.name.clone()), ("list", list.name)];
        #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
        metrics::gauge!("bonafide_list_age_days", &labels).set(list.age_days as f64);
    }
}

/// Pending cases and overdue ones by kind; zero for kinds of which there are none, so that an alert ends.
async fn count_cases(web: &Web, tenant: &str) {
    let Ok(counts) = web.app.case_counts(&Actor::worker(tenant)).await else {
        return;
    };
    for kind in CaseKind::ALL {
        let pending = counts
            .iter()
            .filter(|c| c.kind == *kind && c.state.is_pending());
        let (mut all, mut late) = (0, 0);
        for count in pending {
            all += count.cases;
            late += if count.late { count.cases } else { 0 };
        }
        let labels = [("tenant", tenant.to_owned()), ("kind", kind.to_string())];
        #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
        {
            metrics::gauge!("bonafide_cases", &labels).set(all as f64);
            metrics::gauge!("bonafide_cases_overdue", &labels).set(late as f64);
        }
    }
}

/// What waits for which endpoint, and for how long.
async fn observe_webhooks(web: &Web) {
    let Ok(counts) = web.app.delivery_counts().await else {
        return;
    };
    let now = web.app.now().as_millis();
    for count in counts {
        let labels = [
            ("tenant", count.tenant),
            ("webhook", count.endpoint.to_string()),
        ];
        let oldest = count
            .oldest
            .map_or(0, |at| (now - at.as_millis()).max(0) / 1000);
        #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
        {
            let waiting = count.pending + count.behind;
            metrics::gauge!("bonafide_webhook_pending", &labels).set(waiting as f64);
            metrics::gauge!("bonafide_webhook_oldest_seconds", &labels).set(oldest as f64);
            metrics::gauge!("bonafide_webhook_dead", &labels).set(count.dead as f64);
            metrics::gauge!("bonafide_webhook_disabled", &labels).set(f64::from(count.disabled));
        }
    }
}

fn gauge(name: &'static str, tenant: &str, value: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge holds a float")]
    metrics::gauge!(name, "tenant" => tenant.to_owned()).set(value as f64);
}

/// One pass over the tenants.
async fn pass(web: &Web) {
    let mut works = true;
    for tenant in web.app.tenants() {
        match web.app.sequence(&tenant).await {
            Ok(None) => {}
            Ok(Some(size)) => {
                gauge("bonafide_ledger_size", &tenant.name, size);
            }
            Err(error) => {
                works = false;
                metrics::counter!("bonafide_sequencing_failures_total").increment(1);
                tracing::error!(tenant = tenant.name, error = %error, detail = error.detail(), "the ledger could not be moved on");
            }
        }
    }
    web.set_sequencing(works);
}
