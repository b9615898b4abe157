//! Events and deliveries: numbered in the order in which they become visible, delivered in the order of their subject,
//! replayed, and gone with whom they are about.

use bonafide_model::{EndpointId, EventId};
use bonafide_store::{
    ApplyError, AttemptRow, Change, DeliveryState, EndpointRow, EventRow, IdleEndpoint, JobRow, Op,
    Store, WebhookOp, WorkOp,
};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    removing_an_endpoint_removes_its_deliveries
    old_events_are_pruned_with_their_deliveries
    events_are_numbered_in_the_order_in_which_they_become_visible
    an_endpoint_is_told_of_what_happens_after_it_was_added
    only_one_process_moves_a_cursor
    a_failing_delivery_holds_up_its_subject_and_no_other
    what_was_given_up_holds_up_nobody_and_can_be_replayed
    an_endpoint_with_something_to_do_is_found_once
    an_endpoint_changes_only_as_it_was_read
}

pub(crate) const ENDPOINT: EndpointId = EndpointId::from_bits(1);

pub(crate) fn event(n: u128, subject: &str) -> EventRow {
    EventRow {
        sequence: 0,
        event: EventId::from_bits(n),
        kind: "decision.changed".to_owned(),
        subject: subject.to_owned(),
        party: None,
        at: at(i64::try_from(n).unwrap()),
        data: format!("{{\"n\":{n}}}"),
    }
}

pub(crate) fn webhook(op: WebhookOp) -> Change {
    change(vec![], vec![Op::Webhook(op)])
}

async fn announce(store: &Store, rows: Vec<EventRow>) {
    let ops = rows
        .into_iter()
        .map(|row| Op::Webhook(WebhookOp::Announce(row)));
    apply_all(store, vec![change(vec![], ops.collect())]).await;
}

pub(crate) fn endpoint(id: EndpointId) -> EndpointRow {
    EndpointRow {
        endpoint: id,
        envelope: b"sealed".to_vec(),
        filter: "*".to_owned(),
        disabled: None,
        cursor: 0,
        failing_since: None,
        paused_until: at(0),
        version: 1,
        created_at: at(0),
    }
}

pub(crate) fn fan_out(from: i64, to: i64) -> Change {
    webhook(WebhookOp::FanOut {
        endpoint: ENDPOINT,
        from,
        to,
        sequences: (from + 1..=to).collect(),
        at: at(10),
    })
}

/// An endpoint with deliveries of these events.
async fn queued(db: &Db, events: Vec<EventRow>) {
    make_tenant(&db.store).await;
    apply_all(
        &db.store,
        vec![webhook(WebhookOp::AddEndpoint(endpoint(ENDPOINT)))],
    )
    .await;
    let count = i64::try_from(events.len()).unwrap();
    announce(&db.store, events).await;
    apply_all(&db.store, vec![fan_out(0, count)]).await;
}

fn attempt(sequence: i64, attempt: i64, state: DeliveryState, next_at: i64) -> AttemptRow {
    let failed = state != DeliveryState::Done;
    AttemptRow {
        sequence,
        attempt,
        at: at(20),
        duration_ms: 7,
        status: if failed { None } else { Some(200) },
        error: failed.then(|| "timeout".to_owned()),
        state,
        failures: i64::from(failed),
        next_at: at(next_at),
    }
}

async fn settle(store: &Store, attempts: Vec<AttemptRow>) {
    let op = WebhookOp::Attempted {
        endpoint: ENDPOINT,
        attempts,
        failing: None,
    };
    apply_all(store, vec![webhook(op)]).await;
}

async fn due(store: &Store, now: i64) -> Vec<i64> {
    let rows = store.due_deliveries(TENANT, ENDPOINT, at(now), 100).await;
    rows.unwrap().iter().map(|d| d.event.sequence).collect()
}

async fn removing_an_endpoint_removes_its_deliveries(db: &Db) {
    queued(db, vec![event(1, "a")]).await;
    settle(&db.store, vec![attempt(1, 1, DeliveryState::Pending, 50)]).await;
    let tables = ["webhook_attempt", "webhook_delivery", "webhook_endpoint"];
    let id = ENDPOINT.to_string();
    assert_eq!(db.tables_with(&id).await, tables);
    let remove = || webhook(WebhookOp::RemoveEndpoint { endpoint: ENDPOINT });
    apply_all(&db.store, vec![remove()]).await;
    assert_eq!(db.tables_with(&id).await, Vec::<String>::new());
    assert!(apply_one(&db.store, remove()).await.is_err());
    assert_eq!(db.store.events_after(TENANT, 0, 9).await.unwrap().len(), 1);
}

async fn old_events_are_pruned_with_their_deliveries(db: &Db) {
    queued(db, (1..=5).map(|n| event(n, "a")).collect()).await;
    settle(&db.store, vec![attempt(1, 1, DeliveryState::Done, 50)]).await;
    assert_eq!(db.store.prune_events(TENANT, at(4), 2).await.unwrap(), 2);
    assert_eq!(db.store.prune_events("other", at(4), 2).await.unwrap(), 0);
    let deliveries = db
        .store
        .deliveries(TENANT, ENDPOINT, None, None, 9)
        .await
        .unwrap();
    let left: Vec<i64> = deliveries.iter().map(|d| d.event.sequence).collect();
    assert_eq!(left, [5, 4, 3]);
    assert_eq!(
        db.look("SELECT CAST(COUNT(*) AS TEXT) FROM webhook_attempt")
            .await,
        ["0"]
    );
    assert_eq!(db.store.prune_events(TENANT, at(4), 9).await.unwrap(), 1);
    // Numbers are never given again.
    announce(&db.store, vec![event(6, "a")]).await;
    assert_eq!(db.store.last_event(TENANT).await.unwrap(), 6);
    assert_eq!(db.store.last_event_before(TENANT, at(6)).await.unwrap(), 5);
}

async fn events_are_numbered_in_the_order_in_which_they_become_visible(db: &Db) {
    make_tenant(&db.store).await;
    let other = db.another().await.unwrap_or_else(|| db.store.clone());
    let write = async |store: &Store, first: u128| {
        for n in (first..first + 100).step_by(2) {
            announce(store, vec![event(n, "a"), event(n + 1, "b")]).await;
        }
    };
    let read = async {
        let mut seen = Vec::new();
        while seen.len() < 200 {
            let after = seen.last().copied().unwrap_or(0);
            let some = db.store.events_after(TENANT, after, 7).await.unwrap();
            seen.extend(some.iter().map(|e| e.sequence));
            tokio::task::yield_now().await;
        }
        seen
    };
    let ((), (), seen) = tokio::join!(write(&db.store, 1), write(&other, 1001), read);
    assert_eq!(seen, (1..=200).collect::<Vec<i64>>());
    let found = db
        .store
        .event(TENANT, EventId::from_bits(1001))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        EventRow {
            sequence: 0,
            ..found
        },
        event(1001, "a")
    );
    assert_eq!(
        db.store
            .event("other", EventId::from_bits(1001))
            .await
            .unwrap(),
        None
    );
    let again = webhook(WebhookOp::Announce(event(1, "a")));
    assert!(matches!(
        apply_one(&db.store, again).await,
        Err(ApplyError::Duplicate { .. })
    ));
}

async fn an_endpoint_is_told_of_what_happens_after_it_was_added(db: &Db) {
    make_tenant(&db.store).await;
    announce(&db.store, vec![event(1, "a"), event(2, "a")]).await;
    apply_all(
        &db.store,
        vec![webhook(WebhookOp::AddEndpoint(endpoint(ENDPOINT)))],
    )
    .await;
    let row = db.store.endpoint(TENANT, ENDPOINT).await.unwrap().unwrap();
    assert_eq!(
        row,
        EndpointRow {
            cursor: 2,
            ..endpoint(ENDPOINT)
        }
    );
    assert_eq!(db.store.endpoints(TENANT).await.unwrap(), [row]);
    assert_eq!(db.store.endpoints("other").await.unwrap(), []);
    assert_eq!(db.store.endpoint("other", ENDPOINT).await.unwrap(), None);
}

async fn only_one_process_moves_a_cursor(db: &Db) {
    queued(db, vec![event(1, "a"), event(2, "b")]).await;
    announce(&db.store, vec![event(3, "a")]).await;
    let late = apply_one(&db.store, fan_out(0, 3)).await;
    assert!(
        matches!(late, Err(ApplyError::Duplicate { .. })),
        "{late:?}"
    );
    assert_eq!(due(&db.store, 10).await, [1, 2]);
    apply_all(&db.store, vec![fan_out(2, 3)]).await;
    assert_eq!(due(&db.store, 10).await, [1, 2, 3]);
    assert_eq!(due(&db.store, 9).await, Vec::<i64>::new());
    let disable = WebhookOp::DisableEndpoint {
        endpoint: ENDPOINT,
        reason: "gone".to_owned(),
    };
    apply_all(&db.store, vec![webhook(disable)]).await;
    assert!(apply_one(&db.store, fan_out(3, 3)).await.is_err());
    let row = db.store.endpoint(TENANT, ENDPOINT).await.unwrap().unwrap();
    assert_eq!((row.disabled.as_deref(), row.cursor), (Some("gone"), 3));
}

async fn a_failing_delivery_holds_up_its_subject_and_no_other(db: &Db) {
    queued(
        db,
        vec![event(1, "a"), event(2, "b"), event(3, "a"), event(4, "b")],
    )
    .await;
    let failed = attempt(1, 1, DeliveryState::Pending, 500);
    let sent = attempt(2, 1, DeliveryState::Done, 20);
    settle(&db.store, vec![failed, sent.clone()]).await;
    assert_eq!(due(&db.store, 30).await, [4]);
    let waiting = db
        .store
        .pending_deliveries(TENANT, ENDPOINT, 100)
        .await
        .unwrap();
    assert_eq!(waiting, (3, Some(at(10))));
    settle(&db.store, vec![attempt(4, 1, DeliveryState::Done, 20)]).await;
    let waiting = db
        .store
        .pending_deliveries(TENANT, ENDPOINT, 100)
        .await
        .unwrap();
    assert_eq!(waiting, (2, Some(at(500))));
    assert_eq!(due(&db.store, 500).await, [1, 3]);
    // What has ended stays ended, whatever a process says that was away for long.
    settle(&db.store, vec![attempt(2, 2, DeliveryState::Pending, 20)]).await;
    assert_eq!(due(&db.store, 30).await, Vec::<i64>::new());
    let log = db.store.attempts(TENANT, ENDPOINT, 2, 9).await.unwrap();
    assert_eq!(log.iter().map(|a| a.attempt).collect::<Vec<_>>(), [2, 1]);
    let first = log.last().unwrap();
    assert_eq!(
        (
            first.status,
            first.error.as_deref(),
            first.duration_ms,
            first.at
        ),
        (Some(200), None, 7, at(20))
    );
}

async fn what_was_given_up_holds_up_nobody_and_can_be_replayed(db: &Db) {
    queued(db, vec![event(1, "a"), event(2, "a"), event(3, "a")]).await;
    settle(&db.store, vec![attempt(1, 1, DeliveryState::Dead, 20)]).await;
    assert_eq!(due(&db.store, 30).await, [2, 3]);
    let state = |state| db.store.deliveries(TENANT, ENDPOINT, Some(state), None, 9);
    let dead = state(DeliveryState::Dead).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts, dead[0].failures), (1, 1, 1));
    let counts = db.store.delivery_counts().await.unwrap();
    assert_eq!(
        (counts[0].pending, counts[0].dead, counts[0].behind),
        (2, 1, 0)
    );
    assert_eq!((counts[0].oldest, counts[0].disabled), (Some(at(2)), false));
    let replay = WebhookOp::Replay {
        endpoint: ENDPOINT,
        sequences: vec![1, 2, 99],
        at: at(40),
    };
    apply_all(&db.store, vec![webhook(replay)]).await;
    assert_eq!(due(&db.store, 40).await, [1, 2, 3]);
    assert_eq!(state(DeliveryState::Dead).await.unwrap(), []);
    let again = &db
        .store
        .due_deliveries(TENANT, ENDPOINT, at(40), 1)
        .await
        .unwrap()[0];
    assert_eq!(
        (again.attempts, again.failures, again.event.event),
        (1, 0, EventId::from_bits(1))
    );
    let page = db
        .store
        .deliveries(TENANT, ENDPOINT, None, Some(3), 1)
        .await
        .unwrap();
    assert_eq!(page[0].event.sequence, 2);
}

async fn an_endpoint_with_something_to_do_is_found_once(db: &Db) {
    queued(db, vec![event(1, "a")]).await;
    let idle = |now: i64| db.store.idle_endpoints(at(now), "webhook:");
    let found = [IdleEndpoint {
        tenant: TENANT.to_owned(),
        endpoint: ENDPOINT,
    }];
    assert_eq!(idle(30).await.unwrap(), found);
    let timer = |n: u128, run_at: i64| {
        let timer = Some(format!("webhook:{ENDPOINT}"));
        let row = JobRow {
            timer,
            ..crate::work::job(n, run_at)
        };
        change(vec![], vec![Op::Work(WorkOp::Put(row))])
    };
    apply_all(&db.store, vec![timer(1, 900)]).await;
    assert_eq!(idle(30).await.unwrap(), []);
    // It waits for a retry when something new happens.
    announce(&db.store, vec![event(2, "a")]).await;
    assert_eq!(idle(30).await.unwrap(), found);
    apply_all(&db.store, vec![timer(2, 30)]).await;
    assert_eq!(idle(30).await.unwrap(), []);
    assert_eq!(
        db.store
            .claim_jobs("w", at(30), at(99), 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(idle(40).await.unwrap(), []);
    apply_all(&db.store, vec![fan_out(1, 2)]).await;
    announce(&db.store, vec![event(3, "a")]).await;
    let pause = WebhookOp::PauseEndpoint {
        endpoint: ENDPOINT,
        until: at(1000),
    };
    db.tamper("DELETE FROM job").await;
    apply_all(&db.store, vec![webhook(pause)]).await;
    assert_eq!(idle(999).await.unwrap(), []);
    assert_eq!(idle(1000).await.unwrap(), found);
    let disable = WebhookOp::DisableEndpoint {
        endpoint: ENDPOINT,
        reason: "x".to_owned(),
    };
    apply_all(&db.store, vec![webhook(disable)]).await;
    assert_eq!(idle(1000).await.unwrap(), []);
    apply_all(
        &db.store,
        vec![webhook(WebhookOp::EnableEndpoint { endpoint: ENDPOINT })],
    )
    .await;
    assert_eq!(idle(0).await.unwrap(), found);
}

async fn an_endpoint_changes_only_as_it_was_read(db: &Db) {
    queued(db, vec![]).await;
    let change = |version| {
        webhook(WebhookOp::ChangeEndpoint {
            endpoint: ENDPOINT,
            envelope: b"other".to_vec(),
            filter: "review.due".to_owned(),
            version,
        })
    };
    apply_all(&db.store, vec![change(2)]).await;
    assert!(apply_one(&db.store, change(2)).await.is_err());
    let row = db.store.endpoint(TENANT, ENDPOINT).await.unwrap().unwrap();
    assert_eq!(
        (row.version, row.envelope.as_slice(), row.filter.as_str()),
        (2, b"other".as_slice(), "review.due")
    );
    let failing = |since| {
        webhook(WebhookOp::Attempted {
            endpoint: ENDPOINT,
            attempts: vec![],
            failing: Some(since),
        })
    };
    apply_all(&db.store, vec![failing(Some(at(5)))]).await;
    let since = db
        .store
        .endpoint(TENANT, ENDPOINT)
        .await
        .unwrap()
        .unwrap()
        .failing_since;
    assert_eq!(since, Some(at(5)));
    apply_all(&db.store, vec![failing(None)]).await;
    let since = db
        .store
        .endpoint(TENANT, ENDPOINT)
        .await
        .unwrap()
        .unwrap()
        .failing_since;
    assert_eq!(since, None);
}
