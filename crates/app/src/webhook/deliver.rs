//! The job of an endpoint: makes deliveries of the events since its cursor, sends what is due, and logs what came of it.
//!
//! Deliveries of one subject are sent one after another, those of different subjects side by side, within a bound for
//! each endpoint, so that one that is slow keeps neither others nor other work waiting. What came of them is committed for
//! many at once; a process that dies before that sends again what had arrived, under the same id. A job ends after a few
//! seconds and comes again, so that a service can stop.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use bonafide_ledger::Kind;
use bonafide_ledger::webhook::SigningKey;
use bonafide_model::{DAY_MS, EndpointId, Timestamp};
use bonafide_store::{
    ApplyError, AttemptRow, Change, DeliveryRow, DeliveryState, EndpointRow, EventRow, Op,
    WebhookOp,
};
use tokio::task::JoinSet;

use super::endpoint::wants;
use super::keep::Kept;
use super::outcome::{Verdict, asked_ms, judge, next_attempt};
use super::{KEEP_DAYS, TIMER, message};
use crate::error::AppError;
use crate::event::{Event, EventOut};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::work::Outcome;
use crate::{Actor, App};

/// Subjects sent to one endpoint at once: enough for a receiver a tenth of a second away to get hundreds a second.
const IN_FLIGHT_MAX: usize = 32;
/// Deliveries of one subject sent before what came of them is committed: as many are sent again after a crash.
const CHAIN_MAX: usize = 16;
/// Deliveries read at once: more than can be under way, so that there is always one that is not.
const FETCH_MAX: usize = 2 * IN_FLIGHT_MAX * CHAIN_MAX;
/// Events looked at in one change.
const FAN_OUT_MAX: usize = 500;
/// Deliveries that may wait at one endpoint; the cursor stands still until there is room.
const PENDING_MAX: usize = 5_000;
/// How long one run goes on.
const RUN_MS: i64 = 3_000;
/// Attempts in a row that did not reach the other side, after which it is left alone for [`PAUSE_MS`].
const BREAK_AFTER: usize = 8;
/// How long it is left alone.
const PAUSE_MS: i64 = 30_000;
/// The longest that an answer can have it left alone.
const PAUSE_MAX_MS: i64 = 60 * 60 * 1000;
/// Days without any arrival after which an endpoint is disabled: longer than the attempts at one delivery go on.
const DISABLE_AFTER_DAYS: i64 = 5;
/// Events removed in one transaction.
const PRUNE_MAX: usize = 2_000;

impl App {
    /// Has endpoints looked at that have something to do and no job for it. What there is to do stands in the tables, so
    /// that nothing is lost when a job is.
    pub(crate) async fn wake_webhooks(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut by_tenant: BTreeMap<String, Vec<EndpointId>> = BTreeMap::new();
        for idle in self.store().idle_endpoints(now, TIMER).await? {
            by_tenant
                .entry(idle.tenant)
                .or_default()
                .push(idle.endpoint);
        }
        for (name, endpoints) in by_tenant {
            let Ok(tenant) = self.tenant(&name) else {
                continue;
            };
            let actor = Actor::worker(&name);
            let mut recorder = Recorder::new(self, &tenant, &actor, Vec::new(), now);
            for endpoint in endpoints {
                recorder.wake(endpoint, now)?;
            }
            self.writer().commit(recorder.finish()).await?;
        }
        Ok(())
    }

    /// Removes events that are too old, with their deliveries.
    pub(crate) async fn prune_webhooks(&self, tenant: &Tenant) -> Result<Outcome, AppError> {
        let before = self.now().plus_millis(-KEEP_DAYS * DAY_MS);
        while self
            .store()
            .prune_events(&tenant.name, before, PRUNE_MAX)
            .await?
            > 0
        {}
        Ok(Outcome::Done)
    }

    /// Does what there is to do for an endpoint.
    pub(crate) async fn deliver_webhooks(
        &self,
        tenant: &Tenant,
        endpoint: EndpointId,
    ) -> Result<Outcome, AppError> {
        let row = self.store().endpoint(&tenant.name, endpoint).await?;
        let Some(row) = row.filter(|row| row.disabled.is_none()) else {
            return Ok(Outcome::Done);
        };
        let now = self.now();
        if row.paused_until > now {
            return Ok(Outcome::Later(row.paused_until));
        }
        let kept = Kept::open(self, tenant, &row)?;
        let target = Target {
            keys: kept.signing(now)?,
            url: kept.url,
        };
        let mut run = Run {
            app: self,
            tenant,
            target: Arc::new(target),
            row,
            flights: JoinSet::new(),
            in_flight: HashSet::new(),
            queue: VecDeque::new(),
            unreached: 0,
            ends_at: now.plus_millis(RUN_MS),
            pause_until: None,
            closed: false,
        };
        run.go().await
    }
}

/// Where messages go, and what signs them.
struct Target {
    url: String,
    keys: Vec<SigningKey>,
}

/// One run for one endpoint.
struct Run<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    target: Arc<Target>,
    row: EndpointRow,
    flights: JoinSet<Result<Flight, AppError>>,
    /// Subjects that are under way, or whose outcome is not committed yet.
    in_flight: HashSet<String>,
    /// Deliveries of one subject each, in order.
    queue: VecDeque<Vec<DeliveryRow>>,
    /// Attempts in a row that did not reach the other side.
    unreached: usize,
    ends_at: Timestamp,
    pause_until: Option<Timestamp>,
    /// Whether nothing more is begun.
    closed: bool,
}

/// What came of some deliveries of one subject.
struct Flight {
    subject: String,
    attempts: Vec<(AttemptRow, Verdict)>,
}

impl Run<'_> {
    async fn go(&mut self) -> Result<Outcome, AppError> {
        loop {
            if !self.closed && self.queue.is_empty() {
                self.fan_out().await?;
                self.fetch().await?;
            }
            self.begin();
            let Some(first) = self.flights.join_next().await else {
                break;
            };
            let mut ended = vec![flown(first)?];
            while let Some(next) = self.flights.try_join_next() {
                ended.push(flown(next)?);
            }
            // What is next goes out while the outcome of the last is written.
            self.begin();
            self.settle(ended).await?;
            if self.app.now() >= self.ends_at {
                self.close();
            }
        }
        self.end().await
    }

    fn close(&mut self) {
        self.closed = true;
        self.queue.clear();
    }

    /// Makes deliveries of the events since the cursor.
    async fn fan_out(&mut self) -> Result<(), AppError> {
        let (store, tenant) = (self.app.store(), self.tenant.name.as_str());
        let endpoint = self.row.endpoint;
        loop {
            let last = store.last_event(tenant).await?;
            if self.row.cursor >= last {
                return Ok(());
            }
            let (waiting, _) = store
                .pending_deliveries(tenant, endpoint, PENDING_MAX)
                .await?;
            if waiting >= PENDING_MAX {
                return Ok(());
            }
            let events = store
                .events_after(tenant, self.row.cursor, FAN_OUT_MAX)
                .await?;
            // Events that were erased leave numbers without an event.
            let to = events
                .last()
                .filter(|_| events.len() == FAN_OUT_MAX)
                .map_or(last, |e| e.sequence);
            let wanted = |e: &&EventRow| e.sequence <= to && wants(&self.row.filter, &e.kind);
            let op = WebhookOp::FanOut {
                endpoint,
                from: self.row.cursor,
                to,
                sequences: events.iter().filter(wanted).map(|e| e.sequence).collect(),
                at: self.app.now(),
            };
            match self.commit(op).await {
                Ok(()) => self.row.cursor = to,
                // Another process moved the cursor, or it was disabled.
                Err(ApplyError::Duplicate { .. }) => {
                    self.close();
                    return Ok(());
                }
                Err(other) => return Err(other.into()),
            }
        }
    }

    /// Reads what is due, by subject.
    async fn fetch(&mut self) -> Result<(), AppError> {
        let (store, now) = (self.app.store(), self.app.now());
        let due = store
            .due_deliveries(&self.tenant.name, self.row.endpoint, now, FETCH_MAX)
            .await?;
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for delivery in due {
            let subject = &delivery.event.subject;
            if self.in_flight.contains(subject) {
                continue;
            }
            match places.get(subject).and_then(|at| self.queue.get_mut(*at)) {
                Some(chain) if chain.len() >= CHAIN_MAX => {}
                Some(chain) => chain.push(delivery),
                None => {
                    places.insert(subject.clone(), self.queue.len());
                    self.queue.push_back(vec![delivery]);
                }
            }
        }
        Ok(())
    }

    /// Sends as much as may be under way at once.
    fn begin(&mut self) {
        while self.flights.len() < IN_FLIGHT_MAX {
            let Some(chain) = self.queue.pop_front() else {
                return;
            };
            let Some(first) = chain.first() else {
                continue;
            };
            let subject = first.event.subject.clone();
            self.in_flight.insert(subject.clone());
            let (app, target) = (self.app.clone(), self.target.clone());
            self.flights
                .spawn(async move { app.send_in_order(&target, subject, chain).await });
        }
    }

    /// Commits what came of some deliveries.
    async fn settle(&mut self, ended: Vec<Flight>) -> Result<(), AppError> {
        let now = self.app.now();
        let (mut arrived, mut gone, mut failed_at) = (false, false, None);
        let mut attempts = Vec::new();
        for (attempt, verdict) in ended.iter().flat_map(|flight| &flight.attempts) {
            observe(verdict);
            attempts.push(attempt.clone());
            match verdict {
                Verdict::Arrived => {
                    arrived = true;
                    self.unreached = 0;
                }
                Verdict::Gone => gone = true,
                Verdict::Failed {
                    after, unreachable, ..
                } => {
                    failed_at.get_or_insert(attempt.at);
                    self.unreached = if *unreachable { self.unreached + 1 } else { 0 };
                    let asked = after.map(|a| asked_ms(a, now).min(PAUSE_MAX_MS));
                    let broken = (self.unreached >= BREAK_AFTER).then_some(PAUSE_MS);
                    if let Some(ms) = asked.max(broken) {
                        self.pause_until = self.pause_until.max(Some(now.plus_millis(ms)));
                        self.close();
                    }
                }
            }
        }
        let failing = match (self.row.failing_since, failed_at) {
            (Some(_), _) if arrived => Some(None),
            (None, Some(at)) if !arrived => Some(Some(at)),
            _ => None,
        };
        if let Some(since) = failing {
            self.row.failing_since = since;
        }
        let op = WebhookOp::Attempted {
            endpoint: self.row.endpoint,
            attempts,
            failing,
        };
        self.commit(op).await?;
        for flight in ended {
            self.in_flight.remove(&flight.subject);
        }
        let since = self.row.failing_since;
        let overdue = since.is_some_and(|s| s.plus_millis(DISABLE_AFTER_DAYS * DAY_MS) <= now);
        if gone {
            self.disable("the receiver answered 410: gone").await?;
        } else if overdue {
            let reason = format!("nothing arrived for {DISABLE_AFTER_DAYS} days");
            self.disable(&reason).await?;
        }
        Ok(())
    }

    async fn disable(&mut self, reason: &str) -> Result<(), AppError> {
        if self.row.disabled.is_some() {
            return Ok(());
        }
        self.close();
        let endpoint = self.row.endpoint;
        let (id, actor) = (endpoint.to_string(), Actor::worker(&self.tenant.name));
        tracing::error!(webhook = id, reason, "a webhook was disabled");
        let now = self.app.now();
        let mut recorder = Recorder::new(self.app, self.tenant, &actor, Vec::new(), now);
        recorder.push(Op::Webhook(WebhookOp::DisableEndpoint {
            endpoint,
            reason: reason.to_owned(),
        }));
        let details = [("webhook", id.as_str()), ("change", "disabled")];
        recorder.event(Kind::WebhookChanged, Vec::new(), &details)?;
        recorder.announce(Event::disabled(&id, reason));
        self.app.writer().commit(recorder.finish()).await?;
        self.row.disabled = Some(reason.to_owned());
        Ok(())
    }

    /// When there is something to do again.
    async fn end(&mut self) -> Result<Outcome, AppError> {
        if self.row.disabled.is_some() {
            return Ok(Outcome::Done);
        }
        let (now, endpoint) = (self.app.now(), self.row.endpoint);
        let (store, tenant) = (self.app.store(), self.tenant.name.as_str());
        let (waiting, next) = store
            .pending_deliveries(tenant, endpoint, PENDING_MAX)
            .await?;
        if self.pause_until.is_none() && waiting >= PENDING_MAX {
            // There is no room for newer events, and they must not wake it again and again.
            let least = now.plus_millis(1000);
            let most = now.plus_millis(PAUSE_MS);
            self.pause_until = Some(next.unwrap_or(most).clamp(least, most));
        }
        if let Some(until) = self.pause_until {
            let op = WebhookOp::PauseEndpoint { endpoint, until };
            self.commit(op).await?;
            return Ok(Outcome::Later(until));
        }
        Ok(next.map_or(Outcome::Done, |at| Outcome::Later(at.max(now))))
    }

    async fn commit(&self, op: WebhookOp) -> Result<(), ApplyError> {
        let change = Change {
            tenant: self.tenant.name.clone(),
            expect: Vec::new(),
            ops: vec![Op::Webhook(op)],
        };
        self.app.writer().commit(change).await
    }
}

fn flown(
    ended: Result<Result<Flight, AppError>, tokio::task::JoinError>,
) -> Result<Flight, AppError> {
    ended.map_err(|_| AppError::internal("a delivery was cut off"))?
}

fn observe(verdict: &Verdict) {
    let outcome = match verdict {
        Verdict::Arrived => "arrived".to_owned(),
        Verdict::Gone => "gone".to_owned(),
        Verdict::Failed { error, .. } => error.clone(),
    };
    metrics::counter!("bonafide_webhook_attempts_total", "outcome" => outcome).increment(1);
}

impl App {
    /// Sends deliveries of one subject, each after the one before has arrived or was given up.
    async fn send_in_order(
        &self,
        target: &Target,
        subject: String,
        chain: Vec<DeliveryRow>,
    ) -> Result<Flight, AppError> {
        let mut attempts = Vec::with_capacity(chain.len());
        for delivery in chain {
            let at = self.now();
            let sequence = delivery.event.sequence;
            let event = EventOut::of(delivery.event)?;
            let (headers, body) = message::signed(&event, &target.keys, at)?;
            let answer = self.outbound()?.post(&target.url, &headers, body).await;
            let verdict = judge(&answer);
            let mut attempt = AttemptRow {
                sequence,
                attempt: delivery.attempts + 1,
                at,
                duration_ms: self.now().as_millis() - at.as_millis(),
                status: answer.ok().map(|reply| reply.status),
                error: None,
                state: DeliveryState::Done,
                failures: delivery.failures,
                next_at: at,
            };
            match &verdict {
                Verdict::Arrived => {}
                Verdict::Gone => {
                    attempt.state = DeliveryState::Pending;
                    attempt.error = Some("gone".to_owned());
                }
                Verdict::Failed { error, after, .. } => self.fail(&mut attempt, error, *after),
            }
            let goes_on = attempt.state != DeliveryState::Pending;
            attempts.push((attempt, verdict));
            if !goes_on {
                break;
            }
        }
        Ok(Flight { subject, attempts })
    }

    fn fail(
        &self,
        attempt: &mut AttemptRow,
        error: &str,
        after: Option<bonafide_connect::RetryAfter>,
    ) {
        let mut chance = [0];
        self.entropy().fill(&mut chance);
        let [chance] = chance;
        let now = self.now();
        attempt.failures += 1;
        attempt.error = Some(error.to_owned());
        match next_attempt(attempt.failures, after, now, chance) {
            Some(at) => {
                attempt.state = DeliveryState::Pending;
                attempt.next_at = at;
            }
            None => attempt.state = DeliveryState::Dead,
        }
    }
}
