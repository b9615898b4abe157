//! The sample sign-ups are well-formed: the registry takes every value, every reference leads somewhere.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{Assurance, Date, PartyKind, Registry, RoleKind, Share, Timestamp};
use bonafide_policy::method::MethodSet;
use serde_json::Value as Json;

const SIGN_UPS: &str = include_str!("../../../cli/samples/sign-ups.jsonl");

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key]
        .as_str()
        .unwrap_or_else(|| panic!("no `{key}` in {json}"))
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).map_or(&[], |l| l.as_array().unwrap())
}

fn keys(json: &Json, allowed: &[&str]) {
    for key in json.as_object().unwrap().keys() {
        assert!(allowed.contains(&key.as_str()), "`{key}` in {json}");
    }
}

fn party(party: &Json, registry: &Registry, methods: &MethodSet) -> PartyKind {
    keys(party, &["ref", "kind", "claims", "evidence", "checks"]);
    let kind: PartyKind = serde_json::from_value(party["kind"].clone()).unwrap();
    let mut claimed = BTreeSet::new();
    for claim in list(party, "claims") {
        keys(claim, &["attribute", "value", "valid_from", "valid_to"]);
        let name = text(claim, "attribute");
        registry
            .parse_value(name, kind, &claim["value"])
            .unwrap_or_else(|e| panic!("{name}: {e} in {claim}"));
        claimed.insert(name);
        for date in ["valid_from", "valid_to"] {
            assert!(
                claim
                    .get(date)
                    .is_none_or(|d| d.as_str().unwrap().parse::<Date>().is_ok())
            );
        }
    }
    let mut evidence = BTreeSet::new();
    for item in list(party, "evidence") {
        keys(
            item,
            &[
                "ref",
                "kind",
                "strength",
                "issuing_country",
                "reference",
                "issued_on",
                "expires_on",
            ],
        );
        assert!(evidence.insert(text(item, "ref")));
        assert!(text(item, "issued_on").parse::<Date>().is_ok());
        serde_json::from_value::<bonafide_model::Strength>(item["strength"].clone()).unwrap();
    }
    for check in list(party, "checks") {
        check_is_sound(check, registry, methods, &claimed, &evidence);
    }
    kind
}

fn check_is_sound(
    check: &Json,
    registry: &Registry,
    methods: &MethodSet,
    claimed: &BTreeSet<&str>,
    evidence: &BTreeSet<&str>,
) {
    keys(
        check,
        &[
            "method",
            "attributes",
            "evidence",
            "outcome",
            "reasons",
            "at",
        ],
    );
    let method = methods
        .get(text(check, "method"))
        .unwrap_or_else(|| panic!("unknown method in {check}"));
    let outcome: bonafide_model::CheckOutcome =
        serde_json::from_value(check["outcome"].clone()).unwrap();
    assert!(!list(check, "attributes").is_empty());
    for attribute in list(check, "attributes") {
        let name = attribute.as_str().unwrap();
        assert!(
            claimed.contains(name),
            "{name} is checked and not claimed: {check}"
        );
        let position = registry.position(name).unwrap();
        let shown = method
            .shows
            .iter()
            .any(|(at, sure)| *at == position && *sure > Assurance::Asserted);
        assert!(
            shown || outcome != bonafide_model::CheckOutcome::Pass,
            "{} does not show {name}",
            method.id
        );
    }
    for reference in list(check, "evidence") {
        assert!(evidence.contains(reference.as_str().unwrap()), "{check}");
    }
    assert!(
        check
            .get("at")
            .is_none_or(|at| at.as_str().unwrap().parse::<Timestamp>().is_ok())
    );
}

fn roles(sign_up: &Json, kinds: &BTreeMap<&str, PartyKind>) {
    let mut holders = 0;
    let mut shares: BTreeMap<&str, u32> = BTreeMap::new();
    for role in list(sign_up, "roles") {
        keys(role, &["party", "kind", "of", "share"]);
        assert!(kinds.contains_key(text(role, "party")), "{role}");
        let kind: RoleKind = serde_json::from_value(role["kind"].clone()).unwrap();
        holders += usize::from(kind == RoleKind::Holder);
        let of = role.get("of").map(|of| of.as_str().unwrap());
        if matches!(kind, RoleKind::Owner | RoleKind::Controller) {
            assert_eq!(kinds[of.unwrap()], PartyKind::Organisation, "{role}");
        } else {
            assert!(of.is_none(), "{role}");
        }
        if let Some(share) = role.get("share") {
            let share: Share = share.as_str().unwrap().parse().unwrap();
            *shares.entry(of.unwrap()).or_default() += share.ppm();
        }
    }
    assert_eq!(holders, 1, "{sign_up}");
    assert!(
        shares.values().all(|sum| *sum <= Share::WHOLE_PPM),
        "more than the whole is owned: {sign_up}"
    );
}

#[test]
fn all_sample_sign_ups_are_well_formed() {
    let (registry, methods) = (Registry::builtin(), MethodSet::builtin());
    let mut ids = BTreeSet::new();
    for line in SIGN_UPS.lines() {
        let sign_up: Json = serde_json::from_str(line).unwrap();
        keys(&sign_up, &["external_id", "account", "parties", "roles"]);
        keys(
            &sign_up["account"],
            &["product", "region", "trial", "opening_method"],
        );
        assert!(ids.insert(text(&sign_up, "external_id").to_owned()));
        let mut kinds = BTreeMap::new();
        for json in list(&sign_up, "parties") {
            assert!(
                kinds
                    .insert(text(json, "ref"), party(json, &registry, &methods))
                    .is_none()
            );
        }
        roles(&sign_up, &kinds);
    }
    assert_eq!(ids.len(), 200);
}
