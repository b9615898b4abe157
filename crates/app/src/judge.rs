//! The loop that judges: assess, run the automatic methods of the plan, record what they found, and assess again.
//!
//! Pure but for the memory of the lists. The one automatic method there is today is the screening against lists; a
//! method that cannot be run is recorded as inconclusive and is not a pass.

use std::collections::BTreeSet;

use bonafide_model::{
    Assurance, Check, CheckId, CheckOutcome, Claim, Dossier, Entropy, Fact, ListVersion, PartyId,
    PartyKind, Screening, ScreeningHit, Timestamp, Value,
};
use bonafide_policy::{Assessment, Inputs, assess, compared};
use bonafide_screen::{BirthDate, Country, Identifier, IdentifierKind, Kind, Query};

use crate::engine::Engine;

/// Rounds of assessing and running automatic methods; every round must record something new, so that more than a few
/// means a method that never satisfies its requirement.
pub(crate) const ROUNDS_MAX: usize = 8;
/// The automatic method that screens against the loaded lists.
pub const LIST_SCREENING: &str = "list-screening";

/// What judging came to.
#[derive(Debug)]
pub struct Judgement {
    /// The assessment.
    pub assessment: Assessment,
    /// What the automatic methods recorded on the way, already in the dossier.
    pub learned: Vec<(PartyId, Fact)>,
}

/// Judges a dossier at an instant, screening whoever the plan says must be screened.
pub fn judge(
    engine: &Engine,
    dossier: &mut Dossier,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Judgement {
    let mut learned = Vec::new();
    let mut tried = BTreeSet::new();
    let mut assessment = assess(&engine.inputs(dossier, now));
    for _ in 1..ROUNDS_MAX {
        let due: Vec<PartyId> = assessment
            .automatic_steps(LIST_SCREENING)
            .filter(|party| tried.insert(*party))
            .collect();
        if due.is_empty() {
            break;
        }
        for party in due {
            let fact = match screen(engine, dossier, party, now) {
                Ok(screening) => Fact::Screening(screening),
                Err(reason) if is_recorded(dossier, party, reason) => continue,
                Err(reason) => Fact::Check(inconclusive(party, reason, now, entropy)),
            };
            match &fact {
                Fact::Screening(screening) => dossier.screenings.push(screening.clone()),
                Fact::Check(check) => dossier.checks.push(check.clone()),
                _ => {}
            }
            learned.push((party, fact));
        }
        assessment = assess(&engine.inputs(dossier, now));
    }
    Judgement {
        assessment,
        learned,
    }
}

impl Engine {
    /// The inputs of an assessment under this engine.
    #[must_use]
    pub fn inputs<'a>(&'a self, dossier: &'a Dossier, now: Timestamp) -> Inputs<'a> {
        Inputs {
            dossier,
            packs: &self.packs,
            methods: &self.methods,
            catalogue: &self.catalogue,
            profile: &self.profile,
            now,
        }
    }
}

/// A screening that could not be run. It may be tried again at every assessment, because what was in the way goes with a
/// list loaded or a name corrected and not with time.
fn inconclusive(party: PartyId, reason: &str, now: Timestamp, entropy: &dyn Entropy) -> Check {
    Check {
        id: CheckId::new(now, entropy),
        party,
        method: LIST_SCREENING.to_owned(),
        evidence: Vec::new(),
        claims: Vec::new(),
        outcome: CheckOutcome::Inconclusive,
        reasons: vec![reason.to_owned()],
        at: now,
        retry_at: None,
        recorded_at: now,
    }
}

/// Whether the last that is recorded of screening a party is that it could not be run for this reason. It is then not
/// recorded again, so that assessing often does not grow the record.
fn is_recorded(dossier: &Dossier, party: PartyId, reason: &str) -> bool {
    let of_party = |c: &&Check| c.party == party && c.method == LIST_SCREENING;
    let Some(last) = dossier.checks.iter().rev().find(of_party) else {
        return false;
    };
    let mut screenings = dossier.screenings.iter().filter(|s| s.party == party);
    last.outcome == CheckOutcome::Inconclusive
        && last.reasons.iter().eq([reason])
        && !screenings.any(|s| s.recorded_at > last.recorded_at)
}

/// Holds a party against the lists, or says why that cannot be done.
fn screen(
    engine: &Engine,
    dossier: &Dossier,
    party: PartyId,
    now: Timestamp,
) -> Result<Screening, &'static str> {
    if engine.lists.lists().is_empty() {
        return Err("no_list_loaded");
    }
    let query = query(engine, dossier, party, now);
    let outcome = engine.lists.screen_all(&query);
    let outcome = outcome.map_err(|_| "name_not_screenable")?;
    let threshold = bonafide_screen::ALERT_THRESHOLD_BP;
    let left_out = outcome.hits_left_out;
    let hits = outcome
        .hits
        .iter()
        .filter(|h| h.score_bp >= threshold)
        .map(|h| ScreeningHit {
            list: h.list.clone(),
            entry: h.entry_id.clone(),
            listed_name: h.listed_name.clone(),
            score_bp: u16::try_from(h.score_bp).unwrap_or(0),
            explanation: h.explanation.iter().map(ToString::to_string).collect(),
        });
    Ok(Screening {
        party,
        lists: outcome
            .lists
            .iter()
            .map(|l| ListVersion {
                name: l.name.clone(),
                digest: l.version.clone(),
                published_on: l.published_on,
                loaded_at: l.loaded_at,
            })
            .collect(),
        hits: hits.collect(),
        hits_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        threshold_bp: u16::try_from(threshold).unwrap_or(u16::MAX),
        at: now,
        recorded_at: now,
    })
}

/// What is known about a party, as a question to the lists.
fn query(engine: &Engine, dossier: &Dossier, party: PartyId, now: Timestamp) -> Query {
    let today = now.date();
    let claims: Vec<&Claim> = dossier
        .claims
        .iter()
        .filter(|c| c.party == party && c.holds_on(today))
        .collect();
    let all = |names: &[&str]| -> Vec<&str> {
        let named = claims
            .iter()
            .filter(|c| names.contains(&c.attribute.as_str()));
        named.filter_map(|c| c.value.as_text()).collect()
    };
    let kind = dossier.parties.get(&party).map(|p| match p.kind {
        PartyKind::Person => Kind::Person,
        PartyKind::Organisation => Kind::Organisation,
    });
    let births = || {
        let latest_first = claims.iter().copied().rev();
        latest_first.filter(|c| c.attribute == compared::BIRTH)
    };
    let evidenced = births().find(|c| is_evidenced(engine, dossier, c));
    let birth = evidenced.or_else(|| births().next());
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
        kind,
        names: all(&compared::NAMES)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        birth_date: birth.and_then(|c| {
            if let Value::Date(d) = c.value {
                Some(BirthDate::day(d))
            } else {
                None
            }
        }),
        birth_date_is_evidenced: evidenced.is_some(),
        countries: all(&compared::COUNTRIES)
            .into_iter()
            .filter_map(|c| c.parse::<Country>().ok())
            .collect(),
        identifiers: identifiers.into_iter().flat_map(identifier).collect(),
    }
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
