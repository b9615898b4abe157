//! Who may act for an organisation.

use bonafide_evidence::Code;
use serde_json::{Value, json};

use crate::vectors::check;

fn extract() -> Value {
    json!({
        "organisation": "GB-COH 01234567",
        "source": "register_extract",
        "issued_at": "2026-05-01",
        "officers": [
            {"id": "chair", "name": "Ada", "role": "director", "alone": true, "from": "2020-01-01"},
            {"id": "first", "together": 2},
            {"id": "second", "together": 2},
            {"id": "gone", "alone": true, "until": "2026-01-01"},
            {"id": "buyer", "alone": true, "matters": ["purchases"]},
        ],
        "grants": [
            {"by": ["chair"], "to": "agent", "signed_at": "2026-02-01", "may_delegate": true, "matters": ["cloud_services"]},
            {"by": ["agent"], "to": "helper", "signed_at": "2026-03-01"},
            {"by": ["helper"], "to": "stranger", "signed_at": "2026-04-01"},
            {"by": ["first"], "to": "half", "signed_at": "2026-02-01"},
            {"by": ["first", "second"], "to": "whole", "signed_at": "2026-02-01", "until": "2026-12-01"},
            {"by": ["gone"], "to": "before", "signed_at": "2025-06-01"},
            {"by": ["gone"], "to": "after", "signed_at": "2026-02-01"},
        ],
    })
}

#[test]
fn authority_follows_office_and_powers() {
    let judge = |acting: Value, matter: &str| {
        let context =
            json!({"acting": acting, "matter": matter, "organisation": "GB-COH 01234567"});
        check("authority", extract().to_string().as_bytes(), context)
    };
    for (acting, matter, by) in [
        (json!("chair"), "cloud_services", Some("office")),
        (json!(["first", "second"]), "cloud_services", Some("office")),
        (json!("first"), "cloud_services", None),
        (json!("gone"), "cloud_services", None),
        (json!("buyer"), "purchases", Some("office")),
        (json!("buyer"), "cloud_services", None),
        (json!("agent"), "cloud_services", Some("power_of_attorney")),
        (json!("agent"), "purchases", None),
        (json!("helper"), "cloud_services", Some("power_of_attorney")),
        (json!("stranger"), "cloud_services", None),
        (json!("half"), "cloud_services", None),
        (json!("whole"), "cloud_services", Some("power_of_attorney")),
        (json!("before"), "cloud_services", Some("power_of_attorney")),
        (json!("after"), "cloud_services", None),
        (json!("nobody"), "cloud_services", None),
        (json!(["chair", "nobody"]), "cloud_services", None),
    ] {
        let verdict = judge(acting.clone(), matter);
        match by {
            Some(by) => assert_eq!(
                verdict.claims.get("by"),
                Some(&json!(by)),
                "{acting} {:?}",
                verdict.reasons
            ),
            None => assert_eq!(verdict.reasons[0].code, Code::Authority, "{acting}"),
        }
    }
}

#[test]
fn evidence_of_authority_ages_and_is_read_strictly() {
    let judge = |evidence: Value, changes: Value| {
        let mut context = json!({"acting": "chair", "matter": "cloud_services"});
        for (key, value) in changes.as_object().unwrap() {
            context[key] = value.clone();
        }
        check("authority", evidence.to_string().as_bytes(), context).reasons[0].code
    };
    assert_eq!(
        judge(extract(), json!({"at": "2026-12-01T00:00:00Z"})),
        Code::Stale
    );
    assert_eq!(
        judge(extract(), json!({"at": "2026-04-01T00:00:00Z"})),
        Code::Stale
    );
    assert_eq!(judge(extract(), json!({"max_age_days": 7})), Code::Stale);
    assert_eq!(
        judge(extract(), json!({"organisation": "another"})),
        Code::Contradiction
    );
    assert_eq!(judge(extract(), json!({"acting": []})), Code::Context);
    for (key, value) in [
        ("source", json!("hearsay")),
        ("issued_at", json!("yesterday")),
        ("officers", json!([{"id": "chair"}])),
        (
            "officers",
            json!([{"id": "chair", "alone": true, "together": 2}]),
        ),
        ("officers", json!([{"id": "chair", "together": 1}])),
        (
            "officers",
            json!([{"id": "chair", "alone": true, "alnoe": 1}]),
        ),
        (
            "grants",
            json!([{"by": [], "to": "x", "signed_at": "2026-01-01"}]),
        ),
        ("grants", json!([{"by": ["chair"], "to": "x"}])),
        ("more", json!(1)),
    ] {
        let mut evidence = extract();
        evidence[key] = value;
        assert_eq!(judge(evidence, json!({})), Code::Malformed, "{key}");
    }
}
