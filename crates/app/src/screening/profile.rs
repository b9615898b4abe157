//! What the lists ask about a party, in one small sealed text: names, dates, countries, identifiers, and the entries that it
//! was last found to be like.
//!
//! A list update is matched against every party; reading all that is recorded of each for that would take hours. The profile
//! follows from the party's facts and can always be made again from them: where somebody adds to a party without knowing
//! the rest of it, the profile is dropped, and the next update makes it anew. It is sealed under the party's key for screenings,
//! goes when the party is erased, and is dropped when anything of the party expires.

use bonafide_model::{Date, Entropy, Fact, PartyId, PartyKind, Registry, Value};
use bonafide_policy::compared;
use bonafide_screen::Query;
use bonafide_seal::{Aad, SubjectKeys};
use serde::{Deserialize, Serialize};

use super::question::question;
use crate::error::AppError;
use crate::sealed;

/// What binds a sealed profile to its place.
const FIELD: &str = "screening_profile";

/// What the lists ask about a party.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(rename = "k", skip_serializing_if = "Option::is_none")]
    kind: Option<PartyKind>,
    #[serde(rename = "c")]
    said: Vec<Said>,
    /// The entries of the last screening's hits: list and number.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    hits: Vec<(String, String)>,
    /// Whether there were more hits than are named.
    #[serde(rename = "m", default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// A claim of an attribute that is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    #[serde(rename = "a")]
    attribute: String,
    #[serde(rename = "v")]
    value: Value,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    to: Option<Date>,
}

impl Profile {
    /// The profile that facts make, in order of recording.
    pub(crate) fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut profile = Self::default();
        for fact in facts {
            profile.learn(fact);
        }
        profile
    }

    /// Takes a later fact in; says whether it is part of the profile.
    pub(crate) fn learn(&mut self, fact: &Fact) -> bool {
        match fact {
            Fact::Party(party) => self.kind = Some(party.kind),
            Fact::Claim(claim) if compared::is_compared(&claim.attribute) => {
                self.said.push(Said {
                    attribute: claim.attribute.clone(),
                    value: claim.value.clone(),
                    from: claim.valid_from,
                    to: claim.valid_to,
                });
            }
            Fact::Screening(screening) => {
                let entry = |h: &bonafide_model::ScreeningHit| (h.list.clone(), h.entry.clone());
                self.hits = screening.hits.iter().map(entry).collect();
                self.more = screening.hits_left_out > 0;
            }
            _ => return false,
        }
        true
    }

    /// Whether a hit of the last screening is on one of these entries of a list, or may be.
    pub(super) fn has_hit(&self, list: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        self.more
            || self
                .hits
                .iter()
                .any(|(of, entry)| of == list && is_meant(entry))
    }

    /// The question to the lists on a day. A birth date is asked as merely said, which never lowers a score: whether evidence
    /// stands behind it is for the screening that follows.
    pub(super) fn question(&self, on: Date) -> Query {
        let holds =
            |s: &&Said| s.from.is_none_or(|from| from <= on) && s.to.is_none_or(|to| on < to);
        let said: Vec<(&str, &Value)> = self
            .said
            .iter()
            .filter(holds)
            .map(|s| (s.attribute.as_str(), &s.value))
            .collect();
        let births = said.iter().rev();
        let birth = births.clone().find(|(name, _)| *name == compared::BIRTH);
        question(self.kind, &said, birth.map(|(_, value)| *value))
    }

    /// Seals it under the party's keys.
    pub(crate) fn seal(
        &self,
        party: PartyId,
        tenant: &str,
        keys: &SubjectKeys,
        registry: &Registry,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, AppError> {
        let plain = serde_json::to_vec(self).map_err(AppError::internal)?;
        let (record, version) = (&party.to_string(), 1);
        let aad = Aad {
            tenant,
            record,
            field: FIELD,
            version,
        };
        sealed::seal_screening(&plain, keys, registry, &aad, entropy)
    }

    /// Opens what [`Profile::seal`] sealed.
    pub(crate) fn open(
        sealed: &[u8],
        party: PartyId,
        tenant: &str,
        keys: &SubjectKeys,
        registry: &Registry,
    ) -> Result<Self, AppError> {
        let (record, version) = (&party.to_string(), 1);
        let aad = Aad {
            tenant,
            record,
            field: FIELD,
            version,
        };
        sealed::open_screening(sealed, keys, registry, &aad, |plain| {
            serde_json::from_slice(plain).map_err(AppError::internal)
        })
    }
}
