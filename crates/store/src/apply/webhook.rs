//! Operations on events, endpoints and deliveries.
//!
//! Events get their numbers when they are written, at the end of a batch: the row that counts them stays locked until the
//! commit, so that numbers become visible in their order, also where several processes write.

use std::collections::BTreeMap;

use bonafide_model::EndpointId;

use super::Trouble;
use super::bulk::{Bulk, run as run_bulk};
use super::single::must_be_there;
use crate::ApplyError;
use crate::change::WebhookOp;
use crate::database::{Param, Transaction, params};
use crate::row::Reader;
use crate::rows::{AttemptRow, EndpointRow, EventRow};

const EVENT: Bulk = Bulk {
    before: "INSERT INTO event (tenant, sequence, event_id, kind, subject, party_id, at, data) VALUES ",
    after: "",
    columns: 8,
};

const QUEUE: &str = "WITH v(tenant, endpoint_id, sequence, next_at) AS (VALUES ";

/// Events that were erased meanwhile are not there, and get no delivery.
const FAN_OUT: Bulk = Bulk {
    before: QUEUE,
    after: ") INSERT INTO webhook_delivery (tenant, endpoint_id, sequence, subject, party_id, state, attempts, failures, \
            next_at) SELECT v.tenant, v.endpoint_id, v.sequence, e.subject, e.party_id, 'pending', 0, 0, v.next_at \
            FROM v JOIN event e ON e.tenant = v.tenant AND e.sequence = v.sequence WHERE TRUE \
            ON CONFLICT (tenant, endpoint_id, sequence) DO NOTHING",
    columns: 4,
};

const REPLAY: Bulk = Bulk {
    before: QUEUE,
    after: ") INSERT INTO webhook_delivery (tenant, endpoint_id, sequence, subject, party_id, state, attempts, failures, \
            next_at) SELECT v.tenant, v.endpoint_id, v.sequence, e.subject, e.party_id, 'pending', 0, 0, v.next_at \
            FROM v JOIN event e ON e.tenant = v.tenant AND e.sequence = v.sequence WHERE TRUE \
            ON CONFLICT (tenant, endpoint_id, sequence) DO UPDATE SET state = 'pending', failures = 0, \
            next_at = excluded.next_at",
    columns: 4,
};

const SETTLE: Bulk = Bulk {
    before: "WITH v(tenant, endpoint_id, sequence, attempts, state, failures, next_at) AS (VALUES ",
    after: ") UPDATE webhook_delivery SET attempts = v.attempts, state = v.state, failures = v.failures, \
            next_at = v.next_at FROM v WHERE webhook_delivery.tenant = v.tenant \
            AND webhook_delivery.endpoint_id = v.endpoint_id AND webhook_delivery.sequence = v.sequence \
            AND webhook_delivery.state = 'pending'",
    columns: 7,
};

/// An attempt whose delivery went with an erasure leaves nothing.
const LOG: Bulk = Bulk {
    before: "WITH v(tenant, endpoint_id, sequence, attempt, at, duration_ms, status, error) AS (VALUES ",
    after: ") INSERT INTO webhook_attempt (tenant, endpoint_id, sequence, attempt, at, duration_ms, status, error) \
            SELECT v.tenant, v.endpoint_id, v.sequence, v.attempt, v.at, v.duration_ms, v.status, v.error FROM v \
            JOIN webhook_delivery d ON d.tenant = v.tenant AND d.endpoint_id = v.endpoint_id AND d.sequence = v.sequence \
            WHERE TRUE ON CONFLICT (tenant, endpoint_id, sequence, attempt) DO NOTHING",
    columns: 8,
};

/// Events of a batch that wait for their numbers, by tenant.
#[derive(Default)]
pub(super) struct Announced(BTreeMap<String, Vec<EventRow>>);

impl Announced {
    pub(super) fn add(&mut self, tenant: &str, row: &EventRow) {
        let rows = self.0.entry(tenant.to_owned()).or_default();
        rows.push(row.clone());
    }

    /// Numbers the events and writes them; tenants in order, so that two processes never wait for each other.
    pub(super) async fn flush(&mut self, tx: &mut dyn Transaction) -> Result<(), Trouble> {
        for (tenant, rows) in std::mem::take(&mut self.0) {
            let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let sql = "INSERT INTO event_head (tenant, last) VALUES ($1, $2) \
                       ON CONFLICT (tenant) DO UPDATE SET last = event_head.last + excluded.last RETURNING last";
            let last = tx
                .fetch(sql.into(), params![tenant.as_str(), count])
                .await?;
            let last = last.into_iter().next().unwrap_or_default();
            let last = Reader::new("event_head", last).int("last")?;
            let numbered = (last - count + 1..).zip(rows);
            let rows = numbered.map(|(sequence, row)| {
                params![
                    tenant.as_str(),
                    sequence,
                    row.event,
                    row.kind,
                    row.subject,
                    row.party,
                    row.at,
                    row.data
                ]
            });
            run_bulk(tx, &EVENT, rows.collect()).await?;
        }
        Ok(())
    }
}

pub(super) async fn run(
    tx: &mut dyn Transaction,
    tenant: &str,
    op: &WebhookOp,
) -> Result<(), Trouble> {
    match op {
        WebhookOp::Announce(row) => {
            let mut one = Announced::default();
            one.add(tenant, row);
            one.flush(tx).await
        }
        WebhookOp::AddEndpoint(row) => add(tx, tenant, row).await,
        WebhookOp::ChangeEndpoint {
            endpoint,
            envelope,
            filter,
            version,
        } => {
            let sql = "UPDATE webhook_endpoint SET envelope = $3, filter = $4, version = $5 \
                       WHERE tenant = $1 AND endpoint_id = $2 AND version = $5 - 1";
            let params = params![
                tenant,
                *endpoint,
                envelope.clone(),
                filter.as_str(),
                *version
            ];
            taken(tx.execute(sql.into(), params).await?)
        }
        WebhookOp::DisableEndpoint { endpoint, reason } => {
            let sql = "UPDATE webhook_endpoint SET state = 'disabled', reason = $3 \
                       WHERE tenant = $1 AND endpoint_id = $2 AND state = 'enabled'";
            tx.execute(sql.into(), params![tenant, *endpoint, reason.as_str()])
                .await?;
            Ok(())
        }
        WebhookOp::EnableEndpoint { endpoint } => {
            let sql = "UPDATE webhook_endpoint SET state = 'enabled', reason = NULL, failing_since = NULL, \
                       paused_until = 0 WHERE tenant = $1 AND endpoint_id = $2";
            let changed = tx.execute(sql.into(), params![tenant, *endpoint]).await?;
            must_be_there(changed, || format!("no webhook `{endpoint}`"))
        }
        WebhookOp::RemoveEndpoint { endpoint } => remove(tx, tenant, *endpoint).await,
        WebhookOp::PauseEndpoint { endpoint, until } => {
            let sql = "UPDATE webhook_endpoint SET paused_until = $3 WHERE tenant = $1 AND endpoint_id = $2";
            tx.execute(sql.into(), params![tenant, *endpoint, *until])
                .await?;
            Ok(())
        }
        WebhookOp::FanOut {
            endpoint,
            from,
            to,
            sequences,
            at,
        } => {
            let sql = "UPDATE webhook_endpoint SET cursor = $4 \
                       WHERE tenant = $1 AND endpoint_id = $2 AND cursor = $3 AND state = 'enabled'";
            taken(
                tx.execute(sql.into(), params![tenant, *endpoint, *from, *to])
                    .await?,
            )?;
            let row = |s: &i64| params![tenant, *endpoint, *s, *at];
            run_bulk(tx, &FAN_OUT, sequences.iter().map(row).collect()).await?;
            Ok(())
        }
        WebhookOp::Replay {
            endpoint,
            sequences,
            at,
        } => {
            let row = |s: &i64| params![tenant, *endpoint, *s, *at];
            run_bulk(tx, &REPLAY, sequences.iter().map(row).collect()).await?;
            Ok(())
        }
        WebhookOp::Attempted {
            endpoint,
            attempts,
            failing,
        } => attempted(tx, tenant, *endpoint, attempts, *failing).await,
    }
}

/// Somebody else changed the endpoint since it was read.
fn taken(changed: u64) -> Result<(), Trouble> {
    if changed == 0 {
        let what = "webhook_endpoint".to_owned();
        return Err(Trouble::Change(ApplyError::Duplicate { what }));
    }
    Ok(())
}

async fn add(tx: &mut dyn Transaction, tenant: &str, row: &EndpointRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO webhook_endpoint (tenant, endpoint_id, envelope, filter, state, reason, cursor, failing_since, \
               paused_until, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, \
               COALESCE((SELECT last FROM event_head WHERE tenant = $1), 0), $7, $8, $9, $10)";
    let state = if row.disabled.is_some() {
        "disabled"
    } else {
        "enabled"
    };
    let params = params![
        tenant,
        row.endpoint,
        row.envelope.clone(),
        row.filter.as_str(),
        state,
        row.disabled.clone(),
        row.failing_since,
        row.paused_until,
        row.version,
        row.created_at
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn remove(
    tx: &mut dyn Transaction,
    tenant: &str,
    endpoint: EndpointId,
) -> Result<(), Trouble> {
    for sql in [
        "DELETE FROM webhook_attempt WHERE tenant = $1 AND endpoint_id = $2",
        "DELETE FROM webhook_delivery WHERE tenant = $1 AND endpoint_id = $2",
    ] {
        tx.execute(sql.into(), params![tenant, endpoint]).await?;
    }
    let sql = "DELETE FROM webhook_endpoint WHERE tenant = $1 AND endpoint_id = $2";
    let changed = tx.execute(sql.into(), params![tenant, endpoint]).await?;
    must_be_there(changed, || format!("no webhook `{endpoint}`"))
}

async fn attempted(
    tx: &mut dyn Transaction,
    tenant: &str,
    endpoint: EndpointId,
    attempts: &[AttemptRow],
    failing: Option<Option<bonafide_model::Timestamp>>,
) -> Result<(), Trouble> {
    let settle = |a: &AttemptRow| -> Vec<Param> {
        params![
            tenant,
            endpoint,
            a.sequence,
            a.attempt,
            a.state.as_str(),
            a.failures,
            a.next_at
        ]
    };
    run_bulk(tx, &SETTLE, attempts.iter().map(settle).collect()).await?;
    let log = |a: &AttemptRow| {
        let status = Param::Int(a.status.map(i64::from));
        let mut params = params![tenant, endpoint, a.sequence, a.attempt, a.at, a.duration_ms];
        params.extend([status, a.error.clone().into()]);
        params
    };
    run_bulk(tx, &LOG, attempts.iter().map(log).collect()).await?;
    if let Some(since) = failing {
        let sql =
            "UPDATE webhook_endpoint SET failing_since = $3 WHERE tenant = $1 AND endpoint_id = $2";
        tx.execute(sql.into(), params![tenant, endpoint, since])
            .await?;
    }
    Ok(())
}
