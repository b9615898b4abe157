//! What the lists are asked of a party, and digests of both sides of a hit.
//!
//! A human who finds that a hit is somebody else has looked at what the list says and at what the party says; the digests
//! tell whether either has changed since.

use bonafide_ledger::sha256;
use bonafide_model::{
    Assurance, Check, CheckOutcome, Claim, Dossier, PartyId, PartyKind, Timestamp, Value,
};
use bonafide_policy::compared;
use bonafide_screen::{BirthDate, Country, Entry, Identifier, IdentifierKind, Kind, Query};
use serde::Serialize;

use crate::engine::Engine;

/// What is known about a party, as a question to the lists.
pub(crate) fn query(engine: &Engine, dossier: &Dossier, party: PartyId, now: Timestamp) -> Query {
    let today = now.date();
    let claims: Vec<&Claim> = dossier
        .claims
        .iter()
        .filter(|c| c.party == party && c.holds_on(today))
        .collect();
    let kind = dossier.parties.get(&party).map(|p| p.kind);
    let births = || {
        let latest_first = claims.iter().copied().rev();
        latest_first.filter(|c| c.attribute == compared::BIRTH)
    };
    let evidenced = births().find(|c| is_evidenced(engine, dossier, c));
    let birth = evidenced.or_else(|| births().next()).map(|c| &c.value);
    let said: Vec<(&str, &Value)> = claims
        .iter()
        .map(|c| (c.attribute.as_str(), &c.value))
        .collect();
    Query {
        birth_date_is_evidenced: evidenced.is_some(),
        ..question(kind, &said, birth)
    }
}

/// The question that claims make, with the birth date that was chosen of several.
pub(super) fn question(
    kind: Option<PartyKind>,
    said: &[(&str, &Value)],
    birth: Option<&Value>,
) -> Query {
    let all = |names: &[&str]| -> Vec<&str> {
        let named = said.iter().filter(|(name, _)| names.contains(name));
        named.filter_map(|(_, value)| value.as_text()).collect()
    };
    let identifier = |(kind, name): (IdentifierKind, &'static str)| {
        all(&[name])
            .into_iter()
            .map(move |v| Identifier {
                kind,
                value: v.to_owned(),
                country: None,
            })
            .collect::<Vec<_>>()
    };
    let identifiers: [_; compared::IDENTIFIERS.len()] = [
        (IdentifierKind::Passport, compared::DOCUMENT),
        (IdentifierKind::RegistrationNumber, compared::REGISTRATION),
        (IdentifierKind::Lei, compared::LEI),
        (IdentifierKind::WalletAddress, compared::WALLET),
        (IdentifierKind::Email, compared::EMAIL),
    ];
    Query {
        kind: kind.map(|kind| match kind {
            PartyKind::Person => Kind::Person,
            PartyKind::Organisation => Kind::Organisation,
        }),
        names: all(&compared::NAMES)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        birth_date: match birth {
            Some(Value::Date(day)) => Some(BirthDate::day(*day)),
            _ => None,
        },
        birth_date_is_evidenced: false,
        countries: all(&compared::COUNTRIES)
            .into_iter()
            .filter_map(|c| c.parse::<Country>().ok())
            .collect(),
        identifiers: identifiers.into_iter().flat_map(identifier).collect(),
    }
}

/// SHA-256 in hex of what is asked: of a party that says the same of itself it is the same.
pub(crate) fn digest_of_query(query: &Query) -> String {
    digest(&Query {
        names: sorted(&query.names),
        countries: sorted(&query.countries),
        identifiers: {
            let mut identifiers = query.identifiers.clone();
            identifiers.sort_by(|a, b| a.value.cmp(&b.value));
            identifiers
        },
        ..query.clone()
    })
}

/// SHA-256 in hex of what a list says of whom it lists: what identifies, and not the entry's number, programmes or remarks.
pub(crate) fn digest_of_entry(entry: &Entry) -> String {
    let mut names: Vec<_> = entry.names.iter().map(|n| (&n.text, n.quality)).collect();
    names.sort();
    let mut identifiers: Vec<String> = entry.identifiers.iter().map(text).collect();
    identifiers.sort_unstable();
    let mut births: Vec<String> = entry.birth_dates.iter().map(text).collect();
    births.sort_unstable();
    digest(&(
        entry.kind,
        names,
        &entry.countries,
        births,
        entry.gender,
        identifiers,
    ))
}

fn sorted<T: Ord + Clone>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort();
    values
}

/// A value of the lists as text. Texts, numbers and lists of them always have one.
fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn digest<T: Serialize>(value: &T) -> String {
    sha256(text(value).as_bytes()).to_string()
}

/// Whether a check of a method that validates the claim's attribute passed on this very claim, and none failed since.
fn is_evidenced(engine: &Engine, dossier: &Dossier, claim: &Claim) -> bool {
    let validates = |check: &Check| {
        engine.methods.get(&check.method).is_some_and(|method| {
            let mut method = method.clone();
            method.shows.retain(|(_, a)| *a >= Assurance::Validated);
            engine.methods.shows(&method, &claim.attribute)
        })
    };
    let mut about = dossier.checks.iter().rev().filter(|c| {
        c.party == claim.party
            && c.outcome != CheckOutcome::Inconclusive
            && c.claims.contains(&claim.id)
    });
    about
        .find(|c| c.outcome == CheckOutcome::Fail || validates(c))
        .is_some_and(|c| c.outcome == CheckOutcome::Pass)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bonafide_model::{Account, AccountId, ClaimId, OpeningMethod, Party, Registry};

    use super::*;

    /// Exactly the attributes that a screening is out of date by are in its question.
    #[test]
    fn the_question_is_made_of_the_compared_attributes() {
        let registry = Registry::builtin();
        let engine = Engine::empty(&registry).unwrap();
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let party = PartyId::from_bits(1);
        let mut dossier = Dossier {
            account: Account {
                id: AccountId::from_bits(1),
                holder: party,
                product: String::new(),
                region: None,
                trial: false,
                opening_method: OpeningMethod::Online,
                opened_at: now,
                closed_at: None,
                last_access_at: None,
                verify_by: None,
                recorded_at: now,
            },
            parties: BTreeMap::from([(
                party,
                Party {
                    id: party,
                    kind: PartyKind::Person,
                    recorded_at: now,
                },
            )]),
            roles: Vec::new(),
            claims: Vec::new(),
            evidence: Vec::new(),
            checks: Vec::new(),
            screenings: Vec::new(),
            determinations: Vec::new(),
        };
        let asked = |dossier: &Dossier| format!("{:?}", query(&engine, dossier, party, now));
        let nothing = asked(&dossier);
        for attribute in registry.attributes() {
            let value = match attribute.name.as_str() {
                compared::BIRTH => Value::Date(now.date()),
                name if compared::COUNTRIES.contains(&name) => Value::Text("DE".to_owned()),
                _ => Value::Text("some value".to_owned()),
            };
            dossier.claims = vec![Claim {
                id: ClaimId::from_bits(1),
                party,
                attribute: attribute.name.clone(),
                value,
                source: "applicant".to_owned(),
                valid_from: None,
                valid_to: None,
                asserted_at: now,
                recorded_at: now,
            }];
            let is_part = asked(&dossier) != nothing;
            assert_eq!(
                is_part,
                compared::is_compared(&attribute.name),
                "{}",
                attribute.name
            );
        }
    }
}
