//! The calculus of keeping: minima, maxima, holds, open accounts (R-100 to R-109, R-125).

use bonafide_model::{AccountId, DAY_MS, HoldId, Span, Timestamp};
use bonafide_policy::keeping::{CauseKind, End, Hold, HoldScope, Item, Keeping, Use, keeping};
use bonafide_policy::pack::ActivePack;

use crate::common::{active, elected, inline, shipped};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn item<'a>(class: &'a str, field: &'a str) -> Item<'a> {
    Item {
        class,
        field,
        account: None,
        recorded_at: at("2024-01-10T00:00:00Z"),
        happened_at: None,
    }
}

fn used(packs: Vec<ActivePack>, closed: Option<&str>, access: Option<&str>) -> Use {
    Use {
        account: Some(AccountId::from_bits(1)),
        closed_at: closed.map(at),
        last_access_at: access.map(at),
        decided_at: vec![at("2024-01-11T00:00:00Z")],
        packs,
    }
}

fn of(class: &str, one: &Use) -> Keeping {
    keeping(&item(class, class), std::slice::from_ref(one), &[])
}

fn hold(bits: u128, scope: HoldScope) -> Hold {
    Hold {
        id: HoldId::from_bits(bits),
        scope,
        expires_at: None,
        released_at: None,
    }
}

#[test]
fn r_101_access_on_day_700_extends_to_day_700_and_two_years() {
    let packs = vec![elected(shipped("us-iaas-cip"))];
    let day = |n: i64| at("2024-01-01T00:00:00Z").plus_millis(n * DAY_MS);
    let mut one = used(packs, Some("2024-01-01T00:00:00Z"), None);
    let kept = of("identity", &one);
    assert_eq!(kept.must_until.end, End::At(at("2026-01-01T00:00:00Z")));
    one.last_access_at = Some(day(700));
    let kept = of("identity", &one);
    let two_years: Span = "P2Y".parse().unwrap();
    assert_eq!(kept.must_until.end, End::At(day(700).plus(two_years)));
    let cause = &kept.must_until.causes[0];
    assert_eq!(cause.pack.as_deref(), Some("us-iaas-cip"));
    assert_eq!(cause.anchor_at, Some(day(700)));
    assert!(cause.citations[0].text.contains("proposed 15 CFR 7.302"));
}

#[test]
fn a_term_ends_at_its_instant_and_not_a_millisecond_later() {
    let packs = vec![elected(shipped("us-iaas-cip"))];
    let kept = of("contact", &used(packs, Some("2025-03-01T00:00:00Z"), None));
    assert_eq!(kept.kept_at(at("2027-02-28T23:59:59.999Z")).len(), 1);
    assert_eq!(kept.kept_at(at("2027-03-01T00:00:00Z")), []);
}

#[test]
fn a_proposed_pack_that_nobody_elected_keeps_nothing() {
    let packs = vec![active(shipped("us-iaas-cip"))];
    let kept = of("identity", &used(packs, Some("2025-03-01T00:00:00Z"), None));
    assert_eq!(kept.must_until.end, End::None);
    assert_eq!(kept.kept_at(at("2025-03-02T00:00:00Z")), []);
}

#[test]
fn a_term_that_has_not_begun_is_said_without_an_end() {
    let packs = vec![elected(shipped("us-iaas-cip")), active(shipped("eu-gdpr"))];
    let one = used(packs, None, Some("2020-01-01T00:00:00Z"));
    let kept = of("identity", &one);
    assert_eq!(kept.must_until.end, End::Unknown);
    assert_eq!(kept.may_until.end, End::Unknown);
    assert_eq!((kept.erase_from.end, kept.due_at()), (End::Unknown, None));
    let words = kept.must_until.causes[0].words();
    assert!(words.contains("has not come to pass"), "{words}");
    let kinds: Vec<_> = kept.kept_at(at("2026-01-01T00:00:00Z"));
    let kinds: Vec<_> = kinds.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [CauseKind::Minimum, CauseKind::OpenAccount]);
    // Without any term an open account keeps what it uses, and nothing is ever due.
    let kept = of("identity", &used(Vec::new(), None, None));
    assert_eq!(kept.kept_at(at("2026-01-01T00:00:00Z")).len(), 1);
    assert_eq!(kept.erase_from.end, End::None);
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
    let one = used(vec![active(bank)], Some("2026-06-01T00:00:00Z"), None);
    let end = |class| of(class, &one).must_until.end;
    assert_eq!(end("identity"), End::At(at("2031-06-01T00:00:00Z")));
    assert_eq!(end("verification"), End::At(at("2029-01-10T00:00:00Z")));
}

#[test]
fn r_103_deleting_is_blocked_a_day_before_and_allowed_a_day_after() {
    let logs = inline(
        "[[retention]]\nclass = \"access\"\nanchor = \"recorded\"\nmin = \"P180D\"\nmax = \"P180D\"\ncitations = [\"c\"]\n",
    );
    let one = used(vec![active(logs)], Some("2024-01-12T00:00:00Z"), None);
    let kept = of("access", &one);
    let after = |days: i64| at("2024-01-10T00:00:00Z").plus_millis(days * DAY_MS);
    assert!(!kept.kept_at(after(179)).is_empty() && !kept.is_due(after(179)));
    assert!(kept.kept_at(after(181)).is_empty() && kept.is_due(after(181)));
}

#[test]
fn r_103_five_years_run_from_the_cancelling() {
    let registration = inline(
        "[[retention]]\nclass = \"identity\"\nanchor = \"cancelled\"\nmin = \"P5Y\"\ncitations = [\"c\"]\n",
    );
    let one = used(
        vec![active(registration)],
        Some("2026-02-01T00:00:00Z"),
        None,
    );
    let end = of("identity", &one).must_until.end;
    assert_eq!(end, End::At(at("2031-02-01T00:00:00Z")));
}

#[test]
fn r_104_sanctions_records_outlive_the_account() {
    let packs = vec![
        active(shipped("us-sanctions")),
        elected(shipped("us-iaas-cip")),
        active(shipped("eu-gdpr")),
    ];
    let one = used(packs, Some("2024-06-01T00:00:00Z"), None);
    let now = at("2030-01-01T00:00:00Z");
    assert!(of("identity", &one).is_due(now));
    let screening = of("screening", &one);
    assert!(!screening.is_due(now));
    assert_eq!(
        screening.must_until.end,
        End::At(at("2034-01-10T00:00:00Z"))
    );
}

#[test]
fn r_105_a_minimum_after_a_maximum_is_a_conflict_and_is_kept() {
    let packs = vec![
        elected(shipped("us-iaas-cip")),
        active(shipped("eu-dsa-trader")),
        active(shipped("eu-gdpr")),
    ];
    let closed = used(packs.clone(), Some("2026-01-01T00:00:00Z"), None);
    let kept = of("identity", &closed);
    let (max, min) = (at("2026-07-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    assert_eq!(kept.may_until.end, End::At(max));
    assert_eq!(kept.must_until.end, End::At(min));
    assert_eq!(kept.erase_from.end, End::At(min), "kept, and not longer");
    assert_eq!(kept.conflicts.len(), 1);
    let conflict = &kept.conflicts[0];
    assert_eq!(conflict.maximum.pack.as_deref(), Some("eu-dsa-trader"));
    assert!(conflict.maximum.citations[0].text.contains("30(5)"));
    assert_eq!(conflict.minimum.pack.as_deref(), Some("us-iaas-cip"));
    assert!(!kept.kept_at(at("2026-08-01T00:00:00Z")).is_empty());
    // While the account is open neither has begun, and which of the two is longer depends on what comes last.
    assert_eq!(of("identity", &used(packs, None, None)).conflicts.len(), 0);
}

#[test]
fn terms_of_one_event_contradict_before_it_comes_to_pass() {
    let text = |kind: &str, span: &str| {
        format!(
            "[[retention]]\nclass = \"identity\"\nanchor = \"account_closed\"\n{kind} = \"{span}\"\ncitations = [\"c\"]\n"
        )
    };
    let pack = inline(&format!("{}\n{}", text("min", "P2Y"), text("max", "P6M")));
    let kept = of("identity", &used(vec![active(pack)], None, None));
    assert_eq!(kept.conflicts.len(), 1);
}

#[test]
fn a_maximum_from_the_decision_ends_the_keeping_though_the_account_is_open() {
    let one = used(vec![active(shipped("eu-gdpr"))], None, None);
    assert_eq!(of("identity", &one).may_until.end, End::Unknown);
    let national = of("national_id", &one);
    assert_eq!(national.may_until.end, End::At(at("2024-02-10T00:00:00Z")));
    assert!(national.is_due(at("2024-02-10T00:00:00Z")));
    assert_eq!(national.kept_at(at("2024-02-10T00:00:00Z")), []);
    assert_eq!(national.kept_at(at("2024-02-09T00:00:00Z")).len(), 1);
}

#[test]
fn what_may_not_be_kept_goes_with_the_decision() {
    let one = used(vec![active(shipped("eu-gdpr"))], None, None);
    let portrait = keeping(&item("verification", "portrait_match"), &[one], &[]);
    assert_eq!(portrait.erase_from.end, End::At(at("2024-01-11T00:00:00Z")));
    let rule = portrait.erase_from.causes[0].rule.as_deref();
    assert_eq!(rule, Some("prohibition/portrait-not-kept"));
}

#[test]
fn an_account_without_a_limit_keeps_what_it_shares() {
    let gdpr = || vec![active(shipped("eu-gdpr"))];
    let first = used(gdpr(), Some("2020-01-01T00:00:00Z"), None);
    let mut second = used(gdpr(), Some("2024-01-01T00:00:00Z"), None);
    second.account = Some(AccountId::from_bits(2));
    let ends = |uses: &[Use]| keeping(&item("contact", "email"), uses, &[]).may_until.end;
    let both = ends(&[first.clone(), second.clone()]);
    assert_eq!(both, End::At(at("2027-01-01T00:00:00Z")));
    second.packs.clear();
    assert_eq!(ends(&[first.clone(), second.clone()]), End::None);
    second = used(gdpr(), None, None);
    assert_eq!(ends(&[first, second]), End::Unknown);
}

#[test]
fn r_109_a_hold_covers_what_it_names_and_no_more() {
    let closed = [used(Vec::new(), Some("2025-01-01T00:00:00Z"), None)];
    let now = at("2026-01-01T00:00:00Z");
    let held = |what: &Item<'_>, scope: HoldScope| {
        !keeping(what, &closed, &[hold(7, scope)])
            .kept_at(now)
            .is_empty()
    };
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let email = item("contact", "email");
    let phone = item("contact", "phone");
    let name = item("identity", "legal_name");
    let all = [email, phone, name];
    let held_of = |scope: HoldScope| all.map(|i| held(&i, scope.clone()));
    assert_eq!(held_of(HoldScope::default()), [true; 3]);
    let fields = names(&["email"]);
    assert_eq!(
        held_of(HoldScope {
            fields,
            ..HoldScope::default()
        }),
        [true, false, false]
    );
    let classes = names(&["contact"]);
    assert_eq!(
        held_of(HoldScope {
            classes,
            ..HoldScope::default()
        }),
        [true, true, false]
    );
    let from = Some(at("2024-01-10T00:00:00Z"));
    let to = from;
    assert_eq!(
        held_of(HoldScope {
            from,
            ..HoldScope::default()
        }),
        [true; 3]
    );
    assert_eq!(
        held_of(HoldScope {
            to,
            ..HoldScope::default()
        }),
        [false; 3]
    );
    let account = Some(AccountId::from_bits(5));
    let scope = HoldScope {
        account,
        ..HoldScope::default()
    };
    let other = Item {
        account: Some(AccountId::from_bits(6)),
        ..email
    };
    assert!(held(&email, scope.clone()) && !held(&other, scope));
}

#[test]
fn r_125_a_hold_that_is_not_renewed_ends_by_itself() {
    let placed = at("2026-01-01T00:00:00Z");
    let mut preservation = hold(1, HoldScope::default());
    preservation.expires_at = Some(placed.plus(Span::days(90)));
    let closed = [used(Vec::new(), Some("2025-01-01T00:00:00Z"), None)];
    let kept = keeping(&item("access", "access"), &closed, &[preservation]);
    let day = |n: i64| placed.plus_millis(n * DAY_MS);
    assert!(!kept.kept_at(day(89)).is_empty() && kept.kept_at(day(91)).is_empty());
}

/// The example of `docs/keeping.md`.
#[test]
fn the_worked_example_of_the_manual_is_true() {
    let mut packs = vec![
        elected(shipped("us-iaas-cip")),
        active(shipped("eu-gdpr")),
        active(shipped("us-sanctions")),
    ];
    let (closed, access) = ("2025-03-01T00:00:00Z", "2026-01-30T00:00:00Z");
    let one = used(packs.clone(), Some(closed), Some(access));
    let day = |text: &str| End::At(at(&format!("{text}T00:00:00Z")));
    let ends = |class| {
        let kept = of(class, &one);
        (kept.must_until.end, kept.may_until.end, kept.erase_from.end)
    };
    let identity = (day("2028-01-30"), day("2029-01-30"), day("2029-01-30"));
    assert_eq!(ends("identity"), identity);
    assert_eq!(ends("screening"), (day("2034-01-10"), End::None, End::None));
    let month = day("2024-02-10");
    assert_eq!(ends("national_id"), (End::None, month, month));
    packs.push(active(shipped("eu-dsa-trader")));
    let kept = of("identity", &used(packs, Some(closed), Some(access)));
    assert_eq!(kept.may_until.end, day("2025-09-01"));
    assert_eq!(kept.erase_from.end, day("2028-01-30"));
    assert_eq!(kept.conflicts.len(), 1);
}
