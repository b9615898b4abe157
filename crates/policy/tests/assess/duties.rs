//! Requirements of several packs: union with sources, what decides, conflicts, dry runs.

use bonafide_model::{PartyKind, RoleKind, RoleTarget};
use bonafide_policy::{Decision, Why};

use crate::case::{Case, active, elected, head, missing, one, packs, requirement};

#[test]
fn r_011_what_two_packs_ask_is_asked_once_with_both_sources() {
    let weak = head(
        "one",
        "in_force",
        &requirement(
            "name",
            "party",
            "legal_name",
            "asserted",
            "max_age = \"P1Y\"",
        ),
    );
    let strong = head(
        "two",
        "voluntary",
        &requirement(
            "who",
            "party",
            "legal_name",
            "verified",
            "max_age = \"P2Y\"",
        ),
    );
    let case = Case::person();
    let assessment = case.assess(&packs(vec![active(&strong), active(&weak)]));
    let [gap] = assessment.missing.as_slice() else {
        panic!("{:?}", assessment.missing)
    };
    assert_eq!(
        missing(&assessment),
        [(case.holder, "legal_name verified".to_owned())]
    );
    let sources: Vec<_> = gap
        .sources
        .iter()
        .map(|s| {
            format!(
                "{}/{}: {} {}",
                s.pack, s.requirement, s.why, s.citations[0].text
            )
        })
        .collect();
    assert_eq!(
        sources,
        [
            "one/name: Because of name. Law of one",
            "two/who: Because of who. Law of two"
        ]
    );
    assert_eq!(gap.max_age.unwrap().to_string(), "P1Y");
    assert_eq!(
        assessment
            .packs
            .iter()
            .map(|p| &*p.regime)
            .collect::<Vec<_>>(),
        ["general", "general"]
    );
}

#[test]
fn what_decides_is_asked_first() {
    let when =
        "when = 'subject.place_of_organisation == \"DE\" && subject.registration_number != \"\"'";
    let packs = one(&requirement(
        "vat",
        "party",
        "vat_number",
        "validated",
        when,
    ));
    let mut case = Case::organisation();
    let holder = case.holder;
    let assessment = case.assess(&packs);
    assert!(
        assessment
            .missing
            .iter()
            .all(|m| m.why == Why::Decides && m.sources[0].requirement.as_ref() == "vat")
    );
    let asked = [
        (holder, "place_of_organisation asserted".to_owned()),
        (holder, "registration_number asserted".to_owned()),
    ];
    assert_eq!(missing(&assessment), asked);
    // One fact can settle it, whatever the other is.
    case.claim(holder, "place_of_organisation", "FR");
    assert_eq!(missing(&case.assess(&packs)), []);
    case.claim(holder, "place_of_organisation", "DE");
    case.claim(holder, "registration_number", "HRB 1");
    assert_eq!(
        missing(&case.assess(&packs)),
        [(holder, "vat_number validated".to_owned())]
    );
}

#[test]
fn what_a_party_of_that_kind_cannot_have_is_not_asked() {
    let when = "when = 'subject.citizenship.exists(c, c == \"DE\") || subject.place_of_organisation == \"DE\"'";
    let packs = one(&requirement("phone", "party", "phone", "asserted", when));
    let mut case = Case::person();
    let holder = case.holder;
    assert_eq!(
        missing(&case.assess(&packs)),
        [(holder, "citizenship asserted".to_owned())]
    );
    case.claim(holder, "citizenship", "FR");
    assert_eq!(missing(&case.assess(&packs)), []);
}

#[test]
fn each_subject_is_who_stands_in_that_role() {
    let owners = "[beneficial_owner]\nthreshold = \"25\"\ncomparison = \">=\"\ncontrol = false\nstrategy = \"all\"\n";
    let subjects = [
        "party",
        "owner",
        "controller",
        "representative",
        "payer",
        "reseller",
        "lessee",
    ];
    let each = subjects.map(|s| requirement(&format!("of-{s}"), s, "email", "asserted", ""));
    let packs = one(&format!("{owners}{}", each.concat()));
    let mut case = Case::organisation();
    let (holder, account) = (case.holder, RoleTarget::Account(case.account().id));
    let mut expected = vec![(holder, "of-party")];
    let owner = case.party(PartyKind::Person);
    case.owner(owner, holder, "40");
    expected.push((owner, "of-owner"));
    let small = case.party(PartyKind::Person);
    case.owner(small, holder, "10");
    let controller = case.party(PartyKind::Person);
    case.controller(controller, holder);
    expected.push((controller, "of-controller"));
    for (kind, name) in [
        (RoleKind::Representative, "of-representative"),
        (RoleKind::Payer, "of-payer"),
        (RoleKind::Reseller, "of-reseller"),
        (RoleKind::Lessee, "of-lessee"),
    ] {
        let party = case.party(PartyKind::Person);
        case.role(party, kind, account, None);
        expected.push((party, name));
    }
    let assessment = case.assess(&packs);
    let asked: Vec<_> = assessment
        .missing
        .iter()
        .map(|m| (m.subject, m.sources[0].requirement.to_string()))
        .collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(p, n)| (p, n.to_owned()))
        .collect();
    assert_eq!(asked, expected);
}

const NATIONAL: &str = "[[prohibition]]\nid = \"no-number\"\nattribute = \"national_id_number\"\naction = \"collect\"\ncitations = [\"law\"]\n";

#[test]
fn r_105_what_one_pack_asks_and_another_forbids_is_a_conflict_and_never_asked() {
    let asks = |force: &str| {
        head(
            "asks",
            force,
            &requirement("number", "party", "national_id_number", "asserted", ""),
        )
    };
    let forbids = head("forbids", "in_force", NATIONAL);
    let case = Case::person();
    let assessment = case.assess(&packs(vec![active(&asks("in_force")), active(&forbids)]));
    let [conflict] = assessment.conflicts.as_slice() else {
        panic!()
    };
    assert_eq!(
        conflict.required_by.citations[0].text.as_ref(),
        "Law of asks"
    );
    assert_eq!(
        conflict.prohibited_by[0].citations[0].text.as_ref(),
        "Law of forbids"
    );
    assert_eq!(
        (assessment.decision, missing(&assessment)),
        (Decision::Refer, vec![])
    );
    assert_eq!(assessment.plan.steps.len(), 0);
    // A dry run reports it and decides nothing.
    let dry = case.assess(&packs(vec![active(&asks("proposed")), active(&forbids)]));
    assert_eq!(
        (dry.decision, dry.conflicts.len(), dry.dry_run.len()),
        (Decision::Approve, 1, 1)
    );
}

#[test]
fn r_105_an_exception_lifts_the_prohibition_for_that_pack_alone() {
    let asks = |id: &str| {
        head(
            id,
            "in_force",
            &requirement("number", "party", "national_id_number", "asserted", ""),
        )
    };
    let forbids = head(
        "forbids",
        "in_force",
        &format!("{NATIONAL}unless_required_by = [\"one\"]\n"),
    );
    let case = Case::person();
    let assessment = case.assess(&packs(vec![active(&asks("one")), active(&forbids)]));
    assert_eq!(
        (assessment.conflicts.len(), assessment.plan.steps.len()),
        (0, 1)
    );
    let both = case.assess(&packs(vec![
        active(&asks("one")),
        active(&asks("two")),
        active(&forbids),
    ]));
    assert_eq!(
        both.conflicts
            .iter()
            .map(|c| &*c.required_by.pack)
            .collect::<Vec<_>>(),
        ["two"]
    );
}

#[test]
fn a_free_alternative_is_asked_instead_of_what_is_forbidden() {
    let any = "[[requirement]]\nid = \"some\"\nsubject = \"party\"\nany_of = [\"national_id_number\", \"document_number\"]\nassurance = \"asserted\"\nwhile_missing = \"provisional\"\ncitations = [\"law\"]\nwhy = \"x\"\n";
    let case = Case::person();
    let assessment = case.assess(&packs(vec![
        active(&head("asks", "in_force", any)),
        active(&head("forbids", "in_force", NATIONAL)),
    ]));
    assert_eq!(
        missing(&assessment),
        [(case.holder, "document_number asserted".to_owned())]
    );
    assert_eq!(assessment.conflicts, []);
}

#[test]
fn invariant_14_a_proposal_is_a_dry_run_until_an_officer_elects_it() {
    let text = head(
        "plan",
        "proposed",
        &requirement("name", "party", "legal_name", "asserted", ""),
    );
    let case = Case::person();
    let dry = case.assess(&packs(vec![active(&text)]));
    assert_eq!(
        (dry.decision, dry.reasons.len(), dry.entitlements.provision),
        (Decision::Approve, 0, true)
    );
    assert_eq!(dry.dry_run[0].rule.as_ref(), "plan/name");
    assert!(
        dry.missing[0].proposed && dry.missing[0].sources[0].proposed && dry.plan.steps.is_empty()
    );
    let bites = case.assess(&packs(vec![elected(&text)]));
    assert_eq!(
        (
            bites.decision,
            bites.dry_run.len(),
            bites.missing[0].proposed
        ),
        (Decision::Provisional, 0, false)
    );
    assert_eq!(
        bites.packs[0].elected_by.as_ref().unwrap().officer,
        "Officer One"
    );
}

#[test]
fn a_pack_that_does_not_apply_asks_nothing() {
    let parts = requirement("name", "party", "legal_name", "asserted", "");
    let text =
        head("test", "in_force", &parts).replace("regime =", "applies = 'account.trial'\nregime =");
    let mut case = Case::person();
    let assessment = case.assess(&packs(vec![active(&text)]));
    assert_eq!(
        (assessment.missing.len(), assessment.packs[0].applies),
        (0, false)
    );
    case.account().trial = true;
    assert_eq!(case.assess(&packs(vec![active(&text)])).missing.len(), 1);
}

#[test]
fn of_alternatives_only_those_are_asked_that_a_party_of_its_kind_can_have() {
    let any = "[[requirement]]\nid = \"some\"\nsubject = \"party\"\nany_of = [\"citizenship\", \"place_of_organisation\"]\nassurance = \"asserted\"\nwhile_missing = \"provisional\"\ncitations = [\"law\"]\nwhy = \"x\"\n";
    let (person, company) = (Case::person(), Case::organisation());
    let asked = missing(&person.assess(&one(any)));
    assert_eq!(asked, [(person.holder, "citizenship asserted".to_owned())]);
    let asked = missing(&company.assess(&one(any)));
    assert_eq!(
        asked,
        [(company.holder, "place_of_organisation asserted".to_owned())]
    );
}

#[test]
fn r_011_all_shipped_packs_can_be_active_together() {
    let texts = bonafide_policy::builtin::PACKS;
    let all = packs(texts.iter().map(|(_, text)| active(text)).collect());
    let mut case = Case::organisation();
    for _ in 0..3 {
        let owner = case.party(PartyKind::Person);
        case.owner(owner, case.holder, "30");
    }
    let assessment = case.assess(&all);
    assert!(assessment.missing.iter().any(|m| m.sources.len() >= 3));
    assert_eq!(assessment.packs.len(), texts.len());
}
