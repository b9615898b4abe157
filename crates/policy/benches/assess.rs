//! How long an assessment with its plan takes: an organisation with three owners under the proposed programme and the
//! General Data Protection Regulation, at three points of its way.
#![allow(missing_docs, reason = "criterion's macros")]

use std::hint::black_box;
use std::sync::Arc;

use bonafide_model::{
    Account, AccountId, Check, CheckId, CheckOutcome, Claim, ClaimId, Dossier, Fact, Party,
    PartyId, PartyKind, Registry, Role, RoleId, RoleKind, RoleTarget, Timestamp,
};
use bonafide_policy::{
    ActivePack, Catalogue, Election, Inputs, MethodSet, Pack, PackSet, ProviderProfile, assess,
    builtin,
};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;

const NOW_MS: i64 = 1_795_000_000_000;

struct Builder {
    registry: Registry,
    now: Timestamp,
    facts: Vec<Fact>,
    next: u128,
}

impl Builder {
    fn bits(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    fn party(&mut self, kind: PartyKind) -> PartyId {
        let id = PartyId::from_bits(self.bits());
        let recorded_at = self.now;
        self.facts.push(Fact::Party(Party {
            id,
            kind,
            recorded_at,
        }));
        id
    }

    #[expect(clippy::expect_used, reason = "a bench over its own values")]
    fn claim(
        &mut self,
        party: PartyId,
        kind: PartyKind,
        attribute: &str,
        value: &serde_json::Value,
    ) -> ClaimId {
        let value = self.registry.parse_value(attribute, kind, value);
        let id = ClaimId::from_bits(self.bits());
        self.facts.push(Fact::Claim(Claim {
            id,
            party,
            attribute: attribute.to_owned(),
            value: value.expect("a value of the attribute's type"),
            source: "applicant".to_owned(),
            valid_from: None,
            valid_to: None,
            asserted_at: self.now,
            recorded_at: self.now,
        }));
        id
    }

    fn pass(&mut self, party: PartyId, method: &str, claims: Vec<ClaimId>) {
        let id = CheckId::from_bits(self.bits());
        self.facts.push(Fact::Check(Check {
            id,
            party,
            method: method.to_owned(),
            evidence: Vec::new(),
            claims,
            outcome: CheckOutcome::Pass,
            reasons: Vec::new(),
            at: self.now,
            retry_at: None,
            recorded_at: self.now,
        }));
    }
}

/// A foreign company and three owners: nothing told, everything told, everything shown.
#[expect(clippy::expect_used, reason = "a bench over its own values")]
fn dossier(told: bool, shown: bool) -> Dossier {
    use PartyKind::{Organisation, Person};
    let mut b = Builder {
        registry: Registry::builtin(),
        now: Timestamp::from_millis(NOW_MS).expect("an instant"),
        facts: Vec::new(),
        next: 0,
    };
    let holder = b.party(Organisation);
    b.facts.push(Fact::Account(Account {
        id: AccountId::from_bits(1),
        holder,
        product: "server".to_owned(),
        region: None,
        trial: false,
        opening_method: bonafide_model::OpeningMethod::Online,
        opened_at: b.now,
        closed_at: None,
        last_access_at: None,
        verify_by: None,
        recorded_at: b.now,
    }));
    let place = b.claim(holder, Organisation, "place_of_organisation", &json!("DE"));
    let name = b.claim(holder, Organisation, "legal_name", &json!("Beispiel GmbH"));
    if told {
        let address = json!({"lines": ["Beispielweg 1"], "city": "Berlin", "country": "DE"});
        let address = b.claim(holder, Organisation, "business_address", &address);
        let email = b.claim(holder, Organisation, "email", &json!("a@example.org"));
        let phone = b.claim(holder, Organisation, "phone", &json!("+4930123456"));
        for (attribute, value) in [
            ("payment_means", json!("card")),
            ("payment_token", json!("tok_1")),
            ("signup_ip", json!("192.0.2.1")),
            ("place_of_use", json!("DE")),
            ("ownership_statement", json!(true)),
        ] {
            b.claim(holder, Organisation, attribute, &value);
        }
        if shown {
            b.pass(holder, "register-extract", vec![place, name, address]);
            b.pass(holder, "email-code", vec![email]);
            b.pass(holder, "phone-code", vec![phone]);
        }
    }
    for share in ["40", "33.3333", "26.6667"] {
        let owner = b.party(Person);
        let role = RoleId::from_bits(b.bits());
        b.facts.push(Fact::Role(Role {
            id: role,
            party: owner,
            kind: RoleKind::Owner,
            target: RoleTarget::Party(holder),
            share: share.parse().ok(),
            valid_from: None,
            valid_to: None,
            recorded_at: b.now,
        }));
        let name = b.claim(owner, Person, "legal_name", &json!("Erika Beispiel"));
        let citizenship = b.claim(owner, Person, "citizenship", &json!("DE"));
        if told {
            let address = json!({"lines": ["Beispielweg 2"], "city": "Bonn", "country": "DE"});
            b.claim(owner, Person, "residential_address", &address);
            b.claim(owner, Person, "email", &json!("b@example.org"));
            b.claim(owner, Person, "phone", &json!("+4930123457"));
        }
        if shown {
            b.pass(owner, "document-chip", vec![name, citizenship]);
        }
    }
    Dossier::fold(b.facts, None).expect("an account was recorded")
}

#[expect(clippy::expect_used, reason = "shipped packs")]
fn packs(names: &[&str]) -> PackSet {
    let registry = Registry::builtin();
    let active = names.iter().map(|name| {
        let text = builtin::text(name).expect("a shipped pack");
        let pack = Pack::parse(name, text, "", &registry).expect("shipped packs parse");
        ActivePack {
            pack: Arc::new(pack),
            elected_by: Some(Election {
                officer: "officer".to_owned(),
                at: Timestamp::from_millis(0).expect("an instant"),
            }),
            active_since: None,
        }
    });
    PackSet::new(active.collect(), &registry).expect("packs that go together")
}

#[expect(clippy::expect_used, reason = "a bench over its own values")]
fn three_owners(c: &mut Criterion) {
    let (methods, catalogue) = (MethodSet::builtin(), Catalogue::default());
    let profile = ProviderProfile::default();
    let packs = packs(&["us-iaas-cip", "eu-gdpr"]);
    for (name, told, shown) in [
        ("nothing told", false, false),
        ("everything told", true, false),
        ("everything shown", true, true),
    ] {
        let dossier = dossier(told, shown);
        let inputs = Inputs {
            dossier: &dossier,
            packs: &packs,
            methods: &methods,
            catalogue: &catalogue,
            profile: &profile,
            now: Timestamp::from_millis(NOW_MS).expect("an instant"),
        };
        let once = assess(&inputs);
        println!(
            "{name}: {} gaps, {} steps",
            once.missing.len(),
            once.plan.steps.len()
        );
        c.bench_function(&format!("assess/three owners/{name}"), |b| {
            b.iter(|| black_box(assess(black_box(&inputs))));
        });
    }
}

criterion_group!(benches, three_owners);
criterion_main!(benches);
