//! Other systems are told of what happens: signed, in order, until they have it, and of nobody's identity.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
mod place;
#[path = "webhook/receiver.rs"]
mod receiver;

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::{
    App, AppError, DeliveryState, EventKind, NewWebhook, ReplayRange, Runner, WebhookKeys,
};
use bonafide_ledger::webhook::{VerifyingKey, verify};
use bonafide_model::DAY_MS;
use place::{Place, actor, holds, set_up, signed_up, verified};
use receiver::{Received, Receiver};

async fn added(app: &App, url: &str, events: &[&str]) -> WebhookKeys {
    let new = NewWebhook {
        url: url.to_owned(),
        events: events.iter().map(|e| (*e).to_owned()).collect(),
        description: "the provisioner".to_owned(),
    };
    app.add_webhook(&actor(), &new).await.unwrap()
}

async fn run(app: &App) {
    Runner::new(app.clone()).run_until_idle().await.unwrap();
}

fn holds_for(received: &Received, key: &str) -> bool {
    let keys: Vec<VerifyingKey> = vec![key.parse().unwrap()];
    let header = |name: &str| received.header(name);
    verify(
        &keys,
        &header("webhook-id"),
        &header("webhook-timestamp"),
        &header("webhook-signature"),
        &received.body,
    )
    .is_ok()
}

fn kinds(received: &[Received]) -> Vec<String> {
    received
        .iter()
        .map(|r| r.json()["type"].as_str().unwrap().to_owned())
        .collect()
}

async fn begun() -> (Place, App, Receiver) {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    (place, app, Receiver::start().await)
}

async fn opened(app: &App) -> SignUpAnswer {
    signed_up(app, "Wilhelmina Jansen", "w.jansen@example.net").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_told_signed_and_without_an_identity() {
    let (place, app, receiver) = begun().await;
    opened(&app).await;
    let keys = added(&app, &receiver.url, &[]).await;
    let answer = opened(&app).await;
    run(&app).await;
    let received = receiver.all();
    assert_eq!(
        kinds(&received),
        ["decision.changed", "entitlements.changed"]
    );
    let body = received[0].json();
    assert_eq!(body["data"]["account"], answer.account.to_string());
    assert_eq!(body["data"]["decision"], answer.assessment["decision"]);
    assert_eq!(body["data"]["version"], 1);
    assert_eq!(body["id"], received[0].header("webhook-id"));
    for message in &received {
        assert!(holds_for(message, &keys.secret) && holds_for(message, &keys.public_key));
        let text = String::from_utf8_lossy(&message.body);
        for identity in [
            "Jansen",
            "example.net",
            "tok_1",
            &answer.parties[0].id.to_string(),
        ] {
            assert!(!text.contains(identity), "{text}");
        }
    }
    run(&app).await;
    assert_eq!(receiver.all().len(), 2, "once");
    let log = app
        .deliveries(&actor(), keys.id, None, None, 9)
        .await
        .unwrap();
    let states: Vec<_> = log
        .items
        .iter()
        .map(|d| (d.state.as_str(), d.attempts))
        .collect();
    assert_eq!(states, [("done", 1), ("done", 1)]);
    assert_eq!(log.items[0].log[0].status, Some(200));
    // Who missed one reads the feed, from the first event on.
    let feed = app.events(&actor(), 0, 3).await.unwrap();
    assert_eq!((feed.items.len(), feed.next.as_deref()), (3, Some("3")));
    let rest = app.events(&actor(), 3, 3).await.unwrap();
    assert_eq!(
        serde_json::to_value(&rest.items[0]).unwrap(),
        received[1].json()
    );
    // Neither the address nor the secret lies about, and every change of an endpoint is a record.
    app.close().await.unwrap();
    for secret in [receiver.url.as_bytes(), keys.secret.as_bytes()] {
        assert_eq!(
            holds(place.dir.path(), secret),
            Vec::<std::path::PathBuf>::new()
        );
    }
    let app = place.open().await.unwrap();
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_and_holds_up_its_subject_alone() {
    let (place, app, receiver) = begun().await;
    let keys = added(&app, &receiver.url, &[]).await;
    receiver.answer(500);
    let first = opened(&app).await;
    run(&app).await;
    assert_eq!(
        kinds(&receiver.all()),
        ["decision.changed"],
        "the second waits for the first"
    );
    receiver.answer(200);
    let second = opened(&app).await;
    run(&app).await;
    let told: Vec<_> = receiver
        .all()
        .iter()
        .skip(1)
        .map(Received::account)
        .collect();
    let other = second.account.to_string();
    assert_eq!(
        told,
        [other.clone(), other],
        "the other subject is not held up"
    );
    place.clock.set(place::at("2026-11-24T09:00:07Z"));
    run(&app).await;
    let received = receiver.all();
    assert_eq!(received.len(), 5);
    let again = &received[3];
    assert_eq!(again.account(), first.account.to_string());
    assert_eq!(
        again.header("webhook-id"),
        received[0].header("webhook-id"),
        "the id stays"
    );
    assert_eq!(again.body, received[0].body, "and so does the body");
    assert_ne!(
        again.header("webhook-timestamp"),
        received[0].header("webhook-timestamp")
    );
    assert!(holds_for(again, &keys.secret));
    assert_eq!(
        kinds(&received[3..]),
        ["decision.changed", "entitlements.changed"]
    );
    assert_eq!(
        app.webhook(&actor(), keys.id).await.unwrap().failing_since,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_holds_up_nobody_and_can_be_sent_again() {
    let (place, app, receiver) = begun().await;
    let keys = added(&app, &receiver.url, &["decision.changed"]).await;
    receiver.answer(400);
    opened(&app).await;
    let mut now = place::at("2026-11-24T09:00:00Z");
    for _ in 0..13 {
        run(&app).await;
        now = now.plus_millis(30 * 60 * 60 * 1000 / 3);
        place.clock.set(now);
    }
    let by = actor();
    let dead = app.deliveries(&by, keys.id, Some(DeliveryState::Dead), None, 9);
    assert_eq!(
        dead.await.unwrap().items.len(),
        0,
        "the longest waits are not over"
    );
    for _ in 0..13 {
        now = now.plus_millis(29 * 60 * 60 * 1000);
        place.clock.set(now);
        run(&app).await;
    }
    let webhook = app.webhook(&actor(), keys.id).await.unwrap();
    assert_eq!(webhook.state, "disabled");
    assert_eq!(
        webhook.disabled_because.as_deref(),
        Some("nothing arrived for 5 days")
    );
    let feed = app.events(&actor(), 0, 200).await.unwrap().items;
    let last = feed.iter().rfind(|e| e.kind.starts_with("webhook."));
    assert_eq!(last.unwrap().kind, "webhook.disabled");
    receiver.answer(200);
    let before = receiver.all().len();
    app.enable_webhook(&actor(), keys.id).await.unwrap();
    run(&app).await;
    app.replay_webhook(&actor(), keys.id, &ReplayRange::Dead)
        .await
        .unwrap();
    run(&app).await;
    let since: Vec<_> = receiver.all().drain(before..).collect();
    assert!(since.iter().all(|r| r.json()["type"] == "decision.changed"));
    let first = receiver.all()[0].header("webhook-id");
    assert!(
        since.iter().any(|r| r.header("webhook-id") == first),
        "nothing is lost"
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_and_old_ones_sign_together_for_a_while() {
    let (place, app, receiver) = begun().await;
    let old = added(&app, &receiver.url, &["decision.changed"]).await;
    let new = app.rotate_webhook(&actor(), old.id, 24).await.unwrap();
    assert_ne!(old.secret, new.secret);
    assert!(app.rotate_webhook(&actor(), old.id, 24 * 8).await.is_err());
    opened(&app).await;
    run(&app).await;
    place.clock.set(place::at("2026-11-25T09:00:00Z"));
    opened(&app).await;
    run(&app).await;
    let received = receiver.all();
    let good =
        |r: &Received, k: &WebhookKeys| [holds_for(r, &k.secret), holds_for(r, &k.public_key)];
    assert_eq!(good(&received[0], &old), [true, true]);
    assert_eq!(good(&received[0], &new), [true, true]);
    let last = received.last().unwrap();
    assert_eq!(good(last, &old), [false, false]);
    assert_eq!(good(last, &new), [true, true]);
    assert_eq!(app.webhook(&actor(), old.id).await.unwrap().keys.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_or_busy_is_left_alone() {
    let (place, app, receiver) = begun().await;
    let keys = added(&app, &receiver.url, &["decision.changed"]).await;
    receiver.answer(429);
    for _ in 0..40 {
        opened(&app).await;
    }
    run(&app).await;
    let tried = receiver.all().len();
    assert!(tried < 40, "{tried}");
    place.clock.set(place::at("2026-11-24T09:01:59Z"));
    run(&app).await;
    assert_eq!(receiver.all().len(), tried, "it said: after 120 seconds");
    place.clock.set(place::at("2026-11-24T09:02:30Z"));
    receiver.answer(410);
    run(&app).await;
    let webhook = app.webhook(&actor(), keys.id).await.unwrap();
    assert_eq!(webhook.state, "disabled");
    let tried = receiver.all().len();
    receiver.answer(200);
    run(&app).await;
    assert_eq!(receiver.all().len(), tried);
    app.enable_webhook(&actor(), keys.id).await.unwrap();
    place.clock.set(place::at("2026-11-24T10:00:00Z"));
    run(&app).await;
    let ids: std::collections::BTreeSet<_> = receiver
        .all()
        .iter()
        .skip(tried)
        .map(|r| r.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), 40, "nothing is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_it_was_disabled_is_sent_afterwards() {
    let (place, app, receiver) = begun().await;
    let keys = added(&app, &receiver.url, &["decision.changed", "account.closed"]).await;
    app.disable_webhook(&actor(), keys.id).await.unwrap();
    let answer = opened(&app).await;
    app.close_account(&actor(), answer.account).await.unwrap();
    run(&app).await;
    assert_eq!(receiver.all().len(), 0);
    app.enable_webhook(&actor(), keys.id).await.unwrap();
    run(&app).await;
    assert_eq!(
        kinds(&receiver.all()),
        ["decision.changed", "account.closed"]
    );
    let between = ReplayRange::Between(
        place::at("2026-11-24T08:00:00Z"),
        place::at("2026-11-24T10:00:00Z"),
    );
    assert_eq!(
        app.replay_webhook(&actor(), keys.id, &between)
            .await
            .unwrap(),
        2
    );
    run(&app).await;
    assert_eq!(receiver.all().len(), 4);
    assert_eq!(
        receiver.all()[2].header("webhook-id"),
        receiver.all()[0].header("webhook-id")
    );
    place
        .clock
        .set(place::at("2026-11-24T09:00:00Z").plus_millis(31 * DAY_MS));
    run(&app).await;
    assert_eq!(
        app.events(&actor(), 0, 9)
            .await
            .unwrap()
            .items
            .iter()
            .filter(|e| e.kind == "account.closed")
            .count(),
        0
    );
    assert_eq!(
        app.deliveries(&actor(), keys.id, None, None, 9)
            .await
            .unwrap()
            .items
            .iter()
            .filter(|d| d.kind == "account.closed")
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_must_be_one_that_may_be_sent_to() {
    let (_place, app, receiver) = begun().await;
    let bad = |url: &str, events: &[&str]| NewWebhook {
        url: url.to_owned(),
        events: events.iter().map(|e| (*e).to_owned()).collect(),
        description: String::new(),
    };
    for (new, field) in [
        (bad("http://example.com/", &[]), "url"),
        (bad("https://169.254.169.254/", &[]), "url"),
        (bad("not an address", &[]), "url"),
        (bad(&receiver.url, &["decision.chnaged"]), "events[0]"),
    ] {
        let refused = app.add_webhook(&actor(), &new).await.unwrap_err();
        let AppError::Invalid(errors) = refused else {
            panic!("{refused}")
        };
        assert_eq!(errors[0].field, field);
    }
    let keys = added(&app, &receiver.url, &[]).await;
    receiver.answer(503);
    let test = app.test_webhook(&actor(), keys.id).await.unwrap();
    assert_eq!((test.arrived, test.status), (false, Some(503)));
    receiver.answer(204);
    let test = app.test_webhook(&actor(), keys.id).await.unwrap();
    assert!(test.arrived);
    assert_eq!(kinds(&receiver.all()), ["webhook.test", "webhook.test"]);
    app.remove_webhook(&actor(), keys.id).await.unwrap();
    let gone = app.webhook(&actor(), keys.id).await;
    assert!(matches!(gone, Err(AppError::NotFound { .. })));
    opened(&app).await;
    run(&app).await;
    assert_eq!(receiver.all().len(), 2);
}

#[test]
fn the_documents_show_what_is_sent() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhooks.md");
    let text = std::fs::read_to_string(path).unwrap();
    let at = place::at("2026-11-24T09:30:00Z");
    let samples = bonafide_app::event_samples(at);
    assert_eq!(samples.len(), EventKind::ALL.len());
    for (sample, kind) in samples.iter().zip(EventKind::ALL) {
        assert_eq!(sample.kind, kind.as_str());
        assert!(
            text.contains(&format!("| `{kind}` |")),
            "docs/webhooks.md does not list `{kind}`"
        );
        // As values: which order the fields have is nobody's business.
        let json = serde_json::to_value(sample).unwrap();
        let mut shown = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("{\"id\""));
        assert!(
            shown.any(|line| serde_json::from_str::<serde_json::Value>(line).unwrap() == json),
            "docs/webhooks.md does not show\n{json}"
        );
    }
}
