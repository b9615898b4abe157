use bonafide_model::Registry;

use super::*;
use crate::method::ASK;

fn position(name: &str) -> usize {
    Registry::builtin().position(name).unwrap()
}

fn gap(names: &[&str], assurance: Assurance) -> Gap {
    Gap {
        alternatives: names.iter().map(|n| (position(n), assurance)).collect(),
    }
}

/// Everything fits but what is for the other kind of party or needs a number that is not held.
fn subject(kind: PartyKind, gaps: Vec<Gap>, methods: &MethodSet) -> SubjectGaps {
    let other = match kind {
        PartyKind::Person => "organisation",
        PartyKind::Organisation => "\"person\"",
    };
    let fits = methods.methods().iter().map(|m| {
        let applies = m.applies.as_ref();
        applies.is_none_or(|a| !a.source.contains(other) && !a.source.contains("has("))
    });
    SubjectGaps {
        party: PartyId::from_bits(1),
        kind,
        gaps,
        held: 0,
        prohibited: 0,
        fits: fits.collect(),
    }
}

fn planned(subject: SubjectGaps, methods: &MethodSet) -> Plan {
    let request = PlanRequest {
        subjects: vec![subject],
    };
    plan(&request, methods)
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|s| &*s.method).collect()
}

#[test]
fn nothing_missing_costs_nothing() {
    let plan = planned(
        subject(PartyKind::Person, vec![], &MethodSet::builtin()),
        &MethodSet::builtin(),
    );
    assert!(plan.steps.is_empty() && plan.unmet.is_empty() && plan.proven_optimal);
    assert_eq!(plan.cost, PlanCost::default());
}

#[test]
fn r_172_what_only_has_to_be_asserted_is_asked() {
    let methods = MethodSet::builtin();
    let gaps = vec![
        gap(&["legal_name"], Assurance::Asserted),
        gap(&["citizenship", "present_location"], Assurance::Asserted),
    ];
    let plan = planned(subject(PartyKind::Person, gaps, &methods), &methods);
    assert_eq!(ids(&plan), [ASK, ASK]);
    // Of citizenship and present location the less sensitive is asked.
    assert_eq!(*plan.steps[1].closes, ["present_location".into()]);
    assert_eq!(plan.cost.total, (5 + 7) + (20 + 7));
    assert_eq!(
        (
            plan.cost.money_minor,
            plan.cost.minutes,
            plan.cost.dropoff_bp
        ),
        (0, 1, 0)
    );
    assert_eq!(
        plan.steps[1].alternatives[0].collects,
        ["citizenship".into()]
    );
    assert_eq!(plan.steps[1].alternatives[0].extra_cost, 40);
}

#[test]
fn r_026_a_code_needs_the_address_which_is_asked_first() {
    let methods = MethodSet::builtin();
    let gaps = vec![gap(&["email"], Assurance::Verified)];
    let plan = planned(subject(PartyKind::Person, gaps.clone(), &methods), &methods);
    assert_eq!(ids(&plan), [ASK, "email-code"]);
    assert_eq!(plan.steps[0].why, "Needed first by: Code sent by e-mail");
    assert_eq!(plan.steps[1].why, "Only this step settles: E-mail address");
    assert_eq!(plan.cost.total, 70 + 27);

    let mut held = subject(PartyKind::Person, gaps, &methods);
    held.held = 1 << position("email");
    let plan = planned(held, &methods);
    assert_eq!((ids(&plan), plan.cost.total), (vec!["email-code"], 70));
}

#[test]
fn one_document_serves_many_gaps_and_alternatives_are_told() {
    let methods = MethodSet::builtin();
    let gaps = vec![
        gap(&["legal_name"], Assurance::Verified),
        gap(&["birth_date"], Assurance::Verified),
        gap(&["citizenship"], Assurance::Validated),
        gap(&["document_number"], Assurance::Asserted),
    ];
    let plan = planned(subject(PartyKind::Person, gaps, &methods), &methods);
    assert_eq!(ids(&plan), ["document-chip"]);
    let alternatives = &plan.steps[0].alternatives;
    assert_eq!(alternatives.len(), ALTERNATIVES_MAX);
    assert!(alternatives.is_sorted_by_key(|a| a.extra_cost));
    assert!(
        alternatives
            .iter()
            .any(|a| a.methods == ["wallet-presentation".into(), ASK.into()]),
        "{alternatives:?}"
    );
}

#[test]
fn a_wallet_hands_over_only_what_closes_a_gap() {
    let methods = MethodSet::builtin();
    let mut subject = subject(
        PartyKind::Person,
        vec![gap(&["legal_name"], Assurance::Verified)],
        &methods,
    );
    subject.prohibited = 1 << position("birth_date");
    let plan = planned(subject, &methods);
    // Every document gives the date of birth away; a wallet does not.
    assert_eq!(ids(&plan), ["wallet-presentation"]);
    assert_eq!(plan.steps[0].collects, ["legal_name".into()]);
}

#[test]
fn r_174_a_prohibited_field_is_never_collected_and_the_gap_says_so() {
    let methods = MethodSet::builtin();
    let gaps = vec![
        gap(&["national_id_number"], Assurance::Asserted),
        gap(&["portrait_match"], Assurance::Verified),
        gap(&["list_screening"], Assurance::Asserted),
        gap(&["cip_reviewed"], Assurance::Verified),
        gap(&["lei"], Assurance::Validated),
    ];
    let mut subject = subject(PartyKind::Person, gaps, &methods);
    subject.prohibited = 1 << position("national_id_number") | 1 << position("birth_date");
    let plan = planned(subject, &methods);
    assert_eq!(ids(&plan), [ASK, "list-screening"]);
    let unmet: Vec<_> = plan
        .unmet
        .iter()
        .map(|u| (&*u.attributes[0].0, u.reason))
        .collect();
    assert_eq!(
        unmet,
        [
            ("national_id_number", UnmetReason::Prohibited),
            ("portrait_match", UnmetReason::Prohibited),
            ("cip_reviewed", UnmetReason::NoMethod),
            ("lei", UnmetReason::NoMethod),
        ]
    );
    assert_eq!(plan.unmet[1].prohibited, ["birth_date".into()]);
}

#[test]
fn a_gap_whose_methods_do_not_fit_says_so() {
    let methods = MethodSet::builtin();
    let gaps = vec![gap(&["residential_address"], Assurance::Verified)];
    let mut subject = subject(PartyKind::Person, gaps, &methods);
    subject.fits = vec![];
    let plan = planned(subject, &methods);
    assert_eq!(plan.unmet[0].reason, UnmetReason::DoesNotFit);
    assert!(plan.steps.is_empty() && plan.proven_optimal);
}

#[test]
fn an_assertion_too_old_is_asked_for_again() {
    let methods = MethodSet::builtin();
    let mut subject = subject(
        PartyKind::Person,
        vec![gap(&["place_of_use"], Assurance::Asserted)],
        &methods,
    );
    subject.held = 1 << position("place_of_use");
    let plan = planned(subject, &methods);
    assert_eq!((ids(&plan), plan.cost.total), (vec![ASK], 12));
}

#[test]
fn gaps_beyond_the_room_are_told() {
    let methods = MethodSet::builtin();
    let gaps = vec![gap(&["legal_name"], Assurance::Asserted); GAPS_ROOM + 1];
    let plan = planned(subject(PartyKind::Person, gaps, &methods), &methods);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.unmet.len(), 1);
    assert_eq!(plan.unmet[0].reason, UnmetReason::TooMany);
}

#[test]
fn a_plan_survives_json() {
    let methods = MethodSet::builtin();
    let gaps = vec![
        gap(&["legal_name"], Assurance::Verified),
        gap(&["lei"], Assurance::Verified),
    ];
    let plan = planned(subject(PartyKind::Organisation, gaps, &methods), &methods);
    assert_eq!(ids(&plan), [ASK, ASK, "register-extract"]);
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn a_selective_method_can_be_run_for_what_it_always_collects() {
    let text = "[weights]\nsensitivity = { public = 1, ordinary = 1, contact = 1, sensitive = 1, special = 1 }\n\
        per_money_minor = 1\nper_minute = 1\nper_dropoff_nat = 1\n\
        [ask]\nseconds = 0\nexcept = [\"payment_token\"]\n\
        [[method]]\nid = \"m\"\ntitle = \"M\"\nselective = true\ncollects = [\"payment_token\"]\n\
        shows = [{ attribute = \"legal_name\", assurance = \"verified\" }]\n";
    let methods = MethodSet::parse("m.toml", text, &Registry::builtin()).unwrap();
    let gaps = vec![gap(&["payment_token"], Assurance::Asserted)];
    let plan = planned(subject(PartyKind::Person, gaps, &methods), &methods);
    assert_eq!(ids(&plan), ["m"]);
    assert_eq!(plan.steps[0].collects, ["payment_token".into()]);
}
