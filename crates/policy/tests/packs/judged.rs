//! The shipped packs over the sample sign-ups: who is asked what, and that every decision occurs.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{
    Account, AccountId, Check, CheckId, Claim, ClaimId, Dossier, Evidence, EvidenceId, Fact,
    ListVersion, Party, PartyId, PartyKind, Registry, Role, RoleId, RoleKind, RoleTarget,
    Screening, ScreeningHit, Timestamp,
};
use bonafide_policy::method::MethodSet;
use bonafide_policy::pack::{ActivePack, PackSet};
use bonafide_policy::provider::{Catalogue, ProviderProfile};
use bonafide_policy::{Assessment, Decision, Inputs, Status, assess};
use serde_json::{Value as Json, json};

use crate::common::{active, elected, shipped};

const SIGN_UPS: &str = include_str!("../../../cli/samples/sign-ups.jsonl");
const PROFILE: &str = include_str!("../../../cli/samples/provider.toml");
const CATALOGUE: &str = include_str!("../../../cli/samples/catalogue.toml");
const OPENED_AT: &str = "2026-11-24T09:00:00Z";
const NOW: &str = "2026-11-24T09:05:00Z";

/// Names that a list is taken to hold, with the likeness found; everybody else is like nobody.
const LISTED: [(&str, u16); 3] = [
    ("Arkady Semyonovich Volkov", 10_000),
    ("Zhengyu Han", 9_800),
    ("Arkady Volkov", 6_200),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn party_id(at: usize) -> PartyId {
    PartyId::from_bits(at as u128 + 1)
}

/// A sign-up as facts, everything recorded at its opening; screened if `screened`.
struct Told<'a> {
    sign_up: &'a Json,
    registry: &'a Registry,
    refs: BTreeMap<&'a str, usize>,
    facts: Vec<Fact>,
    next: u128,
}

impl<'a> Told<'a> {
    fn dossier(sign_up: &'a Json, registry: &'a Registry, screened: bool) -> Dossier {
        let parties = sign_up["parties"].as_array().unwrap();
        let refs = parties
            .iter()
            .enumerate()
            .map(|(i, p)| (p["ref"].as_str().unwrap(), i));
        let mut told = Self {
            sign_up,
            registry,
            refs: refs.collect(),
            facts: Vec::new(),
            next: 1000,
        };
        told.account();
        for (position, party) in parties.iter().enumerate() {
            told.party(party_id(position), party, screened);
        }
        for role in sign_up["roles"].as_array().unwrap() {
            told.role(role);
        }
        Dossier::fold(told.facts, None).unwrap()
    }

    fn bits(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    fn account(&mut self) {
        let roles = self.sign_up["roles"].as_array().unwrap();
        let holder = roles.iter().find(|r| r["kind"] == "holder").unwrap();
        let mut account = self.sign_up["account"].clone();
        account["id"] = json!(AccountId::from_bits(1));
        account["holder"] = json!(party_id(self.refs[holder["party"].as_str().unwrap()]));
        account["opened_at"] = json!(OPENED_AT);
        account["recorded_at"] = json!(OPENED_AT);
        let account: Account = serde_json::from_str(&account.to_string()).unwrap();
        self.facts.push(Fact::Account(account));
    }

    fn party(&mut self, id: PartyId, json: &Json, screened: bool) {
        let kind: PartyKind = serde_json::from_value(json["kind"].clone()).unwrap();
        self.facts.push(Fact::Party(Party {
            id,
            kind,
            recorded_at: at(OPENED_AT),
        }));
        let list = |key: &str| {
            json.get(key)
                .and_then(Json::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let mut claims: BTreeMap<String, Vec<ClaimId>> = BTreeMap::new();
        for claim in list("claims") {
            let claim = self.claim(id, kind, &claim);
            claims
                .entry(claim.attribute.clone())
                .or_default()
                .push(claim.id);
            self.facts.push(Fact::Claim(claim));
        }
        let mut evidence: BTreeMap<String, EvidenceId> = BTreeMap::new();
        for item in list("evidence") {
            let told = EvidenceId::from_bits(self.bits());
            evidence.insert(item["ref"].as_str().unwrap().to_owned(), told);
            let mut item = item;
            item.as_object_mut().unwrap().remove("ref");
            item["id"] = json!(told);
            item["party"] = json!(id);
            item["recorded_at"] = json!(OPENED_AT);
            self.facts.push(Fact::Evidence(
                serde_json::from_str::<Evidence>(&item.to_string()).unwrap(),
            ));
        }
        for check in list("checks") {
            let words = |key: &str| -> Vec<String> {
                let words = check.get(key).and_then(Json::as_array);
                words
                    .map(|w| w.iter().map(|w| w.as_str().unwrap().to_owned()).collect())
                    .unwrap_or_default()
            };
            let check = Check {
                id: CheckId::from_bits(self.bits()),
                party: id,
                method: check["method"].as_str().unwrap().to_owned(),
                evidence: words("evidence").iter().map(|e| evidence[e]).collect(),
                claims: words("attributes")
                    .iter()
                    .flat_map(|a| claims[a].clone())
                    .collect(),
                outcome: serde_json::from_value(check["outcome"].clone()).unwrap(),
                reasons: words("reasons"),
                at: at(OPENED_AT),
                retry_at: None,
                recorded_at: at(OPENED_AT),
            };
            self.facts.push(Fact::Check(check));
        }
        if screened {
            let name = list("claims")
                .into_iter()
                .find(|c| c["attribute"] == "legal_name")
                .unwrap();
            self.facts.push(Fact::Screening(screening(
                id,
                name["value"].as_str().unwrap(),
            )));
        }
    }

    fn claim(&mut self, party: PartyId, kind: PartyKind, json: &Json) -> Claim {
        let attribute = json["attribute"].as_str().unwrap();
        let day = |key: &str| json.get(key).map(|d| d.as_str().unwrap().parse().unwrap());
        Claim {
            id: ClaimId::from_bits(self.bits()),
            party,
            attribute: attribute.to_owned(),
            value: self
                .registry
                .parse_value(attribute, kind, &json["value"])
                .unwrap(),
            source: "applicant".to_owned(),
            valid_from: day("valid_from"),
            valid_to: day("valid_to"),
            asserted_at: at(OPENED_AT),
            recorded_at: at(OPENED_AT),
        }
    }

    fn role(&mut self, json: &Json) {
        let party = |key: &str| {
            json.get(key)
                .map(|r| party_id(self.refs[r.as_str().unwrap()]))
        };
        let account = RoleTarget::Account(AccountId::from_bits(1));
        let role = Role {
            party: party("party").unwrap(),
            kind: serde_json::from_value::<RoleKind>(json["kind"].clone()).unwrap(),
            target: party("of").map_or(account, RoleTarget::Party),
            share: json
                .get("share")
                .map(|s| s.as_str().unwrap().parse().unwrap()),
            id: RoleId::from_bits(self.bits()),
            valid_from: None,
            valid_to: None,
            recorded_at: at(OPENED_AT),
        };
        self.facts.push(Fact::Role(role));
    }
}

fn screening(party: PartyId, name: &str) -> Screening {
    let hits = LISTED.iter().filter(|(listed, _)| *listed == name);
    let hits = hits.map(|(listed, score_bp)| ScreeningHit {
        list: "sample".to_owned(),
        entry: "1".to_owned(),
        listed_name: (*listed).to_owned(),
        score_bp: *score_bp,
        explanation: Vec::new(),
        entity: None,
    });
    Screening {
        party,
        lists: vec![ListVersion {
            name: "sample".to_owned(),
            digest: "0".repeat(64),
            published_on: None,
            loaded_at: at(OPENED_AT),
        }],
        hits: hits.collect(),
        hits_left_out: 0,
        threshold_bp: 6_000,
        engine: None,
        asked: None,
        at: at(OPENED_AT),
        recorded_at: at(OPENED_AT),
    }
}

/// Judges all samples under the packs, by external id.
fn judged(packs: Vec<ActivePack>, screened: bool) -> Vec<(Json, Assessment)> {
    let registry = Registry::builtin();
    let packs = PackSet::new(packs, &registry).unwrap();
    let methods = MethodSet::builtin();
    let catalogue = Catalogue::parse("catalogue.toml", CATALOGUE).unwrap();
    let profile = ProviderProfile::parse("provider.toml", PROFILE).unwrap();
    let sign_ups = SIGN_UPS
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap());
    sign_ups
        .map(|sign_up| {
            let dossier = Told::dossier(&sign_up, &registry, screened);
            let assessment = assess(&Inputs {
                dossier: &dossier,
                packs: &packs,
                methods: &methods,
                catalogue: &catalogue,
                profile: &profile,
                now: at(NOW),
            });
            (sign_up, assessment)
        })
        .collect()
}

fn decisions(judged: &[(Json, Assessment)]) -> BTreeMap<Decision, usize> {
    let mut counts = BTreeMap::new();
    for (_, assessment) in judged {
        *counts.entry(assessment.decision).or_default() += 1;
    }
    counts
}

fn asked(assessment: &Assessment) -> BTreeSet<&str> {
    let needs = assessment.missing.iter().flat_map(|m| &m.attributes);
    needs.map(|n| &*n.attribute).collect()
}

fn of<'a>(judged: &'a [(Json, Assessment)], name: &str) -> &'a Assessment {
    let found = judged.iter().find(|(sign_up, _)| {
        let holder = &sign_up["parties"][0]["claims"][0];
        holder["value"] == name
    });
    &found
        .unwrap_or_else(|| panic!("no sample holder is called {name}"))
        .1
}

const DETERMINATION: [&str; 4] = [
    "citizenship",
    "permanent_residence",
    "place_of_organisation",
    "present_location",
];

#[test]
fn every_decision_occurs_under_the_default_pack() {
    let judged = judged(vec![active(shipped("base-minimal"))], true);
    let counts = decisions(&judged);
    for decision in [
        Decision::Approve,
        Decision::Provisional,
        Decision::Refer,
        Decision::Refuse,
    ] {
        assert!(counts.get(&decision).is_some_and(|n| *n >= 2), "{counts:?}");
    }
    assert!(
        counts[&Decision::Approve] >= 100,
        "most people are lawful: {counts:?}"
    );
    assert_eq!(of(&judged, "Three Failures").decision, Decision::Refuse);
    assert_eq!(of(&judged, "Two Failures").decision, Decision::Refer);
}

#[test]
fn r_066_a_listed_name_is_referred_and_never_refused_by_its_score() {
    for packs in [
        vec!["base-minimal"],
        vec!["small-provider", "eu-gdpr"],
        vec!["us-sanctions"],
    ] {
        let packs: Vec<ActivePack> = packs.into_iter().map(|p| active(shipped(p))).collect();
        let judged = judged(packs, true);
        for name in ["Arkady Semyonovich Volkov", "Zhengyu Han", "Arkady Volkov"] {
            assert_eq!(of(&judged, name).decision, Decision::Refer, "{name}");
        }
    }
}

#[test]
fn r_143_a_place_under_a_comprehensive_programme_is_not_served_and_citizenship_is_no_place() {
    let judged = judged(vec![active(shipped("us-sanctions"))], true);
    assert_eq!(of(&judged, "Yosvany Muestra").decision, Decision::Refuse);
    assert_eq!(
        of(&judged, "Yaíma Ejemplo Peña").decision,
        Decision::Approve
    );
}

#[test]
fn r_172_r_181_under_the_default_pack_nobody_is_asked_more_than_four_fields() {
    for screened in [false, true] {
        for (sign_up, assessment) in judged(vec![active(shipped("base-minimal"))], screened) {
            let holder = assessment
                .missing
                .iter()
                .filter(|m| m.subject == party_id(0));
            let asked = holder.filter(|m| &*m.attributes[0].attribute != "list_screening");
            assert!(asked.count() <= 4, "{}", sign_up["external_id"]);
            assert_eq!(assessment.plan.unmet, [], "{}", sign_up["external_id"]);
        }
    }
}

#[test]
fn r_005_under_every_pack_of_status_whatever_is_missing_can_be_supplied() {
    for pack in ["foreign-only", "us-iaas-cip"] {
        for (sign_up, assessment) in judged(vec![elected(shipped(pack))], false) {
            let sample = &sign_up["external_id"];
            assert_eq!(assessment.plan.unmet, [], "{pack} {sample}");
        }
    }
}

#[test]
fn r_005_r_009_who_is_only_located_at_home_shows_it_by_letter_or_document_and_never_by_network() {
    let judged = judged(vec![elected(shipped("us-iaas-cip"))], false);
    for name in ["藤原 健", "Amélie Tremblay", "Ingrid Sørensen-Hale"] {
        let plan = &of(&judged, name).plan;
        let steps: Vec<&str> = plan.steps.iter().map(|s| &*s.method).collect();
        assert_eq!(steps, ["location-statement"], "{name}");
        let others = plan.steps[0].alternatives.iter().flat_map(|a| &a.methods);
        let others: BTreeSet<&str> = others.map(|m| &**m).collect();
        assert!(others.contains("location-letter-code"), "{others:?}");
        assert!(!others.contains("geo-consistency"), "{others:?}");
    }
    let methods = MethodSet::builtin();
    let showing = methods
        .methods()
        .iter()
        .filter(|m| methods.shows(m, "present_location"));
    let registry = Registry::builtin();
    for method in showing {
        for name in ["signup_ip", "ip_country", "anonymised_access"] {
            let position = registry.position(name).unwrap();
            let uses = method
                .needs
                .iter()
                .chain(&method.collects)
                .any(|p| *p == position);
            assert!(!uses && !method.automatic, "{} rests on {name}", method.id);
        }
    }
}

#[test]
fn r_005_r_006_a_customer_who_claims_to_be_domestic_is_asked_only_to_show_it() {
    for pack in ["foreign-only", "us-iaas-cip"] {
        let judged = judged(vec![elected(shipped(pack))], false);
        let mut seen = 0;
        for (sign_up, assessment) in &judged {
            let parties = sign_up["parties"].as_array().unwrap();
            let person = parties.len() == 1 && parties[0]["kind"] == "person";
            let claims = parties[0]["claims"].as_array().unwrap();
            let says_home = claims.iter().any(|c| {
                DETERMINATION.contains(&c["attribute"].as_str().unwrap())
                    && c["value"] == "US"
                    && c.get("valid_to").is_none()
            });
            if !person || sign_up["account"]["product"] == "gpu-h" || !assessment.packs[0].applies {
                continue;
            }
            let report = &assessment.status[pack];
            if says_home && report.customer == Status::Undetermined {
                assert!(
                    asked(assessment).iter().all(|a| DETERMINATION.contains(a)),
                    "{}: {:?}",
                    sign_up["external_id"],
                    asked(assessment)
                );
                assert_eq!(assessment.missing.len(), 1);
                seen += 1;
            } else if says_home {
                assert_eq!(
                    (report.customer, assessment.missing.len()),
                    (Status::Domestic, 0),
                    "{}",
                    sign_up["external_id"]
                );
                seen += 1;
            } else if !assessment.missing.is_empty() {
                assert!(report.customer != Status::Domestic);
            }
        }
        assert!(seen >= 10, "{pack}: {seen}");
    }
}

#[test]
fn r_010_the_same_applicants_under_three_packs_yield_three_demands() {
    let under = |pack: &str| judged(vec![active(shipped(pack))], false);
    let (foreign, business, all) = (
        under("foreign-only"),
        under("business-only"),
        under("all-customers"),
    );
    let domestic_person = "Dolores O'Malley-Ruiz";
    assert!(
        asked(of(&foreign, domestic_person))
            .iter()
            .all(|a| DETERMINATION.contains(a))
    );
    assert!(asked(of(&business, domestic_person)).is_empty());
    assert!(asked(of(&all, domestic_person)).contains("legal_name"));
    let foreign_company = "Sample Widgets Ltd";
    for demands in [&foreign, &business, &all] {
        assert!(asked(of(demands, foreign_company)).contains("legal_name"));
    }
}

#[test]
fn r_007_one_foreign_owner_of_a_domestic_company_reopens_it() {
    let judged = judged(vec![elected(shipped("us-iaas-cip"))], false);
    let company = of(&judged, "Delaware Shell Example LLC");
    assert!(company.status["us-iaas-cip"].customer != Status::Domestic);
    assert!(asked(company).contains("legal_name") && company.decision != Decision::Approve);
    let owners = &company.beneficial_owners["us-iaas-cip"];
    assert!(
        owners.iter().any(|o| o.share_ppm == 300_000),
        "30 percent through another company: {owners:?}"
    );
}

#[test]
fn r_194_controlled_hardware_for_an_embargoed_parent_is_looked_into() {
    let judged = judged(vec![elected(shipped("us-iaas-cip"))], false);
    let subsidiary = of(&judged, "Neutral Subsidiary Sdn. Bhd.");
    assert_eq!(subsidiary.decision, Decision::Refer);
    assert!(
        subsidiary
            .reasons
            .iter()
            .any(|r| &*r.rule == "us-iaas-cip/hardware-parent-embargoed")
    );
    let weather = of(&judged, "Weather Example AS");
    assert!(!weather.reasons.iter().any(|r| r.rule.contains("hardware")));
}

#[test]
fn invariant_14_a_proposal_that_nobody_elected_only_shows_what_it_would_do() {
    let dry = judged(vec![active(shipped("us-iaas-cip"))], false);
    assert_eq!(
        decisions(&dry).keys().collect::<Vec<_>>(),
        [&Decision::Approve]
    );
    assert!(dry.iter().filter(|(_, a)| !a.dry_run.is_empty()).count() > 20);
    let elected = judged(vec![elected(shipped("us-iaas-cip"))], false);
    assert!(decisions(&elected).len() >= 3, "{:?}", decisions(&elected));
}
