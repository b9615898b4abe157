//! Endpoints: added, listed, given new keys, disabled and enabled, removed. Every change of them is a record.

use bonafide_ledger::Kind;
use bonafide_model::{EndpointId, Timestamp};
use bonafide_store::{EndpointRow, Op, WebhookOp};

use super::keep::Kept;
use super::{ENDPOINTS_MAX, NewWebhook, WebhookKeys, WebhookSummary, timer};
use crate::error::AppError;
use crate::event::EventKind;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::work::{Enqueue, Task};
use crate::{Action, Actor, App};

/// Characters of a description.
const DESCRIPTION_MAX_CHARS: usize = 200;
/// How long replaced keys go on signing at most: whoever needs longer has lost sight of them.
pub(crate) const OVERLAP_MAX_HOURS: u32 = 7 * 24;

impl App {
    /// Adds an endpoint: it is told of what happens from now on.
    pub async fn add_webhook(
        &self,
        actor: &Actor,
        new: &NewWebhook,
    ) -> Result<WebhookKeys, AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        let url = self.outbound()?.targets().check(&new.url);
        let url = url.map_err(|e| AppError::invalid("url", e.to_string()))?;
        let filter = filter_of(&new.events)?;
        if new.description.chars().count() > DESCRIPTION_MAX_CHARS
            || new.description.chars().any(char::is_control)
        {
            let message =
                format!("a description has at most {DESCRIPTION_MAX_CHARS} printable characters");
            return Err(AppError::invalid("description", message));
        }
        if self.store().endpoints(&tenant.name).await?.len() >= ENDPOINTS_MAX {
            return Err(AppError::Refused(format!(
                "there are {ENDPOINTS_MAX} webhooks already: remove one that is not needed"
            )));
        }
        let now = self.now();
        let endpoint = EndpointId::new(now, self.entropy());
        let kept = Kept::new(url.into(), new.description.clone(), self.entropy());
        let row = EndpointRow {
            endpoint,
            envelope: kept.seal(self, &tenant, endpoint, 1)?,
            filter,
            disabled: None,
            cursor: 0,
            failing_since: None,
            paused_until: now,
            version: 1,
            created_at: now,
        };
        self.change_webhook(
            actor,
            &tenant,
            endpoint,
            "added",
            WebhookOp::AddEndpoint(row),
        )
        .await?;
        kept.show(endpoint)
    }

    /// The endpoints of a tenant, oldest first.
    pub async fn webhooks(&self, actor: &Actor) -> Result<Vec<WebhookSummary>, AppError> {
        actor.may(Action::ReadWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        let now = self.now();
        let rows = self.store().endpoints(&tenant.name).await?;
        let summary = |row: &EndpointRow| Kept::open(self, &tenant, row)?.summary(row, now);
        rows.iter().map(summary).collect()
    }

    /// An endpoint.
    pub async fn webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
    ) -> Result<WebhookSummary, AppError> {
        actor.may(Action::ReadWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.endpoint_row(&tenant, endpoint).await?;
        Kept::open(self, &tenant, &row)?.summary(&row, self.now())
    }

    /// Gives an endpoint new keys. Those before go on signing for so many hours, so that the other side can change over
    /// without missing anything.
    pub async fn rotate_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
        overlap_hours: u32,
    ) -> Result<WebhookKeys, AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        if overlap_hours > OVERLAP_MAX_HOURS {
            let message = format!("keys overlap for at most {OVERLAP_MAX_HOURS} hours");
            return Err(AppError::invalid("overlap_hours", message));
        }
        let row = self.endpoint_row(&tenant, endpoint).await?;
        let mut kept = Kept::open(self, &tenant, &row)?;
        let until = self
            .now()
            .plus_millis(i64::from(overlap_hours) * 60 * 60 * 1000);
        kept.rotate(until, self.entropy());
        let version = row.version + 1;
        let op = WebhookOp::ChangeEndpoint {
            endpoint,
            envelope: kept.seal(self, &tenant, endpoint, version)?,
            filter: row.filter,
            version,
        };
        self.change_webhook(actor, &tenant, endpoint, "rotated", op)
            .await?;
        kept.show(endpoint)
    }

    /// Sends nothing more to an endpoint. What happens meanwhile is kept for it, as long as events are kept.
    pub async fn disable_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.endpoint_row(&tenant, endpoint).await?;
        let reason = "on request".to_owned();
        let op = WebhookOp::DisableEndpoint { endpoint, reason };
        self.change_webhook(actor, &tenant, endpoint, "disabled", op)
            .await
    }

    /// Sends to an endpoint again, from where it stopped.
    pub async fn enable_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.endpoint_row(&tenant, endpoint).await?;
        let op = WebhookOp::EnableEndpoint { endpoint };
        self.change_webhook(actor, &tenant, endpoint, "enabled", op)
            .await
    }

    /// Removes an endpoint with what is known of its deliveries.
    pub async fn remove_webhook(
        &self,
        actor: &Actor,
        endpoint: EndpointId,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageWebhooks)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.endpoint_row(&tenant, endpoint).await?;
        let op = WebhookOp::RemoveEndpoint { endpoint };
        self.change_webhook(actor, &tenant, endpoint, "removed", op)
            .await
    }

    pub(super) async fn endpoint_row(
        &self,
        tenant: &Tenant,
        endpoint: EndpointId,
    ) -> Result<EndpointRow, AppError> {
        let row = self.store().endpoint(&tenant.name, endpoint).await?;
        row.ok_or_else(|| AppError::NotFound {
            what: "webhook",
            id: endpoint.to_string(),
        })
    }

    async fn change_webhook(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        endpoint: EndpointId,
        what: &str,
        op: WebhookOp,
    ) -> Result<(), AppError> {
        let now = self.now();
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        recorder.push(Op::Webhook(op));
        recorder.event(
            Kind::WebhookChanged,
            Vec::new(),
            &[("webhook", &endpoint.to_string()), ("change", what)],
        )?;
        match what {
            "removed" => recorder.cancel_timer(&timer(endpoint)),
            "enabled" => recorder.wake(endpoint, now)?,
            _ => {}
        }
        Ok(self.writer().commit(recorder.finish()).await?)
    }
}

impl Recorder<'_> {
    /// Has an endpoint looked at, at an instant.
    pub(super) fn wake(&mut self, endpoint: EndpointId, at: Timestamp) -> Result<(), AppError> {
        let name = timer(endpoint);
        let how = Enqueue {
            timer: Some(name.clone()),
            lane: Some(name),
            party: None,
        };
        self.enqueue(&Task::DeliverWebhooks { endpoint }, at, how)
    }
}

/// Kinds of events as they are stored.
fn filter_of(events: &[String]) -> Result<String, AppError> {
    if events.is_empty() {
        return Ok("*".to_owned());
    }
    let mut kinds = Vec::with_capacity(events.len());
    for (position, text) in events.iter().enumerate() {
        let kind: EventKind = text.parse().map_err(|e: crate::event::EventKindError| {
            AppError::invalid(format!("events[{position}]"), e.to_string())
        })?;
        kinds.push(kind.as_str());
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds.join(" "))
}

/// Whether an endpoint is told of a kind.
pub(super) fn wants(filter: &str, kind: &str) -> bool {
    filter == "*" || filter.split(' ').any(|k| k == kind)
}
