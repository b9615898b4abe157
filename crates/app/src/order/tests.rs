use bonafide_model::Span;
use bonafide_policy::{Plan, SpendCap};

use super::*;

fn limits() -> bonafide_policy::Limits {
    bonafide_policy::Limits {
        provision: true,
        instances_max: None,
        blocked_ports: Vec::new(),
        spend_caps: Vec::new(),
        bandwidth_mbps_max: None,
        expires_at: None,
    }
}

fn judged(decision: Decision, limits: bonafide_policy::Limits, open: Option<Open>) -> Judged {
    Judged {
        decision,
        limits,
        assessed_at: bonafide_model::Timestamp::from_millis(0).unwrap(),
        review_at: None,
        digest: None,
        open,
    }
}

fn order(text: &str) -> Order {
    serde_json::from_str(text).unwrap()
}

fn reason(rule: &str, subject: Option<PartyId>) -> Reason {
    Reason {
        effect: Decision::Refer,
        rule: rule.into(),
        subject,
        ..account_closed()
    }
}

fn missing(subject: PartyId, proposed: bool) -> bonafide_policy::Missing {
    bonafide_policy::Missing {
        subject,
        attributes: Vec::new(),
        have: None,
        why: bonafide_policy::Why::Absent,
        max_age: Some(Span::days(1)),
        sources: vec![bonafide_policy::RequirementRef {
            pack: "p".into(),
            requirement: "name".into(),
            why: "so".into(),
            citations: Vec::new(),
            proposed,
        }],
        while_missing: bonafide_policy::pack::WhileMissing::Refer,
        proposed,
    }
}

fn asked(judged: &Judged, text: &str) -> Outcome {
    outcome(
        judged,
        &Caps::of(&judged.limits, &order(text), false).unwrap(),
    )
}

#[test]
fn what_a_customer_can_supply_is_missing_and_what_a_human_must_see_is_referred() {
    let who = PartyId::from_bits(1);
    let open = |reasons, missing| {
        Some(Open {
            reasons,
            missing,
            plan: Plan::default(),
        })
    };
    let refer = |open| {
        asked(
            &judged(Decision::Refer, limits(), open),
            r#"{"product":"x"}"#,
        )
    };
    let (gap, rule) = (reason("p/name", Some(who)), reason("p/hit", Some(who)));
    assert_eq!(
        refer(open(vec![gap.clone()], vec![missing(who, false)])),
        Outcome::Missing
    );
    assert_eq!(
        refer(open(
            vec![gap.clone(), rule.clone()],
            vec![missing(who, false)]
        )),
        Outcome::Referred
    );
    assert_eq!(refer(open(vec![rule], Vec::new())), Outcome::Referred);
    let other = missing(PartyId::from_bits(2), false);
    assert_eq!(refer(open(vec![gap], vec![other])), Outcome::Referred);
}

#[test]
fn limits_are_held_with_what_is_in_use() {
    let capped = bonafide_policy::Limits {
        instances_max: Some(3),
        ..limits()
    };
    let who = PartyId::from_bits(1);
    let open = |proposed| {
        Some(Open {
            reasons: Vec::new(),
            missing: vec![missing(who, proposed)],
            plan: Plan::default(),
        })
    };
    let provisional = judged(Decision::Provisional, capped.clone(), open(false));
    let fits = r#"{"product":"x","quantity":2,"in_use":{"instances":1}}"#;
    let over = r#"{"product":"x","quantity":2,"in_use":{"instances":2}}"#;
    assert_eq!(asked(&provisional, fits), Outcome::AllowedWithLimits);
    assert_eq!(asked(&provisional, over), Outcome::Missing);
    let nothing_to_supply = judged(Decision::Provisional, capped.clone(), open(true));
    assert_eq!(asked(&nothing_to_supply, over), Outcome::Refused);
    let approved = judged(Decision::Approve, capped.clone(), None);
    assert_eq!(asked(&approved, fits), Outcome::AllowedWithLimits);
    assert_eq!(asked(&approved, over), Outcome::Refused);
    assert_eq!(
        asked(&judged(Decision::Approve, limits(), None), over),
        Outcome::Allowed
    );
    let untold = order(r#"{"product":"x","quantity":2}"#);
    assert_eq!(
        Caps::of(&capped, &untold, false).err().unwrap().field,
        "in_use"
    );
    assert!(Caps::of(&capped, &untold, true).unwrap().passed.is_empty());
    let huge = order(r#"{"product":"x","quantity":4}"#);
    assert_eq!(Caps::of(&capped, &huge, false).unwrap().passed.len(), 1);
}

#[test]
fn spending_is_capped_in_its_currency() {
    let capped = bonafide_policy::Limits {
        spend_caps: vec![SpendCap {
            currency: "USD".into(),
            minor: 1000,
        }],
        ..limits()
    };
    let of = |text: &str| Caps::of(&capped, &order(text), false);
    let field = |text: &str| of(text).err().unwrap().field;
    assert_eq!(field(r#"{"product":"x"}"#), "price");
    assert_eq!(
        field(r#"{"product":"x","price":{"currency":"EUR","minor":1}}"#),
        "price.currency"
    );
    assert_eq!(
        field(r#"{"product":"x","price":{"currency":"USD","minor":1}}"#),
        "in_use.spend"
    );
    let with = |price: u64, spent: u64| {
        of(&format!(
            r#"{{"product":"x","price":{{"currency":"USD","minor":{price}}},"in_use":{{"instances":0,"spend":[{{"currency":"USD","minor":{spent}}}]}}}}"#
        ))
        .unwrap()
        .passed
    };
    assert!(with(400, 600).is_empty());
    assert_eq!(
        (with(401, 600)[0].max, with(401, 600)[0].wanted),
        (1000, 1001)
    );
    assert_eq!(with(u64::MAX, 1)[0].wanted, u64::MAX);
    let free = r#"{"product":"x","price":{"currency":"USD","minor":0}}"#;
    assert!(of(free).unwrap().passed.is_empty());
}
