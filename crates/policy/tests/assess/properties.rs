//! What must hold for whatever was recorded: no panic, the same bytes until `review_at`, facts in any order of parties.

use std::sync::OnceLock;

use bonafide_model::{
    CheckOutcome, DeterminedOutcome, Dossier, PartyId, PartyKind, RoleKind, RoleTarget,
    SettledFinding, Timestamp,
};
use bonafide_policy::{ActivePack, Assessment, Pack, PackSet};
use proptest::prelude::*;

use crate::case::{Case, STATUS, active, at, head, judge, packs, requirement};

const COUNTRIES: [&str; 3] = ["US", "DE", "CN"];
const METHODS: [&str; 5] = [
    "passport",
    "register",
    "letter",
    "email-code",
    "no-such-method",
];

/// One thing that is recorded, by small numbers that a shrinker can lessen.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) kind: u8,
    pub(crate) party: usize,
    pub(crate) other: usize,
    pub(crate) pick: usize,
    pub(crate) days: i64,
}

fn step() -> impl Strategy<Value = Step> {
    (0..13_u8, 0..5_usize, 0..5_usize, 0..30_usize, 0..60_i64).prop_map(
        |(kind, party, other, pick, days)| Step {
            kind,
            party,
            other,
            pick,
            days,
        },
    )
}

fn later(from: Timestamp, days: i64) -> Timestamp {
    from.plus_millis(days * bonafide_model::DAY_MS + 1_234)
}

pub(crate) fn build(organisation: bool, steps: &[Step]) -> Case {
    let mut case = if organisation {
        Case::organisation()
    } else {
        Case::person()
    };
    let mut parties = vec![(case.holder, organisation)];
    for organisation in [true, false, false, true] {
        let kind = if organisation {
            PartyKind::Organisation
        } else {
            PartyKind::Person
        };
        parties.push((case.party(kind), organisation));
    }
    let (mut claims, packs) = (Vec::new(), clocks());
    for s in steps {
        let ((party, is_organisation), (other, _)) = (parties[s.party], parties[s.other]);
        case.clock = later(at(crate::case::OPENED), s.days);
        if s.kind >= 11 {
            determine(&mut case, s, packs);
            continue;
        }
        act(&mut case, s, party, is_organisation, other, &mut claims);
    }
    case
}

/// A human determines some of what is found at that time: nothing at all, one finding, or every third.
fn determine(case: &mut Case, s: &Step, packs: &PackSet) {
    let found = case.findings(packs).into_iter().filter(|f| f.open);
    let found = found.enumerate().filter(|(n, _)| n % 3 == s.party % 3);
    let settles: Vec<_> = found
        .map(|(_, f)| SettledFinding {
            rule: f.rule.to_string(),
            subject: f.subject,
            rests_on: f.rests_on,
        })
        .collect();
    let expires_at = s.pick.is_multiple_of(2).then(|| later(case.clock, 15));
    let outcome = DeterminedOutcome::ALL[s.pick % 5];
    if !settles.is_empty() {
        case.determined(settles, outcome, expires_at);
    }
}

fn act(
    case: &mut Case,
    s: &Step,
    party: PartyId,
    organisation: bool,
    other: PartyId,
    claims: &mut Vec<bonafide_model::ClaimId>,
) {
    let country = COUNTRIES[s.pick % 3];
    let day = case.clock.date();
    match s.kind {
        0 => {
            let attribute = match (organisation, s.pick % 2) {
                (true, _) => "place_of_organisation",
                (false, 0) => "citizenship",
                (false, _) => "present_location",
            };
            claims.push(case.claim(party, attribute, country));
            if s.pick.is_multiple_of(3) {
                let to = day.plus(bonafide_model::Span::days(20)).to_string();
                case.valid(
                    s.pick.is_multiple_of(2).then_some(&day.to_string()),
                    Some(&to),
                );
            }
        }
        1 => claims.push(case.claim(party, "legal_name", format!("Name {}", s.pick % 2))),
        2 => claims.push(case.claim(party, "email", "a@example.org")),
        3..=5 => {
            let outcome = [
                CheckOutcome::Pass,
                CheckOutcome::Pass,
                CheckOutcome::Fail,
                CheckOutcome::Inconclusive,
            ][s.pick % 4];
            let about: Vec<_> = claims.iter().rev().take(1 + s.pick % 3).copied().collect();
            let to = day
                .plus(bonafide_model::Span::days(i32::try_from(s.pick).unwrap()))
                .to_string();
            let evidence = if s.pick.is_multiple_of(2) {
                vec![case.evidence(party, &to)]
            } else {
                Vec::new()
            };
            case.check_with(party, METHODS[s.pick % 5], &about, outcome, evidence);
        }
        6 => case.owner(
            party,
            other,
            ["25", "50", "12.5", "100", "0.0001"][s.pick % 5],
        ),
        7 => case.controller(party, other),
        8 => case.screen(party, [0, 8600, 9900][s.pick % 3]),
        9 => {
            let account = RoleTarget::Account(case.account().id);
            case.role(party, RoleKind::ALL[s.pick % 7], account, None);
        }
        _ => case.account().trial ^= true,
    }
}

/// Packs with every kind of clock in them.
pub(crate) fn clocks() -> &'static PackSet {
    static CLOCKS: OnceLock<PackSet> = OnceLock::new();
    CLOCKS.get_or_init(made)
}

fn made() -> PackSet {
    let parts = [
        STATUS.to_owned(),
        requirement("name", "party", "legal_name", "verified", "max_age = \"P30D\""),
        requirement("mail", "party", "email", "asserted", "when = 'age(account.opened_at) > duration(\"P10D\")'"),
        requirement("owner", "owner", "legal_name", "asserted", "when = 'subject.status != \"domestic\" && !expired(subject.evidence)'"),
        requirement("screened", "owner", "list_screening", "validated", "max_age = \"P7D\""),
        requirement("payer", "payer", "phone", "asserted", "when = 'subject.citizenship.exists(c, c != \"US\")'"),
        "[[rule]]\nid = \"stale\"\nsubjects = [\"party\", \"owner\"]\nwhen = 'age(subject.screened_at) >= duration(\"P14D\") && owners.exists(o, o.status == \"foreign\")'\noutcome = \"refer\"\npublic_reason = \"x\"\ntext = \"x\"\n".to_owned(),
        "[terms.provisional]\nduration = \"P14D\"\non_expiry = \"refer\"\n[terms.provisional.entitlements]\ninstances_max = 1\n".to_owned(),
    ];
    let proof = "[[requirement]]\nid = \"home\"\nsubject = \"party\"\nany_of = [\"citizenship\", \"place_of_organisation\", \"present_location\"]\nassurance = \"validated\"\nmax_age = \"P40D\"\nwhile_missing = \"refer\"\ndeter_only_home = true\ncitations = [\"law\"]\nwhy = \"x\"\n";
    let proposed = head("dry", "proposed", &format!("{STATUS}{proof}{}", parts[7]));
    packs(vec![
        ActivePack {
            active_since: Some(at("2026-01-20T00:00:00Z")),
            ..active(&head("all", "in_force", &parts.concat()))
        },
        active(&proposed),
    ])
}

/// The bytes of an assessment but for the instant at which it was made.
fn bytes(mut assessment: Assessment) -> String {
    assessment.assessed_at = at(crate::case::OPENED);
    serde_json::to_string(&assessment).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// R-070: `review_at` is the first instant at which the answer can change by time alone.
    #[test]
    fn r_070_the_same_bytes_until_review_at(
        organisation: bool,
        steps in prop::collection::vec(step(), 0..24),
        now in 0..120_i64,
        part in 0..=1000_i64,
    ) {
        let (case, packs) = (build(organisation, &steps), clocks());
        let dossier = case.dossier();
        let now = later(at(crate::case::OPENED), now);
        let first = judge(&dossier, packs, now);
        let end = first.review_at.unwrap_or(at("2035-01-01T00:00:00Z"));
        prop_assert!(now < end);
        let (from, to) = (now.as_millis(), end.as_millis() - 1);
        let between = Timestamp::from_millis(from + (to - from) / 1000 * part).unwrap();
        let last = Timestamp::from_millis(to).unwrap();
        let first = bytes(first);
        prop_assert_eq!(&first, &bytes(judge(&dossier, packs, between)));
        prop_assert_eq!(&first, &bytes(judge(&dossier, packs, last)));
    }

    /// What a human decided counts until it lapses: a finding that is settled says by which determination, and one that
    /// says so was determined, is live and rests on nothing that was not looked at.
    #[test]
    fn settled_findings_name_a_live_determination(
        organisation: bool,
        steps in prop::collection::vec(step(), 0..24),
        now in 0..120_i64,
    ) {
        let (mut case, packs) = (build(organisation, &steps), clocks());
        case.clock = later(at(crate::case::OPENED), now);
        let (dossier, found) = (case.dossier(), case.findings(packs));
        for reason in case.assess(packs).reasons {
            let Some(id) = reason.determination else { continue };
            let made = dossier.determinations.iter().find(|d| d.id == id).unwrap();
            prop_assert!(made.at <= case.clock);
            prop_assert!(made.expires_at.is_none_or(|end| case.clock < end));
            let mut settled = made.settles.iter();
            let settled = settled.find(|s| s.rule == *reason.rule && s.subject == reason.subject);
            let settled = &settled.unwrap().rests_on;
            let same = |f: &&bonafide_policy::Finding| f.rule == reason.rule && f.subject == reason.subject;
            let of_reason: Vec<_> = found.iter().filter(same).collect();
            let by_it = of_reason.iter().filter(|f| f.determination == Some(id));
            prop_assert!(by_it.clone().count() > 0);
            for finding in by_it {
                prop_assert!(finding.rests_on.iter().all(|item| settled.contains(item)));
            }
        }
    }

    /// The clocks tick: from one `review_at` to the next there are few steps, and they end.
    #[test]
    fn r_070_reviews_come_to_an_end(steps in prop::collection::vec(step(), 0..16)) {
        let (dossier, packs) = (build(true, &steps).dossier(), clocks());
        let mut now = at("2026-01-01T00:00:00Z");
        for _ in 0..200 {
            match judge(&dossier, packs, now).review_at {
                Some(next) => { prop_assert!(next > now); now = next; }
                None => return Ok(()),
            }
        }
        prop_assert!(false, "200 reviews of {} facts", steps.len());
    }

    /// The order in which parties' streams are read does not matter: the same facts of each, in order, give the same bytes.
    #[test]
    fn the_order_of_parties_does_not_matter(steps in prop::collection::vec(step(), 0..20)) {
        let (case, packs) = (build(true, &steps), clocks());
        let mut dossier = case.dossier();
        let now = later(case.clock, 1);
        let straight = bytes(judge(&dossier, packs, now));
        dossier.claims.sort_by_key(|c| std::cmp::Reverse(c.party));
        dossier.evidence.reverse();
        prop_assert_eq!(straight, bytes(judge(&dossier, packs, now)));
    }

    /// No condition, however odd, makes anything panic: it is refused with its line, or it is evaluated.
    #[test]
    fn no_condition_panics(condition in condition(), steps in prop::collection::vec(step(), 0..12)) {
        let quoted = toml_string(&condition);
        let parts = format!("{STATUS}[sets]\nsome = [\"US\"]\n{}", requirement("r", "party", "email", "asserted", &format!("when = {quoted}")));
        let text = head("odd", "in_force", &parts);
        match Pack::parse("odd.toml", &text, "", &bonafide_model::Registry::builtin()) {
            Ok(_) => {
                let case = build(true, &steps);
                let judged = judge(&case.dossier(), &packs(vec![active(&text)]), later(case.clock, 1));
                prop_assert!(judged.missing.len() <= 24);
            }
            Err(error) => prop_assert!(error.line > 1 && !error.help.is_empty(), "{}", error),
        }
    }

    /// Any bytes as a pack are refused or read, never a panic.
    #[test]
    fn no_pack_text_panics(text in "\\PC{0,200}", parts in ".{0,80}") {
        let registry = bonafide_model::Registry::builtin();
        let _ = Pack::parse("any.toml", &text, "", &registry);
        let _ = Pack::parse("any.toml", &head("any", "in_force", &parts), "", &registry);
    }

    /// A dossier that contradicts itself is judged all the same.
    #[test]
    fn no_dossier_panics(steps in prop::collection::vec(step(), 0..20), gone in 0..5_u128) {
        let mut dossier: Dossier = build(true, &steps).dossier();
        dossier.parties.remove(&PartyId::from_bits(gone + 1));
        let judged = judge(&dossier, clocks(), at("2026-02-01T00:00:00Z"));
        prop_assert!(judged.plan.proven_optimal);
    }
}

fn toml_string(text: &str) -> String {
    serde_json::to_string(&text.replace('\u{7f}', " ")).unwrap()
}

/// Conditions in the grammar, near it and far from it.
fn condition() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "subject.kind == \"person\"",
        "subject.status != \"foreign\"",
        "customer.claims_domestic",
        "subject.citizenship.exists(c, c in sets.some)",
        "\"DE\" in subject.citizenship",
        "has(subject.email)",
        "subject.legal_name == \"Name 1\"",
        "subject.failed_checks >= 1",
        "subject.screening_score_bp < 9000",
        "age(account.opened_at) <= duration(\"P9D\")",
        "age(subject.birth_date) < duration(\"P18Y\")",
        "expired(subject.evidence)",
        "owners.all(o, o.kind == \"person\" && o.citizenship.exists(c, c == \"US\"))",
        "\"payer\" in subject.roles",
        "account.region == \"eu\"",
        "true",
        "subject.nonsense",
        "1 + 1 == 2",
        "subject.citizenship == \"DE\"",
        "size(subject.roles) > 0",
    ]);
    let known = atom
        .prop_map(str::to_owned)
        .prop_recursive(5, 40, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
                inner.prop_map(|a| format!("!({a})")),
            ]
        });
    prop_oneof![3 => known, 1 => "\\PC{0,60}", 1 => "[a-z().\"&|!=<>\\[\\]{}?:0-9 ]{0,60}"]
}
