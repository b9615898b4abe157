//! The retention calculus: minima, maxima, holds, open accounts (R-100 to R-109).
use crate::common::{active, elected, inline, shipped};
use bonafide_model::{HoldId, Timestamp};
use bonafide_policy::terms::{
    Anchors, Hold, HoldScope, KeepGround, KeepReason, may_keep_until, must_keep_until,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn closed(closed: &str, last_access: &str) -> Anchors {
    Anchors {
        closed_at: Some(at(closed)),
        last_access_at: Some(at(last_access)),
        recorded_at: at("2024-01-10T00:00:00Z"),
        decided_at: Some(at("2024-01-11T00:00:00Z")),
    }
}

fn untils(reasons: &[KeepReason]) -> Vec<Option<String>> {
    reasons
        .iter()
        .map(|r| r.until.map(|u| u.to_string()))
        .collect()
}

#[test]
fn r_101_the_later_of_closing_and_last_access_counts() {
    let packs = [elected(shipped("us-iaas-cip"))];
    let anchors = closed("2025-03-01T00:00:00Z", "2026-01-30T00:00:00Z");
    let kept = must_keep_until("identity", anchors, &packs, &[], at("2026-02-01T00:00:00Z"));
    assert_eq!(untils(&kept), [Some("2028-01-30T00:00:00.000Z".to_owned())]);
    assert_eq!(kept[0].ground, KeepGround::Term("us-iaas-cip".to_owned()));
    assert!(kept[0].citations[0].text.contains("proposed 15 CFR 7.302"));

    let earlier = closed("2025-03-01T00:00:00Z", "2024-05-05T00:00:00Z");
    let kept = must_keep_until("identity", earlier, &packs, &[], at("2026-02-01T00:00:00Z"));
    assert_eq!(untils(&kept), [Some("2027-03-01T00:00:00.000Z".to_owned())]);
}

#[test]
fn a_term_ends_at_its_instant_and_not_a_millisecond_later() {
    let packs = [elected(shipped("us-iaas-cip"))];
    let anchors = closed("2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z");
    let kept = |now: &str| must_keep_until("contact", anchors, &packs, &[], at(now));
    assert_eq!(kept("2027-02-28T23:59:59.999Z").len(), 1);
    assert_eq!(kept("2027-03-01T00:00:00Z"), []);
}

#[test]
fn a_proposed_pack_that_nobody_elected_keeps_nothing() {
    let packs = [active(shipped("us-iaas-cip"))];
    let anchors = closed("2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z");
    assert_eq!(
        must_keep_until("identity", anchors, &packs, &[], at("2025-03-02T00:00:00Z")),
        []
    );
}

#[test]
fn an_open_account_keeps_while_it_is_open() {
    let anchors = Anchors {
        closed_at: None,
        last_access_at: Some(at("2020-01-01T00:00:00Z")),
        recorded_at: at("2019-01-01T00:00:00Z"),
        decided_at: None,
    };
    let kept = must_keep_until("identity", anchors, &[], &[], at("2026-01-01T00:00:00Z"));
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].until, &kept[0].ground),
        (None, &KeepGround::OpenAccount)
    );
    let packs = [elected(shipped("us-iaas-cip"))];
    let kept = must_keep_until("identity", anchors, &packs, &[], at("2026-01-01T00:00:00Z"));
    assert_eq!(
        untils(&kept),
        [None, None],
        "a term that has not begun is said, without an end"
    );
}

#[test]
fn r_102_two_classes_run_on_two_clocks() {
    let bank = inline(
        r#"
[[retention]]
class = "identity"
anchor = "account_closed"
min = "P5Y"
citations = ["c"]

[[retention]]
class = "verification"
anchor = "recorded"
min = "P5Y"
citations = ["c"]
"#,
    );
    let packs = [active(bank)];
    let anchors = closed("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z");
    let now = at("2026-06-02T00:00:00Z");
    let until = |class| untils(&must_keep_until(class, anchors, &packs, &[], now));
    assert_eq!(
        until("identity"),
        [Some("2031-06-01T00:00:00.000Z".to_owned())]
    );
    assert_eq!(
        until("verification"),
        [Some("2029-01-10T00:00:00.000Z".to_owned())]
    );
}

#[test]
fn r_103_deleting_is_blocked_a_day_before_and_allowed_a_day_after() {
    let logs = inline(
        "[[retention]]\nclass = \"access\"\nanchor = \"recorded\"\nmin = \"P180D\"\ncitations = [\"c\"]\n",
    );
    let packs = [active(logs)];
    let anchors = closed("2024-01-12T00:00:00Z", "2024-01-12T00:00:00Z");
    let made = anchors.recorded_at;
    let kept = |days: i64| {
        let now = made.plus_millis(days * bonafide_model::DAY_MS);
        !must_keep_until("access", anchors, &packs, &[], now).is_empty()
    };
    assert!(kept(179) && !kept(181));
}

#[test]
fn r_104_sanctions_records_outlive_the_account() {
    let packs = [
        active(shipped("us-sanctions")),
        elected(shipped("us-iaas-cip")),
    ];
    let anchors = closed("2024-06-01T00:00:00Z", "2024-06-01T00:00:00Z");
    let now = at("2030-01-01T00:00:00Z");
    assert_eq!(must_keep_until("identity", anchors, &packs, &[], now), []);
    let kept = must_keep_until("screening", anchors, &packs, &[], now);
    assert_eq!(untils(&kept), [Some("2034-01-10T00:00:00.000Z".to_owned())]);
}

#[test]
fn r_105_a_minimum_after_a_maximum_is_answered_on_both_sides() {
    let packs = [
        elected(shipped("us-iaas-cip")),
        active(shipped("eu-dsa-trader")),
        active(shipped("eu-gdpr")),
    ];
    let anchors = closed("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    let kept = must_keep_until("identity", anchors, &packs, &[], at("2026-02-01T00:00:00Z"));
    let limit = may_keep_until("identity", anchors, &packs).unwrap();
    assert_eq!(untils(&kept), [Some("2028-01-01T00:00:00.000Z".to_owned())]);
    assert_eq!(
        (limit.until, limit.pack.as_str()),
        (at("2026-07-01T00:00:00Z"), "eu-dsa-trader")
    );
    assert!(limit.until < kept[0].until.unwrap() && limit.citations[0].text.contains("30(5)"));
}

#[test]
fn a_maximum_has_not_begun_while_the_account_is_open() {
    let packs = [active(shipped("eu-gdpr"))];
    let mut anchors = closed("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    anchors.closed_at = None;
    assert_eq!(may_keep_until("identity", anchors, &packs), None);
    let national = may_keep_until("national_id", anchors, &packs).unwrap();
    assert_eq!(
        national.until,
        at("2024-02-10T00:00:00Z"),
        "counted from the decision, open or not"
    );
}

#[test]
fn r_109_a_hold_keeps_its_own_classes_and_ends() {
    let hold = Hold {
        id: HoldId::from_bits(7),
        scope: HoldScope::Classes(vec!["access".to_owned()]),
        basis: "preservation request, 18 USC 2703(f)".to_owned(),
        until: Some(at("2026-04-01T00:00:00Z")),
    };
    let anchors = closed("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
    let holds = [hold.clone()];
    let kept = |class, now: &str| must_keep_until(class, anchors, &[], &holds, at(now));
    let access = kept("access", "2026-03-31T23:59:59Z");
    assert_eq!(access[0].ground, KeepGround::Hold(hold.id));
    assert_eq!(
        kept("access", "2026-04-01T00:00:00Z"),
        [],
        "an expired hold releases"
    );
    assert_eq!(
        kept("identity", "2026-03-01T00:00:00Z"),
        [],
        "other classes stay deletable"
    );

    let all = [Hold {
        scope: HoldScope::All,
        until: None,
        ..hold
    }];
    let kept = must_keep_until("identity", anchors, &[], &all, at("2999-01-01T00:00:00Z"));
    assert_eq!(
        untils(&kept),
        [None],
        "a hold without end keeps until it is released"
    );
}

#[test]
fn reasons_stand_in_the_order_in_which_they_end() {
    let holds = [Hold {
        id: HoldId::from_bits(1),
        scope: HoldScope::All,
        basis: "claim of the provider".to_owned(),
        until: Some(at("2026-05-01T00:00:00Z")),
    }];
    let packs = [elected(shipped("us-iaas-cip"))];
    let anchors = closed("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    let kept = must_keep_until(
        "payment",
        anchors,
        &packs,
        &holds,
        at("2026-02-01T00:00:00Z"),
    );
    let ends: Vec<_> = kept.iter().map(|r| r.until.unwrap()).collect();
    assert_eq!(
        ends,
        [at("2026-05-01T00:00:00Z"), at("2028-01-01T00:00:00Z")]
    );
}
