//! Scores a candidate and explains the score.
//!
//! A score starts from what was found (a name or an identifier) and moves by each further thing that both sides know;
//! what one side does not know is neutral. The steps add up to the score exactly, so that a reviewer can check it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::score::{self, Likeness};
use crate::{
    Agreement, BirthDate, Entry, Identifier, IdentifierKind, Kind, ListRef, Quality, Query,
};

/// The whole, in basis points.
pub const FULL_BP: i32 = 10_000;

/// From this score a hit is an alert. An equal name, even a weak alias, is one unless an evidenced year of birth
/// contradicts it.
pub const ALERT_THRESHOLD_BP: i32 = 6_000;

/// The same day of birth, in log-odds: about one in 18,000 people shares it, and lists and customers err in one of ten.
const BIRTH_DAY_EQUAL: f32 = 4.5;
/// A compatible year or span says less than a day.
const BIRTH_COMPATIBLE: f32 = 1.6;
/// Another day in the same year may be a slip of the pen.
const BIRTH_OTHER_DAY: f32 = -0.7;
/// Another year of birth is another person: below the threshold whatever else agrees.
const BIRTH_OTHER_YEAR: f32 = -4.5;
/// The most that a name scores against another evidenced year of birth.
const OTHER_YEAR_MOST_BP: i32 = ALERT_THRESHOLD_BP - 500;
/// A country in common says little, since namesakes live in one country.
const COUNTRY_COMMON: f32 = 0.5;
/// No country in common says little too, since the listed move and use front companies.
const COUNTRY_NONE_COMMON: f32 = -0.4;
/// Another number of a kind of which a thing has one: ships, aircraft, legal entities.
const ONLY_NUMBER_DIFFERS: f32 = -3.0;
/// Another number of a kind of which a party may have several over time, from the same country.
const NUMBER_DIFFERS: f32 = -0.8;

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
    /// What was compared, as figures.
    pub features: Features,
}

/// What was compared, as figures. Information is in hundredths of a nat: 693 is what a coin tells. Absent where there was
/// nothing to compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// How the names compare; absent for a match by identifier alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<NameFeatures>,
    /// How the dates of birth stand to each other.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub birth: Option<Agreement>,
    /// Whether a country is common to both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country_common: Option<bool>,
    /// Whether an identifier is equal (true), or one of a kind that both have differs (false).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub identifier_equal: Option<bool>,
}

/// How two names compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameFeatures {
    /// Information in the parts that agree.
    pub agreed: i32,
    /// Information in parts of the query that the listed name has not.
    pub query_left: i32,
    /// Information in parts of the listed name that the query has not.
    pub listed_left: i32,
    /// Of that, in the family name, where the list tells which it is.
    pub family_left: i32,
    /// Hundredths of a slip of spelling in the parts that agree.
    pub slips: i32,
    /// Slips for a letter, weighed by information, in hundredths.
    pub slip_share: i32,
    /// Parts that agree.
    pub agreed_parts: i32,
    /// Parts of the query left over.
    pub query_left_parts: i32,
    /// Parts of the listed name left over.
    pub listed_left_parts: i32,
    /// Parts that agree by an initial.
    pub initials: i32,
    /// Parts that one side cuts off or abbreviates.
    pub cut: i32,
    /// Parts that one side writes together and the other apart.
    pub joined: i32,
    /// Parts that agree by consonants alone, because one side has no vowels.
    pub consonants: i32,
    /// Parts in another order.
    pub disorder: i32,
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
    /// The name is like the listed one.
    Similar,
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
    /// Parts of a listed name of this quality agree.
    NameAgrees(Quality),
    /// The parts that agree are spelt differently.
    Spelling,
    /// Parts agree by initials, consonants, or being written together.
    Abbreviated,
    /// The query has parts that the listed name has not.
    QueryLeft,
    /// The listed name has parts that the query has not.
    ListedLeft,
    /// The parts stand in another order.
    Order,
    /// The alias is weak: the authority does not expect it to identify alone.
    WeakAlias,
    /// An identifier of this kind is equal.
    IdentifierEqual(IdentifierKind),
    /// Both sides have an identifier of this kind, and they differ.
    IdentifierDiffers(IdentifierKind),
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
            Self::NameAgrees(Quality::Primary) => "parts of the primary name agree",
            Self::NameAgrees(Quality::Strong) => "parts of a strong alias agree",
            Self::NameAgrees(Quality::Weak) => "parts of a weak alias agree",
            Self::Spelling => "spelt differently",
            Self::Abbreviated => "abbreviated, without vowels, or written together",
            Self::QueryLeft => "parts asked about that the listed name has not",
            Self::ListedLeft => "parts of the listed name that are not asked about",
            Self::Order => "parts in another order",
            Self::WeakAlias => "weak alias",
            Self::IdentifierEqual(_) => "identifier is equal",
            Self::IdentifierDiffers(_) => "identifier of the same kind differs",
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

/// What a candidate scores.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) bp: i32,
    pub(crate) steps: Vec<Step>,
    pub(crate) features: Features,
}

/// Everything but the names: log-odds with their reasons, and the most that is left of the score.
#[derive(Debug, Default)]
pub(crate) struct Corroboration {
    steps: Vec<(Reason, f32)>,
    sum: f32,
    most_bp: Option<i32>,
    features: Features,
}

impl Corroboration {
    /// Compares what else both sides know.
    pub(crate) fn of(entry: &Entry, query: &Query) -> Self {
        let mut all = Self::default();
        if let Some(birth) = query.birth_date.filter(|_| entry.kind.may_be(Kind::Person)) {
            all.birth(birth, query.birth_date_is_evidenced, entry);
        }
        if !query.countries.is_empty() && !entry.countries.is_empty() {
            let common = query.countries.iter().any(|c| entry.countries.contains(c));
            all.features.country_common = Some(common);
            match common {
                true => all.step(Reason::CountryCommon, COUNTRY_COMMON),
                false => all.step(Reason::CountryNoneCommon, COUNTRY_NONE_COMMON),
            }
        }
        if let Some((kind, effect)) = differing_identifier(entry, query) {
            all.features.identifier_equal = Some(false);
            all.step(Reason::IdentifierDiffers(kind), effect);
        }
        all
    }

    fn step(&mut self, reason: Reason, effect: f32) {
        self.sum += effect;
        self.steps.push((reason, effect));
    }

    /// Where a list gives several dates, the one that agrees best counts.
    fn birth(&mut self, birth: BirthDate, evidenced: bool, entry: &Entry) {
        let best = entry.birth_dates.iter().map(|b| b.compare(birth)).min();
        let Some(agreement) = best else { return };
        self.features.birth = Some(agreement);
        let effect = match agreement {
            Agreement::SameDay => BIRTH_DAY_EQUAL,
            Agreement::Compatible => BIRTH_COMPATIBLE,
            Agreement::SameYearOtherDay => BIRTH_OTHER_DAY,
            Agreement::OtherYear => BIRTH_OTHER_YEAR,
        };
        if effect < 0.0 && !evidenced {
            return self.step(Reason::BirthAsserted(agreement), 0.0);
        }
        if agreement == Agreement::OtherYear {
            self.most_bp = Some(OTHER_YEAR_MOST_BP);
        }
        self.step(Reason::Birth(agreement), effect);
    }

    /// The score that names of these log-odds get, without its steps.
    pub(crate) fn bp(&self, likeness: &Likeness) -> i32 {
        self.hold(likeness, score::score_bp(likeness.odds() + self.sum))
    }

    /// An equal name is an alert however frequent it is; another evidenced year of birth never is.
    fn hold(&self, likeness: &Likeness, bp: i32) -> i32 {
        match self.most_bp {
            Some(most) => bp.min(most),
            None if likeness.is_equal() => bp.max(ALERT_THRESHOLD_BP),
            None => bp,
        }
    }

    pub(crate) fn sum(&self) -> f32 {
        self.sum
    }
}

/// The first identifier of a kind that both sides have with different values, unless one of that kind is equal.
fn differing_identifier(entry: &Entry, query: &Query) -> Option<(IdentifierKind, f32)> {
    use IdentifierKind::{
        AircraftSerial, Imo, Lei, Mmsi, NationalId, Passport, RegistrationNumber, TailNumber, TaxId,
    };
    query.identifiers.iter().find_map(|asked| {
        let mut same_kind = entry
            .identifiers
            .iter()
            .filter(|i| i.kind == asked.kind)
            .peekable();
        same_kind.peek()?;
        let effect = match asked.kind {
            Imo | Lei | Mmsi | TailNumber | AircraftSerial => ONLY_NUMBER_DIFFERS,
            Passport | NationalId | TaxId | RegistrationNumber => NUMBER_DIFFERS,
            _ => return None,
        };
        let folded = asked.folded();
        let comparable = |listed: &&Identifier| {
            effect == ONLY_NUMBER_DIFFERS
                || (asked.country.is_some() && listed.country == asked.country)
        };
        let mut comparable = same_kind.filter(comparable).peekable();
        comparable.peek()?;
        comparable
            .all(|listed| listed.folded() != folded)
            .then_some((asked.kind, effect))
    })
}

/// The score of a name, with its steps: the best that the agreeing parts could come to, and what each thing takes from it.
pub(crate) fn score_name(likeness: &Likeness, rest: &Corroboration) -> Scored {
    let mut score = Score::default();
    let real = likeness.comparison;
    let quality = likeness.quality;
    let mut seen = Likeness {
        comparison: Comparison {
            query_left: 0.0,
            listed_left: 0.0,
            family_left: 0.0,
            query_left_parts: 0.0,
            listed_left_parts: 0.0,
            slips: 0.0,
            slip_share: 0.0,
            initials: 0.0,
            cut: 0.0,
            joined: 0.0,
            consonants: 0.0,
            disorder: 0.0,
            ..real
        },
        quality: Quality::Strong,
        ..*likeness
    };
    let first = if likeness.is_equal() {
        Reason::NameEqual(quality)
    } else {
        Reason::NameAgrees(quality)
    };
    score.reach(first, score::score_bp(seen.odds()));
    let c = &mut seen.comparison;
    (c.slips, c.slip_share) = (real.slips, real.slip_share);
    score.reach_if_moved(Reason::Spelling, &seen);
    let c = &mut seen.comparison;
    (c.initials, c.cut) = (real.initials, real.cut);
    (c.joined, c.consonants) = (real.joined, real.consonants);
    score.reach_if_moved(Reason::Abbreviated, &seen);
    let c = &mut seen.comparison;
    (c.query_left, c.query_left_parts) = (real.query_left, real.query_left_parts);
    score.reach_if_moved(Reason::QueryLeft, &seen);
    let c = &mut seen.comparison;
    (c.listed_left, c.listed_left_parts, c.family_left) =
        (real.listed_left, real.listed_left_parts, real.family_left);
    score.reach_if_moved(Reason::ListedLeft, &seen);
    seen.comparison.disorder = real.disorder;
    score.reach_if_moved(Reason::Order, &seen);
    seen.quality = quality;
    score.reach_if_moved(Reason::WeakAlias, &seen);
    let mut odds = likeness.odds();
    for (reason, effect) in &rest.steps {
        odds += effect;
        score.reach(*reason, score::score_bp(odds));
    }
    let held = rest.hold(likeness, score.bp);
    if let Some(last) = score.steps.last_mut() {
        last.effect_bp += held - score.bp;
        score.bp = held;
    }
    Scored {
        bp: score.bp,
        steps: score.steps,
        features: Features {
            name: Some(NameFeatures::of(&real)),
            ..rest.features
        },
    }
}

/// The score of an equal identifier: full, whatever the names say.
pub(crate) fn score_identifier(kind: IdentifierKind, rest: &Corroboration) -> Scored {
    let mut score = Score::default();
    score.reach(Reason::IdentifierEqual(kind), FULL_BP);
    Scored {
        bp: score.bp,
        steps: score.steps,
        features: Features {
            identifier_equal: Some(true),
            ..rest.features
        },
    }
}

impl NameFeatures {
    fn of(c: &Comparison) -> Self {
        let hundredths = |value: f32| (value * 100.0).round() as i32;
        let whole = |value: f32| value.round() as i32;
        Self {
            agreed: hundredths(c.agreed),
            query_left: hundredths(c.query_left),
            listed_left: hundredths(c.listed_left),
            family_left: hundredths(c.family_left),
            slips: hundredths(c.slips),
            slip_share: hundredths(c.slip_share),
            agreed_parts: whole(c.agreed_parts),
            query_left_parts: whole(c.query_left_parts),
            listed_left_parts: whole(c.listed_left_parts),
            initials: whole(c.initials),
            cut: whole(c.cut),
            joined: whole(c.joined),
            consonants: whole(c.consonants),
            disorder: whole(c.disorder),
        }
    }
}

#[derive(Default)]
struct Score {
    bp: i32,
    steps: Vec<Step>,
}

impl Score {
    /// A step to a score; says what it added or took.
    fn reach(&mut self, reason: Reason, bp: i32) {
        self.steps.push(Step {
            reason,
            effect_bp: bp - self.bp,
        });
        self.bp = bp;
    }

    fn reach_if_moved(&mut self, reason: Reason, seen: &Likeness) {
        let bp = score::score_bp(seen.odds());
        if bp != self.bp {
            self.reach(reason, bp);
        }
    }
}
