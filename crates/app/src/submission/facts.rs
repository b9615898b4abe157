//! From what was sent to facts, finding every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{
    Account, AccountId, Check, CheckId, Claim, ClaimId, Dossier, Entropy, Evidence, EvidenceId,
    Fact, Party, PartyId, PartyKind, Registry, RoleKind, Timestamp, Value, country,
    registry::nearest, value,
};
use bonafide_policy::{Catalogue, MethodSet};

use super::{
    ACCOUNT_PARTIES_MAX, AccountAddition, CheckIn, ClaimIn, EvidenceIn, FieldError, ITEMS_MAX,
    NAME_MAX_CHARS, PARTIES_MAX, PartyIn, References, SKEW_MAX_MS, SignUp, roles,
};

/// No person on record lived longer.
const LIFE_MAX_YEARS: i16 = 125;

/// What facts are read against.
pub struct FactContext<'a> {
    /// The attributes there are.
    pub registry: &'a Registry,
    /// The methods there are.
    pub methods: &'a MethodSet,
    /// The products there are.
    pub catalogue: &'a Catalogue,
    /// The present.
    pub now: Timestamp,
    /// Chance, for ids.
    pub entropy: &'a dyn Entropy,
}

/// A sign-up as facts, not yet recorded.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The account.
    pub account: Account,
    /// Parties in the order of their ids, each with its facts. Roles stand with the party that they are held towards,
    /// so that erasing an owner leaves the company's share table whole.
    pub parties: Vec<(PartyId, Vec<Fact>)>,
    /// Which of the parties were already known.
    pub known: BTreeSet<PartyId>,
    /// The ids that the request's references got.
    pub references: References,
}

impl SignUp {
    /// Reads the sign-up as facts, or says everything that is wrong with it.
    pub fn draft(&self, context: &FactContext<'_>) -> Result<Draft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let (references, mut parties) = read_parties(&self.parties, 1, context, &mut errors);
        let account = self.account(&references, context, &mut errors);
        let kinds = self
            .parties
            .iter()
            .map(|p| (p.reference.clone(), p.kind))
            .collect();
        let roles = roles::read_roles(
            &self.roles,
            &kinds,
            &references,
            &account,
            &[],
            context,
            &mut errors,
        );
        if !errors.is_empty() {
            return Err(errors);
        }
        roles::attach(roles, account.holder, &mut parties);
        if let Some((_, facts)) = parties.iter_mut().find(|(id, _)| *id == account.holder) {
            facts.push(Fact::Account(account.clone()));
        }
        let known = self.parties.iter().filter_map(|p| p.id).collect();
        // In the order in which they are read back, so that the dossier judged now and the one folded later are the same.
        parties.sort_by_key(|(id, _)| *id);
        Ok(Draft {
            account,
            parties,
            known,
            references,
        })
    }

    fn account(
        &self,
        references: &References,
        context: &FactContext<'_>,
        errors: &mut Vec<FieldError>,
    ) -> Account {
        if let Some(message) = self.external_id.as_deref().and_then(name_error) {
            errors.push(FieldError::new("external_id", message));
        }
        let named = [
            ("account.product", Some(&self.account.product)),
            ("account.region", self.account.region.as_ref()),
        ];
        for (field, name) in named {
            let message = name.and_then(|name| name_error(name));
            errors.extend(message.map(|m| FieldError::new(field, m)));
        }
        if let Err(message) = context
            .catalogue
            .check_order(&self.account.product, self.account.region.as_deref())
        {
            errors.push(FieldError::new("account", message));
        }
        let holders: Vec<&str> = self
            .roles
            .iter()
            .filter(|r| r.kind == RoleKind::Holder)
            .map(|r| r.party.as_str())
            .collect();
        let holder = match holders.as_slice() {
            [one] => references.get(*one).copied(),
            _ => {
                errors.push(FieldError::new(
                    "roles",
                    format!(
                        "{} holders: exactly one party holds the account",
                        holders.len()
                    ),
                ));
                None
            }
        };
        Account {
            id: AccountId::new(context.now, context.entropy),
            holder: holder.unwrap_or(PartyId::from_bits(0)),
            product: self.account.product.clone(),
            region: self.account.region.clone(),
            trial: self.account.trial,
            opening_method: self.account.opening_method,
            opened_at: context.now,
            closed_at: None,
            last_access_at: None,
            verify_by: None,
            recorded_at: context.now,
        }
    }
}

impl AccountAddition {
    /// Reads what is added to an account that is known, or says everything that is wrong with it. Roles may name parties
    /// of the account by their ids.
    pub fn draft(
        &self,
        dossier: &Dossier,
        context: &FactContext<'_>,
    ) -> Result<Draft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let (mut references, mut parties) = read_parties(&self.parties, 0, context, &mut errors);
        let mut kinds: BTreeMap<String, PartyKind> = self
            .parties
            .iter()
            .map(|p| (p.reference.clone(), p.kind))
            .collect();
        for (id, party) in &dossier.parties {
            references.insert(id.to_string(), *id);
            kinds.insert(id.to_string(), party.kind);
        }
        if references.len() > ACCOUNT_PARTIES_MAX {
            let message = format!(
                "the account would have {} parties: at most {ACCOUNT_PARTIES_MAX}",
                references.len()
            );
            errors.push(FieldError::new("parties", message));
        }
        if self.parties.is_empty() && self.roles.is_empty() {
            errors.push(FieldError::new(
                "roles",
                "nothing to add: send at least one party or role",
            ));
        }
        if let Some(i) = self.roles.iter().position(|r| r.kind == RoleKind::Holder) {
            errors.push(FieldError::new(
                format!("roles[{i}].kind"),
                "an account has one holder, who does not change: sign up anew",
            ));
        }
        let account = &dossier.account;
        let roles = roles::read_roles(
            &self.roles,
            &kinds,
            &references,
            account,
            &dossier.roles,
            context,
            &mut errors,
        );
        if !errors.is_empty() {
            return Err(errors);
        }
        parties.extend(
            dossier
                .parties
                .keys()
                .filter(|id| !self.parties.iter().any(|p| p.id == Some(**id)))
                .map(|id| (*id, Vec::new())),
        );
        roles::attach(roles, account.holder, &mut parties);
        let mut known: BTreeSet<PartyId> = self.parties.iter().filter_map(|p| p.id).collect();
        known.extend(dossier.parties.keys());
        parties.sort_by_key(|(id, _)| *id);
        Ok(Draft {
            account: account.clone(),
            parties,
            known,
            references,
        })
    }
}

/// Reads parties with their claims, evidence and checks; at least `least` of them.
fn read_parties(
    parties: &[PartyIn],
    least: usize,
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> (References, Vec<(PartyId, Vec<Fact>)>) {
    let references = read_references(parties, least, context, errors);
    let mut read = Vec::new();
    for (position, party) in parties.iter().enumerate().take(PARTIES_MAX) {
        let at = format!("parties[{position}]");
        let Some(id) = references.get(&party.reference).copied() else {
            continue;
        };
        let mut facts = Vec::new();
        if party.id.is_none() {
            facts.push(Fact::Party(Party {
                id,
                kind: party.kind,
                recorded_at: context.now,
            }));
        }
        let claims = read_claims(&at, id, party.kind, &party.claims, context, errors);
        let (evidence, named) = read_evidence(&at, id, &party.evidence, context, errors);
        let checks = read_checks(&at, id, &party.checks, &claims, &named, context, errors);
        facts.extend(claims.into_iter().map(Fact::Claim));
        facts.extend(evidence.into_iter().map(Fact::Evidence));
        facts.extend(checks.into_iter().map(Fact::Check));
        read.push((id, facts));
    }
    (references, read)
}

fn read_references(
    parties: &[PartyIn],
    least: usize,
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> References {
    if parties.len() < least || parties.len() > PARTIES_MAX {
        let message = format!(
            "{} parties: at least {least} and at most {PARTIES_MAX}",
            parties.len()
        );
        errors.push(FieldError::new("parties", message));
    }
    let mut references = References::new();
    for (position, party) in parties.iter().enumerate().take(PARTIES_MAX) {
        let at = format!("parties[{position}].ref");
        name_error(&party.reference)
            .into_iter()
            .for_each(|m| errors.push(FieldError::new(&at, m)));
        let id = party
            .id
            .unwrap_or_else(|| PartyId::new(context.now, context.entropy));
        if references.insert(party.reference.clone(), id).is_some() {
            errors.push(FieldError::new(&at, "this `ref` names two parties"));
        }
    }
    references
}

/// Why a short name (a reference, a code) cannot be taken.
fn name_error(name: &str) -> Option<String> {
    let right = !name.is_empty()
        && name.chars().count() <= NAME_MAX_CHARS
        && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    if right && !value::holds_card_number(name) {
        return None;
    }
    Some(format!(
        "a name has 1 to {NAME_MAX_CHARS} characters without spaces, and is no card number"
    ))
}

fn too_many(at: &str, what: &str, count: usize, errors: &mut Vec<FieldError>) {
    if count > ITEMS_MAX {
        errors.push(FieldError::new(
            format!("{at}.{what}"),
            format!("{count} {what}: at most {ITEMS_MAX} in one request"),
        ));
    }
}

/// Reads claims about one party; `at` is the path of the object that holds them.
pub fn read_claims(
    at: &str,
    party: PartyId,
    kind: PartyKind,
    claims: &[ClaimIn],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<Claim> {
    too_many(at, "claims", claims.len(), errors);
    let mut read = Vec::new();
    for (position, claim) in claims.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("claims[{position}]"));
        let value = match context
            .registry
            .parse_value(&claim.attribute, kind, &claim.value)
        {
            Ok(value) => value,
            Err(error) => {
                let known = context
                    .registry
                    .get(&claim.attribute)
                    .is_some_and(|a| a.parties.contains(&kind));
                let part = if known {
                    join("value", &error.field)
                } else {
                    "attribute".to_owned()
                };
                errors.push(FieldError::new(join(&here, &part), error.message));
                continue;
            }
        };
        if let (Value::Date(date), "birth_date") = (&value, claim.attribute.as_str())
            && (*date > context.now.date()
                || date.year() + LIFE_MAX_YEARS < context.now.date().year())
        {
            let message = format!("nobody alive was born on `{date}`");
            errors.push(FieldError::new(join(&here, "value"), message));
        }
        if let (Some(from), Some(to)) = (claim.valid_from, claim.valid_to)
            && to <= from
        {
            errors.push(FieldError::new(
                join(&here, "valid_to"),
                format!("`{to}` is not after `valid_from` `{from}`"),
            ));
        }
        let source = claim
            .source
            .clone()
            .unwrap_or_else(|| "applicant".to_owned());
        name_error(&source)
            .into_iter()
            .for_each(|m| errors.push(FieldError::new(join(&here, "source"), m)));
        read.push(Claim {
            id: ClaimId::new(context.now, context.entropy),
            party,
            attribute: claim.attribute.clone(),
            value,
            source,
            valid_from: claim.valid_from,
            valid_to: claim.valid_to,
            asserted_at: context.now,
            recorded_at: context.now,
        });
    }
    read
}

/// Evidence by the name it has within the request.
pub type NamedEvidence = BTreeMap<String, EvidenceId>;

/// Reads evidence about one party.
pub fn read_evidence(
    at: &str,
    party: PartyId,
    evidence: &[EvidenceIn],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> (Vec<Evidence>, NamedEvidence) {
    too_many(at, "evidence", evidence.len(), errors);
    let (mut read, mut named) = (Vec::new(), NamedEvidence::new());
    for (position, item) in evidence.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("evidence[{position}]"));
        let mut wrong =
            |part: &str, message: String| errors.push(FieldError::new(join(&here, part), message));
        name_error(&item.kind)
            .into_iter()
            .for_each(|m| wrong("kind", m));
        if let Some(code) = item
            .issuing_country
            .as_deref()
            .filter(|c| !country::is_known(c))
        {
            let shown: String = code.chars().filter(|c| !c.is_control()).take(16).collect();
            wrong(
                "issuing_country",
                format!("`{shown}` is not a two-letter country code of ISO 3166-1, such as `DE`"),
            );
        }
        let number = item.number.as_deref().map(value::text).transpose();
        let number = number.unwrap_or_else(|e| {
            wrong("reference", e.message);
            None
        });
        if let (Some(issued), Some(expires)) = (item.issued_on, item.expires_on)
            && expires < issued
        {
            wrong(
                "expires_on",
                format!("`{expires}` is before `issued_on` `{issued}`"),
            );
        }
        if item
            .issued_on
            .is_some_and(|issued| issued > context.now.date())
        {
            wrong(
                "issued_on",
                "evidence cannot be issued in the future".to_owned(),
            );
        }
        let id = EvidenceId::new(context.now, context.entropy);
        if let Some(reference) = &item.reference {
            name_error(reference)
                .into_iter()
                .for_each(|m| wrong("ref", m));
            if named.insert(reference.clone(), id).is_some() {
                wrong("ref", format!("`{reference}` names two pieces of evidence"));
            }
        }
        read.push(Evidence {
            id,
            party,
            kind: item.kind.clone(),
            strength: item.strength,
            issuing_country: item.issuing_country.clone(),
            reference: number,
            issued_on: item.issued_on,
            expires_on: item.expires_on,
            recorded_at: context.now,
        });
    }
    (read, named)
}

/// Reads checks about one party; `claims` are its present ones, `named` its evidence by name or id.
pub fn read_checks(
    at: &str,
    party: PartyId,
    checks: &[CheckIn],
    claims: &[Claim],
    named: &NamedEvidence,
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<Check> {
    too_many(at, "checks", checks.len(), errors);
    let mut read = Vec::new();
    for (position, check) in checks.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("checks[{position}]"));
        let before = errors.len();
        let claims = claims_of(&here, check, claims, context, errors);
        let evidence = evidence_of(&here, check, named, errors);
        for (i, reason) in check.reasons.iter().enumerate() {
            name_error(reason).into_iter().for_each(|m| {
                errors.push(FieldError::new(join(&here, &format!("reasons[{i}]")), m))
            });
        }
        let run_at = check.at.unwrap_or(context.now);
        if run_at > context.now.plus_millis(SKEW_MAX_MS) {
            errors.push(FieldError::new(
                join(&here, "at"),
                format!("`{run_at}` is in the future"),
            ));
        }
        if errors.len() > before {
            continue;
        }
        read.push(Check {
            id: CheckId::new(context.now, context.entropy),
            party,
            method: check.method.clone(),
            evidence,
            claims,
            outcome: check.outcome,
            reasons: check.reasons.clone(),
            at: run_at,
            retry_at: check.retry_at,
            recorded_at: context.now,
        });
    }
    read
}

fn claims_of(
    here: &str,
    check: &CheckIn,
    claims: &[Claim],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<ClaimId> {
    let Some(method) = context.methods.get(&check.method) else {
        let shown: String = check
            .method
            .chars()
            .filter(|c| !c.is_control())
            .take(NAME_MAX_CHARS)
            .collect();
        let near = nearest(&shown, context.methods.ids());
        let hint = near
            .map(|n| format!(": did you mean `{n}`?"))
            .unwrap_or_default();
        errors.push(FieldError::new(
            join(here, "method"),
            format!("`{shown}` is not a known method{hint}"),
        ));
        return Vec::new();
    };
    for (i, name) in check.attributes.iter().enumerate() {
        let field = join(here, &format!("attributes[{i}]"));
        if context.registry.get(name).is_none() {
            errors.push(FieldError::new(field, context.registry.unknown(name)));
        } else if !claims.iter().any(|c| &c.attribute == name) {
            errors.push(FieldError::new(
                field,
                format!("nobody has claimed `{name}` of this party: add the claim first"),
            ));
        }
    }
    let about = |c: &&Claim| {
        if check.attributes.is_empty() {
            context.methods.shows(method, &c.attribute)
        } else {
            check.attributes.contains(&c.attribute)
        }
    };
    let found: Vec<ClaimId> = claims.iter().filter(about).map(|c| c.id).collect();
    if found.is_empty() && check.attributes.is_empty() {
        errors.push(FieldError::new(
            here,
            format!(
                "nothing that `{}` can show has been claimed of this party",
                check.method
            ),
        ));
    }
    found
}

fn evidence_of(
    here: &str,
    check: &CheckIn,
    named: &NamedEvidence,
    errors: &mut Vec<FieldError>,
) -> Vec<EvidenceId> {
    let mut found = Vec::new();
    for (i, name) in check.evidence.iter().enumerate() {
        if let Some(id) = named.get(name) {
            found.push(*id);
        } else {
            let shown: String = name
                .chars()
                .filter(|c| !c.is_control())
                .take(NAME_MAX_CHARS)
                .collect();
            let message = format!("`{shown}` is not the `ref` or id of evidence about this party");
            errors.push(FieldError::new(
                join(here, &format!("evidence[{i}]")),
                message,
            ));
        }
    }
    found
}

/// Joins two parts of a path; an empty one adds nothing.
pub(crate) fn join(at: &str, part: &str) -> String {
    match (at.is_empty(), part.is_empty()) {
        (true, _) => part.to_owned(),
        (_, true) => at.to_owned(),
        _ => format!("{at}.{part}"),
    }
}
