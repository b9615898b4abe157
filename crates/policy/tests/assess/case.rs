//! An invented account, built fact by fact.

use std::sync::Arc;

use bonafide_model::{
    Account, AccountId, Check, CheckId, CheckOutcome, Claim, ClaimId, Date, DecisionMode,
    Determination, DeterminationId, DeterminedOutcome, Dossier, Evidence, EvidenceId, Fact, Ground,
    OpeningMethod, Party, PartyId, PartyKind, Registry, Role, RoleId, RoleKind, RoleTarget,
    Screening, ScreeningHit, SettledFinding, Strength, Timestamp,
};
use bonafide_policy::{
    ActivePack, Assessment, Catalogue, Election, Finding, Inputs, MethodSet, Pack, PackSet,
    ProviderProfile, assess, findings,
};
use serde_json::Value as Json;

/// Methods of these tests: few, and each for one thing.
pub(crate) const METHODS: &str = r#"
[weights]
per_money_minor = 1
per_minute = 30
per_dropoff_nat = 2000
[weights.sensitivity]
public = 2
ordinary = 5
contact = 20
sensitive = 60
special = 400
[ask]
seconds = 15
except = ["list_screening", "ip_country"]
[[method]]
id = "passport"
title = "Passport"
applies = 'subject.kind == "person"'
collects = ["legal_name", "citizenship"]
shows = [{ attribute = "legal_name", assurance = "verified" }, { attribute = "citizenship", assurance = "validated" }]
evidence = ["passport"]
minutes = 4
[[method]]
id = "permit"
title = "Residence permit"
applies = 'subject.kind == "person"'
collects = ["permanent_residence"]
shows = [{ attribute = "permanent_residence", assurance = "validated" }]
minutes = 4
[[method]]
id = "letter"
title = "Letter to where the person is"
needs = ["present_location"]
shows = [{ attribute = "present_location", assurance = "validated" }]
minutes = 3
[[method]]
id = "register"
title = "Register extract"
applies = 'subject.kind == "organisation"'
collects = ["legal_name", "place_of_organisation"]
shows = [{ attribute = "legal_name", assurance = "verified" }, { attribute = "place_of_organisation", assurance = "verified" }]
minutes = 2
[[method]]
id = "email-code"
title = "E-mail code"
needs = ["email"]
shows = [{ attribute = "email", assurance = "verified" }]
minutes = 1
[[method]]
id = "name-question"
title = "Question about the name"
shows = [{ attribute = "legal_name", assurance = "validated" }]
needs = ["legal_name"]
minutes = 1
[[method]]
id = "geo"
title = "Country of the network address"
shows = [{ attribute = "ip_country", assurance = "verified" }]
automatic = true
[[method]]
id = "ownership"
title = "Register of owners"
applies = 'subject.kind == "organisation"'
collects = ["ownership_statement"]
shows = [{ attribute = "ownership_statement", assurance = "validated" }]
minutes = 5
[[method]]
id = "list-screening"
title = "List screening"
needs = ["legal_name"]
shows = [{ attribute = "list_screening", assurance = "validated" }]
automatic = true
"#;

pub(crate) const OPENED: &str = "2026-01-01T00:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// An account under construction. Everything is recorded at its opening unless said otherwise.
pub(crate) struct Case {
    pub(crate) facts: Vec<Fact>,
    pub(crate) holder: PartyId,
    pub(crate) clock: Timestamp,
    next: u128,
    registry: Registry,
}

impl Case {
    pub(crate) fn person() -> Self {
        Self::new(PartyKind::Person)
    }

    pub(crate) fn organisation() -> Self {
        Self::new(PartyKind::Organisation)
    }

    fn new(kind: PartyKind) -> Self {
        let mut case = Self {
            facts: Vec::new(),
            holder: PartyId::from_bits(1),
            clock: at(OPENED),
            next: 0,
            registry: Registry::builtin(),
        };
        case.holder = case.party(kind);
        case.facts.push(Fact::Account(Account {
            id: AccountId::from_bits(1),
            holder: case.holder,
            product: "server".into(),
            region: None,
            trial: false,
            opening_method: OpeningMethod::Online,
            opened_at: case.clock,
            closed_at: None,
            last_access_at: None,
            verify_by: None,
            recorded_at: case.clock,
        }));
        case
    }

    fn bits(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    pub(crate) fn party(&mut self, kind: PartyKind) -> PartyId {
        let id = PartyId::from_bits(self.bits());
        self.facts.push(Fact::Party(Party {
            id,
            kind,
            recorded_at: self.clock,
        }));
        id
    }

    pub(crate) fn account(&mut self) -> &mut Account {
        let accounts = self.facts.iter_mut();
        let mut accounts = accounts.filter_map(|f| match f {
            Fact::Account(account) => Some(account),
            _ => None,
        });
        accounts.next().unwrap()
    }

    pub(crate) fn claim(
        &mut self,
        party: PartyId,
        attribute: &str,
        value: impl Into<Json>,
    ) -> ClaimId {
        let kind = self.facts.iter().find_map(|f| match f {
            Fact::Party(p) if p.id == party => Some(p.kind),
            _ => None,
        });
        let value = self
            .registry
            .parse_value(attribute, kind.unwrap(), &value.into());
        let id = ClaimId::from_bits(self.bits());
        self.facts.push(Fact::Claim(Claim {
            id,
            party,
            attribute: attribute.into(),
            value: value.unwrap(),
            source: "applicant".into(),
            valid_from: None,
            valid_to: None,
            asserted_at: self.clock,
            recorded_at: self.clock,
        }));
        id
    }

    /// The claim last made was so only from and to.
    pub(crate) fn valid(&mut self, from: Option<&str>, to: Option<&str>) {
        let Some(Fact::Claim(claim)) = self.facts.last_mut() else {
            panic!("no claim was made last");
        };
        (claim.valid_from, claim.valid_to) = (from.map(date), to.map(date));
    }

    pub(crate) fn check(
        &mut self,
        party: PartyId,
        method: &str,
        claims: &[ClaimId],
        outcome: CheckOutcome,
    ) {
        self.check_with(party, method, claims, outcome, Vec::new());
    }

    pub(crate) fn pass(&mut self, party: PartyId, method: &str, claim: ClaimId) {
        self.check(party, method, &[claim], CheckOutcome::Pass);
    }

    pub(crate) fn check_with(
        &mut self,
        party: PartyId,
        method: &str,
        claims: &[ClaimId],
        outcome: CheckOutcome,
        evidence: Vec<EvidenceId>,
    ) {
        let id = CheckId::from_bits(self.bits());
        self.facts.push(Fact::Check(Check {
            id,
            party,
            method: method.into(),
            evidence,
            claims: claims.to_vec(),
            outcome,
            reasons: Vec::new(),
            at: self.clock,
            retry_at: None,
            recorded_at: self.clock,
        }));
    }

    pub(crate) fn evidence(&mut self, party: PartyId, expires_on: &str) -> EvidenceId {
        let id = EvidenceId::from_bits(self.bits());
        self.facts.push(Fact::Evidence(Evidence {
            id,
            party,
            kind: "passport".into(),
            strength: Strength::Strong,
            issuing_country: None,
            reference: None,
            issued_on: None,
            expires_on: Some(date(expires_on)),
            recorded_at: self.clock,
        }));
        id
    }

    pub(crate) fn role(
        &mut self,
        party: PartyId,
        kind: RoleKind,
        target: RoleTarget,
        share: Option<&str>,
    ) {
        let id = RoleId::from_bits(self.bits());
        self.facts.push(Fact::Role(Role {
            id,
            party,
            kind,
            target,
            share: share.map(|s| s.parse().unwrap()),
            valid_from: None,
            valid_to: None,
            recorded_at: self.clock,
        }));
    }

    pub(crate) fn owner(&mut self, party: PartyId, of: PartyId, share: &str) {
        self.role(party, RoleKind::Owner, RoleTarget::Party(of), Some(share));
    }

    pub(crate) fn controller(&mut self, party: PartyId, of: PartyId) {
        self.role(party, RoleKind::Controller, RoleTarget::Party(of), None);
    }

    pub(crate) fn screen(&mut self, party: PartyId, score_bp: u16) {
        let hits = (score_bp > 0).then(|| ScreeningHit {
            list: "list".into(),
            entry: "1".into(),
            listed_name: "Listed".into(),
            score_bp,
            explanation: Vec::new(),
            entity: None,
        });
        self.facts.push(Fact::Screening(Screening {
            party,
            lists: Vec::new(),
            hits: hits.into_iter().collect(),
            hits_left_out: 0,
            threshold_bp: 8500,
            engine: None,
            asked: None,
            at: self.clock,
            recorded_at: self.clock,
        }));
    }

    /// What can be determined now.
    pub(crate) fn findings(&self, packs: &PackSet) -> Vec<Finding> {
        findings(&Inputs {
            dossier: &self.dossier(),
            packs,
            methods: &methods(),
            catalogue: &Catalogue::default(),
            profile: &ProviderProfile::default(),
            now: self.clock,
        })
    }

    /// Determines every finding of a rule, as it is now.
    pub(crate) fn determine(
        &mut self,
        packs: &PackSet,
        rule: &str,
        outcome: DeterminedOutcome,
        expires_at: Option<Timestamp>,
    ) -> DeterminationId {
        let found = self.findings(packs).into_iter();
        let settles = found.filter(|f| &*f.rule == rule).map(|f| SettledFinding {
            rule: f.rule.to_string(),
            subject: f.subject,
            rests_on: f.rests_on,
        });
        let settles: Vec<_> = settles.collect();
        assert!(!settles.is_empty(), "nothing to determine of {rule}");
        self.determined(settles, outcome, expires_at)
    }

    pub(crate) fn determined(
        &mut self,
        settles: Vec<SettledFinding>,
        outcome: DeterminedOutcome,
        expires_at: Option<Timestamp>,
    ) -> DeterminationId {
        let id = DeterminationId::from_bits(self.bits());
        self.facts.push(Fact::Determination(Determination {
            id,
            account: AccountId::from_bits(1),
            outcome,
            settles,
            grounds: vec![Ground::FalseMatch],
            text: String::new(),
            decided_by: "reviewer".into(),
            approved_by: None,
            mode: DecisionMode::Human,
            at: self.clock,
            expires_at,
            case: None,
            rests_on: String::new(),
            recorded_at: self.clock,
        }));
        id
    }

    pub(crate) fn dossier(&self) -> Dossier {
        Dossier::fold(self.facts.clone(), None).unwrap()
    }

    pub(crate) fn assess(&self, packs: &PackSet) -> Assessment {
        self.assess_at(packs, self.clock)
    }

    pub(crate) fn assess_at(&self, packs: &PackSet, now: Timestamp) -> Assessment {
        judge(&self.dossier(), packs, now)
    }
}

pub(crate) fn methods() -> MethodSet {
    MethodSet::parse("methods.toml", METHODS, &Registry::builtin()).unwrap()
}

pub(crate) fn judge(dossier: &Dossier, packs: &PackSet, now: Timestamp) -> Assessment {
    assess(&Inputs {
        dossier,
        packs,
        methods: &methods(),
        catalogue: &Catalogue::default(),
        profile: &ProviderProfile::default(),
        now,
    })
}

pub(crate) fn pack(text: &str) -> Arc<Pack> {
    let pack = Pack::parse("test.toml", text, "00", &Registry::builtin());
    Arc::new(pack.unwrap_or_else(|e| panic!("{e}")))
}

pub(crate) fn active(text: &str) -> ActivePack {
    ActivePack {
        pack: pack(text),
        elected_by: None,
        active_since: None,
    }
}

pub(crate) fn elected(text: &str) -> ActivePack {
    ActivePack {
        pack: pack(text),
        elected_by: Some(Election {
            officer: "Officer One".into(),
            at: at(OPENED),
        }),
        active_since: None,
    }
}

pub(crate) fn packs(active: Vec<ActivePack>) -> PackSet {
    PackSet::new(active, &Registry::builtin()).unwrap()
}

/// One pack in force with the given parts after its head.
pub(crate) fn one(parts: &str) -> PackSet {
    packs(vec![active(&head("test", "voluntary", parts))])
}

/// A pack's text from its id, force and parts.
pub(crate) fn head(id: &str, force: &str, parts: &str) -> String {
    format!(
        "[pack]\nid = \"{id}\"\nversion = \"1\"\ntitle = \"Test\"\nsummary = \"Test\"\nforce = \"{force}\"\nhome = \"US\"\nregime = \"general\"\n[[citation]]\nid = \"law\"\ntext = \"Law of {id}\"\n{parts}"
    )
}

/// The rule for status of the proposed programme.
pub(crate) const STATUS: &str = r#"
[status]
clear_at = "validated"
facts = ["citizenship", "permanent_residence", "place_of_organisation", "present_location"]
citations = ["law"]
[beneficial_owner]
threshold = "25"
comparison = ">="
control = true
strategy = "all"
"#;

/// A requirement's text.
pub(crate) fn requirement(
    id: &str,
    subject: &str,
    attribute: &str,
    assurance: &str,
    more: &str,
) -> String {
    format!(
        "[[requirement]]\nid = \"{id}\"\nsubject = \"{subject}\"\nattribute = \"{attribute}\"\nassurance = \"{assurance}\"\nwhile_missing = \"provisional\"\ncitations = [\"law\"]\nwhy = \"Because of {id}.\"\n{more}\n"
    )
}

/// What is missing, as `attribute assurance` by party.
pub(crate) fn missing(assessment: &Assessment) -> Vec<(PartyId, String)> {
    let each = assessment.missing.iter().map(|m| {
        let needs = m
            .attributes
            .iter()
            .map(|n| format!("{} {}", n.attribute, n.assurance.as_str()));
        (m.subject, needs.collect::<Vec<_>>().join(" | "))
    });
    each.collect()
}
