//! Look-ups of events, endpoints and deliveries.

use bonafide_model::{EndpointId, EventId, Timestamp};

use super::number;
use crate::database::{Param, params};
use crate::row::{Reader, Row};
use crate::rows::{
    DeliveryCount, DeliveryRow, DeliveryState, EndpointRow, EventRow, IdleEndpoint, LoggedAttempt,
};
use crate::{Store, StoreError};

const EVENT: &str = "v.sequence, v.event_id, v.kind, v.subject, v.party_id, v.at, v.data";
const ENDPOINT: &str = "endpoint_id, envelope, filter, state, reason, cursor, failing_since, paused_until, version, \
                        created_at";
const DELIVERY: &str = "d.state, d.attempts, d.failures, d.next_at";
/// An earlier delivery of the same subject waits for a later time.
const HELD_UP: &str = "EXISTS (SELECT 1 FROM webhook_delivery b WHERE b.tenant = d.tenant \
                       AND b.endpoint_id = d.endpoint_id AND b.subject = d.subject AND b.state = 'pending' \
                       AND b.sequence < d.sequence AND b.next_at > $3)";

impl Store {
    /// Events after a number, in order.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn events_after(
        &self,
        tenant: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let sql = format!(
            "SELECT {EVENT} FROM event v WHERE v.tenant = $1 AND v.sequence > $2 ORDER BY v.sequence LIMIT $3"
        );
        let params = params![tenant, after, number(limit)];
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(event_row).collect()
    }

    /// An event.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn event(
        &self,
        tenant: &str,
        event: EventId,
    ) -> Result<Option<EventRow>, StoreError> {
        let sql = format!("SELECT {EVENT} FROM event v WHERE v.tenant = $1 AND v.event_id = $2");
        let rows = self.rows(sql, params![tenant, event]).await?;
        rows.into_iter().next().map(event_row).transpose()
    }

    /// The number of a tenant's last event; 0 before the first.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn last_event(&self, tenant: &str) -> Result<i64, StoreError> {
        let sql = "SELECT last FROM event_head WHERE tenant = $1";
        let rows = self.rows(sql, params![tenant]).await?;
        let read = |row| Reader::new("event_head", row).int("last");
        Ok(rows.into_iter().next().map(read).transpose()?.unwrap_or(0))
    }

    /// The number of the last event that happened before an instant; 0 when there is none.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn last_event_before(
        &self,
        tenant: &str,
        instant: Timestamp,
    ) -> Result<i64, StoreError> {
        let sql = "SELECT COALESCE(MAX(sequence), 0) FROM event WHERE tenant = $1 AND at < $2";
        let rows = self.rows(sql, params![tenant, instant]).await?;
        let read = |row| Reader::new("event", row).int("sequence");
        Ok(rows.into_iter().next().map(read).transpose()?.unwrap_or(0))
    }

    /// The endpoints of a tenant, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn endpoints(&self, tenant: &str) -> Result<Vec<EndpointRow>, StoreError> {
        let sql = format!(
            "SELECT {ENDPOINT} FROM webhook_endpoint WHERE tenant = $1 ORDER BY endpoint_id"
        );
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(endpoint_row).collect()
    }

    /// An endpoint.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn endpoint(
        &self,
        tenant: &str,
        endpoint: EndpointId,
    ) -> Result<Option<EndpointRow>, StoreError> {
        let sql = format!(
            "SELECT {ENDPOINT} FROM webhook_endpoint WHERE tenant = $1 AND endpoint_id = $2"
        );
        let rows = self.rows(sql, params![tenant, endpoint]).await?;
        rows.into_iter().next().map(endpoint_row).transpose()
    }

    /// Endpoints of every tenant that are enabled and not paused, and have events to look at while no job for them runs or
    /// is due, or deliveries that wait while there is no job at all.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn idle_endpoints(
        &self,
        now: Timestamp,
        timer_prefix: &str,
    ) -> Result<Vec<IdleEndpoint>, StoreError> {
        let sql = "SELECT e.tenant, e.endpoint_id FROM webhook_endpoint e WHERE e.state = 'enabled' \
                   AND e.paused_until <= $1 AND \
                   ((e.cursor < (SELECT h.last FROM event_head h WHERE h.tenant = e.tenant) AND NOT EXISTS \
                   (SELECT 1 FROM job j WHERE j.tenant = e.tenant AND j.timer = $2 || e.endpoint_id \
                   AND (j.state = 'running' OR (j.state = 'waiting' AND j.run_at <= $1)))) \
                   OR (EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant = e.tenant \
                   AND d.endpoint_id = e.endpoint_id AND d.state = 'pending') AND NOT EXISTS \
                   (SELECT 1 FROM job j WHERE j.tenant = e.tenant AND j.timer = $2 || e.endpoint_id \
                   AND j.state <> 'dead')))";
        let rows = self.rows(sql, params![now, timer_prefix]).await?;
        let read = |row| {
            let mut row = Reader::new("webhook_endpoint", row);
            Ok(IdleEndpoint {
                tenant: row.text("tenant")?,
                endpoint: row.id("endpoint_id")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Deliveries of an endpoint that are due and not held up by an earlier one of their subject, in order.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn due_deliveries(
        &self,
        tenant: &str,
        endpoint: EndpointId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = format!(
            "SELECT {EVENT}, {DELIVERY} FROM webhook_delivery d \
             JOIN event v ON v.tenant = d.tenant AND v.sequence = d.sequence \
             WHERE d.tenant = $1 AND d.endpoint_id = $2 AND d.state = 'pending' AND d.next_at <= $3 \
             AND NOT {HELD_UP} ORDER BY d.sequence LIMIT $4"
        );
        let params = params![tenant, endpoint, now, number(limit)];
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(delivery_row).collect()
    }

    /// How many deliveries of an endpoint wait, up to a limit, and when the first of them is due that no earlier one of its
    /// subject holds up.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn pending_deliveries(
        &self,
        tenant: &str,
        endpoint: EndpointId,
        limit: usize,
    ) -> Result<(usize, Option<Timestamp>), StoreError> {
        let sql = "SELECT COUNT(*), MIN(next_at) FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM webhook_delivery b \
                   WHERE b.tenant = d.tenant AND b.endpoint_id = d.endpoint_id AND b.subject = d.subject \
                   AND b.state = 'pending' AND b.sequence < d.sequence) THEN NULL ELSE d.next_at END AS next_at \
                   FROM webhook_delivery d WHERE d.tenant = $1 AND d.endpoint_id = $2 AND d.state = 'pending' \
                   LIMIT $3) AS waiting";
        let rows = self
            .rows(sql, params![tenant, endpoint, number(limit)])
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok((0, None));
        };
        let mut row = Reader::new("webhook_delivery", row);
        let count = row.number("count")?;
        let next = row.opt_time("next_at")?;
        Ok((usize::try_from(count).unwrap_or(usize::MAX), next))
    }

    /// Deliveries of an endpoint before a number, newest first, of one state if one is named.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn deliveries(
        &self,
        tenant: &str,
        endpoint: EndpointId,
        state: Option<DeliveryState>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let mut sql = format!(
            "SELECT {EVENT}, {DELIVERY} FROM webhook_delivery d \
             JOIN event v ON v.tenant = d.tenant AND v.sequence = d.sequence \
             WHERE d.tenant = $1 AND d.endpoint_id = $2 AND d.sequence < $3"
        );
        let before = before.unwrap_or(i64::MAX);
        let mut params: Vec<Param> = params![tenant, endpoint, before, number(limit)];
        if let Some(state) = state {
            sql.push_str(" AND d.state = $5");
            params.push(state.as_str().into());
        }
        sql.push_str(" ORDER BY d.sequence DESC LIMIT $4");
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(delivery_row).collect()
    }

    /// The attempts at a delivery, the last ones first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn attempts(
        &self,
        tenant: &str,
        endpoint: EndpointId,
        sequence: i64,
        limit: usize,
    ) -> Result<Vec<LoggedAttempt>, StoreError> {
        let sql = "SELECT attempt, at, duration_ms, status, error FROM webhook_attempt \
                   WHERE tenant = $1 AND endpoint_id = $2 AND sequence = $3 ORDER BY attempt DESC LIMIT $4";
        let params = params![tenant, endpoint, sequence, number(limit)];
        let rows = self.rows(sql, params).await?;
        let read = |row| {
            let mut row = Reader::new("webhook_attempt", row);
            Ok(LoggedAttempt {
                attempt: row.int("attempt")?,
                at: row.time("at")?,
                duration_ms: row.int("duration_ms")?,
                status: match row.opt_int("status")? {
                    None => None,
                    Some(n) => Some(u16::try_from(n).map_err(|e| row.corrupt("status", e))?),
                },
                error: row.opt_text("error")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// How many deliveries stand where, by endpoint, of every tenant.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn delivery_counts(&self) -> Result<Vec<DeliveryCount>, StoreError> {
        let sql = "SELECT e.tenant, e.endpoint_id, e.state, \
                   (SELECT COUNT(*) FROM webhook_delivery d WHERE d.tenant = e.tenant AND d.endpoint_id = e.endpoint_id \
                   AND d.state = 'pending'), \
                   COALESCE((SELECT h.last FROM event_head h WHERE h.tenant = e.tenant), e.cursor) - e.cursor, \
                   (SELECT v.at FROM event v WHERE v.tenant = e.tenant AND v.sequence = \
                   (SELECT MIN(d.sequence) FROM webhook_delivery d WHERE d.tenant = e.tenant \
                   AND d.endpoint_id = e.endpoint_id AND d.state = 'pending')), \
                   (SELECT COUNT(*) FROM webhook_delivery d WHERE d.tenant = e.tenant AND d.endpoint_id = e.endpoint_id \
                   AND d.state = 'dead') FROM webhook_endpoint e ORDER BY e.tenant, e.endpoint_id";
        let rows = self.rows(sql, Vec::new()).await?;
        let read = |row| {
            let mut row = Reader::new("webhook_endpoint", row);
            Ok(DeliveryCount {
                tenant: row.text("tenant")?,
                endpoint: row.id("endpoint_id")?,
                disabled: row.text("state")? == "disabled",
                pending: row.number("pending")?,
                behind: row.number("behind")?,
                oldest: row.opt_time("oldest")?,
                dead: row.number("dead")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Removes events that happened before an instant, at most so many, with their deliveries and attempts; gives how many
    /// events there were.
    ///
    /// # Errors
    /// If the database fails; then none was removed.
    pub async fn prune_events(
        &self,
        tenant: &str,
        before: Timestamp,
        limit: usize,
    ) -> Result<u64, StoreError> {
        let mut tx = self.database.begin().await?;
        let old =
            "(SELECT sequence FROM event WHERE tenant = $1 AND at < $2 ORDER BY sequence LIMIT $3)";
        let mut pruned = 0;
        for table in ["webhook_attempt", "webhook_delivery", "event"] {
            let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND sequence IN {old}");
            pruned = tx
                .execute(sql.into(), params![tenant, before, number(limit)])
                .await?;
        }
        tx.commit().await?;
        Ok(pruned)
    }
}

fn event_row(row: Row) -> Result<EventRow, StoreError> {
    event_of(&mut Reader::new("event", row))
}

fn event_of(row: &mut Reader) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        sequence: row.int("sequence")?,
        event: row.id("event_id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        party: row.opt_id("party_id")?,
        at: row.time("at")?,
        data: row.text("data")?,
    })
}

fn delivery_row(row: Row) -> Result<DeliveryRow, StoreError> {
    let mut row = Reader::new("webhook_delivery", row);
    Ok(DeliveryRow {
        event: event_of(&mut row)?,
        state: row.id("state")?,
        attempts: row.int("attempts")?,
        failures: row.int("failures")?,
        next_at: row.time("next_at")?,
    })
}

fn endpoint_row(row: Row) -> Result<EndpointRow, StoreError> {
    let mut row = Reader::new("webhook_endpoint", row);
    let endpoint = row.id("endpoint_id")?;
    let (envelope, filter) = (row.blob("envelope")?, row.text("filter")?);
    let (state, reason) = (row.text("state")?, row.opt_text("reason")?);
    Ok(EndpointRow {
        endpoint,
        envelope,
        filter,
        disabled: (state == "disabled").then(|| reason.unwrap_or_default()),
        cursor: row.int("cursor")?,
        failing_since: row.opt_time("failing_since")?,
        paused_until: row.time("paused_until")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
    })
}
