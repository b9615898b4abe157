//! What was delivered, what was not, sending it again, and a message to try an endpoint with.

use bonafide_model::{EndpointId, EventId, Timestamp};
use bonafide_store::{DeliveryCount, DeliveryRow, DeliveryState, EventRow, Op, WebhookOp};
use serde_json::json;

use super::endpoint::wants;
use super::keep::Kept;
use super::outcome::{Verdict, judge};
use super::{AttemptSummary, DeliverySummary, WebhookTest, message};
use crate::answers::Page;
use crate::error::AppError;
use crate::event::{EventKind, EventOut};
use crate::party::PAGE_MAX;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};
use bonafide_ledger::Kind;

/// Attempts shown of a delivery: as many as there are before it is given up, and those of a replay.
const ATTEMPTS_SHOWN: usize = 20;
/// Events queued again in one change.
const REPLAY_STEP: usize = 1_000;

/// What is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayRange {
    /// One event.
    Event(EventId),
    /// Events that happened from one instant to before another.
    Between(Timestamp, Timestamp),
    /// Everything that was given up.
    Dead,
}

impl App {
    /// Deliveries of an endpoint, newest first, a page at a time, with their attempts.
    pub async fn deliveries(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
        state: Option<DeliveryState>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<DeliverySummary>, AppError> {
        actor.may(Action::ReadWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.endpoint_row(&tenant, endpoint).await?;
        let limit = limit.clamp(1, PAGE_MAX);
        let before = before.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let rows = self
            .store()
            .deliveries(&tenant.name, endpoint, state, before, limit + 1)
            .await?;
        let more = rows.len() > limit;
        let mut items = Vec::with_capacity(limit);
        for row in rows.into_iter().take(limit) {
            items.push(self.delivery_summary(&tenant, endpoint, row).await?);
        }
        let next = items.last().filter(|_| more);
        let next = next.map(|d: &DeliverySummary| d.sequence.to_string());
        Ok(Page { items, next })
    }

    async fn delivery_summary(
        &self,
        tenant: &Tenant,
        endpoint: EndpointId,
        row: DeliveryRow,
    ) -> Result<DeliverySummary, AppError> {
        let log = self
            .store()
            .attempts(&tenant.name, endpoint, row.event.sequence, ATTEMPTS_SHOWN)
            .await?;
        let log = log.into_iter().map(|a| AttemptSummary {
            attempt: a.attempt,
            at: a.at,
            duration_ms: a.duration_ms,
            status: a.status,
            error: a.error,
        });
        Ok(DeliverySummary {
            event: row.event.event,
            sequence: row.event.sequence,
            kind: row.event.kind,
            subject: row.event.subject,
            timestamp: row.event.at,
            state: row.state.to_string(),
            attempts: row.attempts,
            next_at: (row.state == DeliveryState::Pending).then_some(row.next_at),
            log: log.collect(),
        })
    }

    /// Sends events again to an endpoint, under the ids they had, in their order; gives how many. Of a range only those
    /// kinds that it is told of.
    pub async fn replay_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
        range: &ReplayRange,
    ) -> Result<usize, AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.endpoint_row(&tenant, endpoint).await?;
        let until = |e: &EventRow, to: &Timestamp| e.at < *to;
        match range {
            ReplayRange::Event(id) => {
                let event = self.store().event(&tenant.name, *id).await?;
                let event = event.ok_or_else(|| AppError::NotFound {
                    what: "event",
                    id: id.to_string(),
                })?;
                self.queue_again(actor, &tenant, endpoint, vec![event.sequence])
                    .await
            }
            ReplayRange::Between(from, to) => {
                let mut after = self.store().last_event_before(&tenant.name, *from).await?;
                let mut queued = 0;
                loop {
                    let page = self.store().events_after(&tenant.name, after, REPLAY_STEP);
                    let page = page.await?;
                    let Some(last) = page.last() else {
                        return Ok(queued);
                    };
                    after = last.sequence;
                    // What the cursor has not reached comes by itself.
                    let good = |e: &&EventRow| {
                        until(e, to) && e.sequence <= row.cursor && wants(&row.filter, &e.kind)
                    };
                    let some = page.iter().filter(good).map(|e| e.sequence).collect();
                    queued += self.queue_again(actor, &tenant, endpoint, some).await?;
                }
            }
            ReplayRange::Dead => {
                let mut queued = 0;
                loop {
                    let dead = Some(DeliveryState::Dead);
                    let page = self
                        .store()
                        .deliveries(&tenant.name, endpoint, dead, None, REPLAY_STEP)
                        .await?;
                    if page.is_empty() {
                        return Ok(queued);
                    }
                    let some = page.iter().map(|d| d.event.sequence).collect();
                    queued += self.queue_again(actor, &tenant, endpoint, some).await?;
                }
            }
        }
    }

    async fn queue_again(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        endpoint: EndpointId,
        sequences: Vec<i64>,
    ) -> Result<usize, AppError> {
        let (count, now) = (sequences.len(), self.now());
        if count == 0 {
            return Ok(0);
        }
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        recorder.push(Op::Webhook(WebhookOp::Replay {
            endpoint,
            sequences,
            at: now,
        }));
        recorder.event(
            Kind::WebhookChanged,
            Vec::new(),
            &[
                ("webhook", &endpoint.to_string()),
                ("change", "replayed"),
                ("events", &count.to_string()),
            ],
        )?;
        recorder.wake(endpoint, now)?;
        self.writer().commit(recorder.finish()).await?;
        Ok(count)
    }

    /// Sends one message now, beside the queue, and says what came of it. It stands in no feed and is not tried again.
    pub async fn test_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
    ) -> Result<WebhookTest, AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.endpoint_row(&tenant, endpoint).await?;
        let kept = Kept::open(self, &tenant, &row)?;
        let now = self.now();
        let event = EventOut {
            id: EventId::new(now, self.entropy()),
            kind: EventKind::WebhookTest.to_string(),
            timestamp: now,
            sequence: 0,
            data: json!({}),
        };
        let (headers, body) = message::signed(&event, &kept.signing(now)?, now)?;
        let answer = self.outbound()?.post(&kept.url, &headers, body).await;
        let error = match judge(&answer) {
            Verdict::Arrived => None,
            Verdict::Gone => Some("gone".to_owned()),
            Verdict::Failed { error, .. } => Some(error),
        };
        Ok(WebhookTest {
            event: event.id,
            arrived: error.is_none(),
            status: answer.ok().map(|reply| reply.status),
            error,
            duration_ms: self.now().as_millis() - now.as_millis(),
        })
    }

    /// How many deliveries of which endpoint stand where, of every tenant, for metrics and the doctor.
    pub async fn delivery_counts(&self) -> Result<Vec<DeliveryCount>, AppError> {
        Ok(self.store().delivery_counts().await?)
    }
}
