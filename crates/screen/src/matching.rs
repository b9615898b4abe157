//! Scores a candidate and explains the score.
//!
//! A score starts from what was found (a name or an identifier) and moves by each further thing that both sides know;
//! what one side does not know is neutral. The steps add up to the score exactly, so that a reviewer can check it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Agreement, BirthDate, Entry, IdentifierKind, Kind, ListRef, Quality, Query};

/// The whole, in basis points.
pub const FULL_BP: i32 = 10_000;

/// From this score a hit is an alert. An equal name, even a weak alias, is one unless an evidenced year of birth
/// contradicts it.
pub const ALERT_THRESHOLD_BP: i32 = 6_000;

/// An equal primary name: nearly sure, but names are shared.
const PRIMARY_NAME_BP: i32 = 9_500;
/// An equal strong alias: as the primary name, behind it so that the better name is shown.
const STRONG_ALIAS_BP: i32 = 9_300;
/// An equal weak alias: acronyms and nicknames are shared by many; the authority does not expect them to be screened alone.
const WEAK_ALIAS_BP: i32 = 7_500;
/// The same day of birth makes an equal primary name full, so it is worth the gap.
const BIRTH_DAY_EQUAL_BP: i32 = FULL_BP - PRIMARY_NAME_BP;
/// A compatible year or span says less than a day.
const BIRTH_COMPATIBLE_BP: i32 = 300;
/// Another day in the same year may be a slip of the pen: less sure, still an alert.
const BIRTH_OTHER_DAY_BP: i32 = -1_000;
/// Another year of birth is another person: below the threshold whatever else agrees (tested).
const BIRTH_OTHER_YEAR_BP: i32 = -4_000;
/// A country in common says little, since namesakes live in one country.
const COUNTRY_COMMON_BP: i32 = 200;
/// No country in common says little too, since the listed move and use front companies.
const COUNTRY_NONE_COMMON_BP: i32 = -300;

/// An answer: the hits, best first, and the lists it was given from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The hits, best first, those below the threshold included; at most [`crate::MAX_HITS`].
    pub hits: Vec<Hit>,
    /// Hits beyond that bound, left out.
    pub hits_left_out: usize,
    /// The lists searched, hits or none.
    pub lists: Vec<ListRef>,
}

impl Outcome {
    /// The hits that are alerts.
    pub fn alerts(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(|hit| hit.is_alert())
    }
}

/// One listed party that the query may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The list's name.
    pub list: String,
    /// The entry's number in the list.
    pub entry_id: String,
    /// What is listed.
    pub kind: Kind,
    /// The listed name that matched; for a match by identifier alone, the primary name.
    pub listed_name: String,
    /// That name's quality.
    pub quality: Quality,
    /// The sanctions programmes.
    pub programs: Vec<String>,
    /// What matched.
    pub matched: Matched,
    /// The score, 0 to [`FULL_BP`].
    pub score_bp: i32,
    /// The steps that add up to the score.
    pub explanation: Vec<Step>,
}

impl Hit {
    /// Whether the score reaches [`ALERT_THRESHOLD_BP`].
    #[must_use]
    pub fn is_alert(&self) -> bool {
        self.score_bp >= ALERT_THRESHOLD_BP
    }
}

/// What made an entry a hit, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// An identifier is equal.
    Identifier,
    /// The name is written as listed, but for case and for `Surname, Given` or `Given Surname`.
    Exact,
    /// The name is equal after normalisation.
    Normalised,
}

/// One step of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was compared, and how it came out.
    pub reason: Reason,
    /// What it added or took.
    pub effect_bp: i32,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+} {}", self.effect_bp, self.reason)
    }
}

/// What was compared, and how it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A listed name of this quality is equal.
    NameEqual(Quality),
    /// An identifier of this kind is equal.
    IdentifierEqual(IdentifierKind),
    /// How the dates of birth stand to each other.
    Birth(Agreement),
    /// The dates of birth differ, but nothing more than an assertion stands behind the one asked about.
    BirthAsserted(Agreement),
    /// A country is common to both.
    CountryCommon,
    /// Both have countries, none common.
    CountryNoneCommon,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameEqual(Quality::Primary) => "primary name is equal",
            Self::NameEqual(Quality::Strong) => "strong alias is equal",
            Self::NameEqual(Quality::Weak) => "weak alias is equal",
            Self::IdentifierEqual(_) => "identifier is equal",
            Self::Birth(Agreement::SameDay) => "same day of birth",
            Self::Birth(Agreement::Compatible) => "dates of birth are compatible",
            Self::Birth(Agreement::SameYearOtherDay) => "same year of birth, another day",
            Self::Birth(Agreement::OtherYear) => "another year of birth",
            Self::BirthAsserted(Agreement::OtherYear) => {
                "another year of birth, merely asserted: does not lower the score until it is evidenced"
            }
            Self::BirthAsserted(_) => {
                "another day of birth, merely asserted: does not lower the score until it is evidenced"
            }
            Self::CountryCommon => "a country in common",
            Self::CountryNoneCommon => "no country in common",
        })
    }
}

/// The score of an equal name, with its steps.
pub(crate) fn score_name(quality: Quality, entry: &Entry, query: &Query) -> (i32, Vec<Step>) {
    let base = match quality {
        Quality::Primary => PRIMARY_NAME_BP,
        Quality::Strong => STRONG_ALIAS_BP,
        Quality::Weak => WEAK_ALIAS_BP,
    };
    let mut score = Score::default();
    score.step(Reason::NameEqual(quality), base);
    if let Some(birth) = query.birth_date.filter(|_| entry.kind.may_be(Kind::Person)) {
        score_birth(birth, query.birth_date_is_evidenced, entry, &mut score);
    }
    if !query.countries.is_empty() && !entry.countries.is_empty() {
        let common = query.countries.iter().any(|c| entry.countries.contains(c));
        if common {
            score.step(Reason::CountryCommon, COUNTRY_COMMON_BP);
        } else {
            score.step(Reason::CountryNoneCommon, COUNTRY_NONE_COMMON_BP);
        }
    }
    (score.bp, score.steps)
}

/// The score of an equal identifier: full, whatever the names say.
pub(crate) fn score_identifier(kind: IdentifierKind) -> (i32, Vec<Step>) {
    let mut score = Score::default();
    score.step(Reason::IdentifierEqual(kind), FULL_BP);
    (score.bp, score.steps)
}

/// Where a list gives several dates, the one that agrees best counts.
fn score_birth(birth: BirthDate, evidenced: bool, entry: &Entry, score: &mut Score) {
    let best = entry.birth_dates.iter().map(|b| b.compare(birth)).min();
    let Some(agreement) = best else { return };
    let effect_bp = match agreement {
        Agreement::SameDay => BIRTH_DAY_EQUAL_BP,
        Agreement::Compatible => BIRTH_COMPATIBLE_BP,
        Agreement::SameYearOtherDay => BIRTH_OTHER_DAY_BP,
        Agreement::OtherYear => BIRTH_OTHER_YEAR_BP,
    };
    if effect_bp < 0 && !evidenced {
        score.step(Reason::BirthAsserted(agreement), 0);
    } else {
        score.step(Reason::Birth(agreement), effect_bp);
    }
}

#[derive(Default)]
struct Score {
    bp: i32,
    steps: Vec<Step>,
}

impl Score {
    /// Adds a step, held within 0 and [`FULL_BP`]; the step says what it really added.
    fn step(&mut self, reason: Reason, effect_bp: i32) {
        let bp = (self.bp + effect_bp).clamp(0, FULL_BP);
        self.steps.push(Step {
            reason,
            effect_bp: bp - self.bp,
        });
        self.bp = bp;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEST_NAME_BP: i32 = PRIMARY_NAME_BP;

    #[test]
    fn another_evidenced_year_of_birth_is_never_an_alert_and_an_equal_name_alone_always_is() {
        const { assert!(BEST_NAME_BP + BIRTH_OTHER_YEAR_BP + COUNTRY_COMMON_BP < ALERT_THRESHOLD_BP) };
        const {
            assert!(
                WEAK_ALIAS_BP + BIRTH_OTHER_DAY_BP + COUNTRY_NONE_COMMON_BP >= ALERT_THRESHOLD_BP
            )
        };
    }
}
