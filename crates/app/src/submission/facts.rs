//! From what was sent to facts, finding every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{
    Account, AccountId, Dossier, Entropy, Fact, Party, PartyId, PartyKind, Registry, RoleKind,
    Timestamp, value,
};
use bonafide_policy::{Catalogue, MethodSet};

use super::records::{read_checks, read_claims, read_evidence};
use super::{
    ACCOUNT_PARTIES_MAX, AccountAddition, FieldError, ITEMS_MAX, NAME_MAX_CHARS, PARTIES_MAX,
    PartyIn, References, SignUp, roles,
};

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
pub(super) fn name_error(name: &str) -> Option<String> {
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

pub(super) fn too_many(at: &str, what: &str, count: usize, errors: &mut Vec<FieldError>) {
    if count > ITEMS_MAX {
        errors.push(FieldError::new(
            format!("{at}.{what}"),
            format!("{count} {what}: at most {ITEMS_MAX} in one request"),
        ));
    }
}

/// Joins two parts of a path; an empty one adds nothing.
pub(crate) fn join(at: &str, part: &str) -> String {
    match (at.is_empty(), part.is_empty()) {
        (true, _) => part.to_owned(),
        (_, true) => at.to_owned(),
        _ => format!("{at}.{part}"),
    }
}
