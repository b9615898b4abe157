//! How strong a piece of evidence is, and which level a set of evidence reaches: tables in data, edition by edition (R-046,
//! R-047), so that a change of the standard is a change of a file, and the same evidence can be explained under both.

use std::collections::BTreeSet;

use bonafide_model::{Date, Span, Strength};
use serde::Deserialize;

/// The editions that come with the product.
const SHIPPED: &str = include_str!("assurance.toml");

/// What is known of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// Its issuer verified its holder's identity by a procedure that others oversee.
    IssuerVerifiedIdentity,
    /// Its issuer took reasonable care that it reached its holder.
    IssuedWithCare,
    /// It bears a number that tells it from all others.
    ReferenceNumber,
    /// It bears such a number, or facts enough to tell its holder from others.
    ReferenceNumberOrFacts,
    /// It bears a picture or a biometric of its holder.
    PortraitOrBiometric,
    /// It bears a signature of its issuer over what it states.
    SignedByIssuer,
    /// That signature was checked against the issuer's key.
    SignatureValidated,
    /// What it states was checked: its security features by somebody trained, or its facts with its issuer.
    Validated,
    /// It is in force on the day.
    InForce,
    /// It is in force, or out of force for no longer than the edition's grace.
    InForceOrGrace,
}

/// What a set of evidence needs for one strength.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    strength: Strength,
    needs: BTreeSet<Property>,
}

/// A level with its alternatives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    level: String,
    alternatives: Vec<Vec<Strength>>,
}

/// One edition of a standard.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// Its name in configuration.
    pub name: String,
    /// Its name for people.
    pub label: String,
    fair_grace_days: u16,
    #[serde(rename = "strength")]
    strengths: Vec<Needs>,
    #[serde(rename = "level")]
    levels: Vec<Level>,
}

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditionsError {
    /// Not TOML of this form.
    #[error("the table of assurance is not of its form: {0}")]
    Form(String),
    /// Two editions of one name, or a level without alternatives.
    #[error("the table of assurance names `{0}` twice, or gives it no alternative")]
    Names(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    edition: Vec<Edition>,
}

/// Editions by name.
#[derive(Debug, Clone)]
pub struct Editions(Vec<Edition>);

impl Editions {
    /// The editions that come with the product.
    ///
    /// # Errors
    /// Never, which a test shows; the table is data all the same.
    pub fn shipped() -> Result<Self, EditionsError> {
        Self::read(SHIPPED)
    }

    /// An operator's own.
    ///
    /// # Errors
    /// If the text is not a table of editions.
    pub fn read(text: &str) -> Result<Self, EditionsError> {
        let file: File =
            toml::from_str(text).map_err(|error| EditionsError::Form(error.to_string()))?;
        let mut names = BTreeSet::new();
        for edition in &file.edition {
            if !names.insert(&edition.name) {
                return Err(EditionsError::Names(edition.name.clone()));
            }
            let mut levels = BTreeSet::new();
            for level in &edition.levels {
                let empty =
                    level.alternatives.is_empty() || level.alternatives.iter().any(Vec::is_empty);
                if empty || !levels.insert(&level.level) {
                    return Err(EditionsError::Names(level.level.clone()));
                }
            }
        }
        Ok(Self(file.edition))
    }

    /// The edition of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Edition> {
        self.0.iter().find(|edition| edition.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Edition> {
        self.0.iter()
    }
}

/// A level that is reached, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached<'a> {
    /// The level.
    pub level: &'a str,
    /// The alternative that is met, the strengths that it asks for.
    pub by: &'a [Strength],
    /// The edition, as people call it.
    pub edition: &'a str,
}

impl Edition {
    /// Adds to what is known of evidence whether it is in force on a day. Evidence that does not expire is.
    #[must_use]
    pub fn in_force(
        &self,
        mut known: BTreeSet<Property>,
        expires_on: Option<Date>,
        today: Date,
    ) -> BTreeSet<Property> {
        let grace = Span::days(i32::from(self.fair_grace_days));
        if expires_on.is_none_or(|last| today <= last) {
            known.insert(Property::InForce);
        }
        if expires_on.is_none_or(|last| today <= last.plus(grace)) {
            known.insert(Property::InForceOrGrace);
        }
        known
    }

    /// How strong evidence of these properties is; nothing if it has not even those of the weakest.
    #[must_use]
    pub fn strength(&self, known: &BTreeSet<Property>) -> Option<Strength> {
        let met = self
            .strengths
            .iter()
            .filter(|row| row.needs.is_subset(known));
        met.map(|row| row.strength).max()
    }

    /// Every level that these pieces of evidence reach, in the order of the table, each with the alternative that is met.
    #[must_use]
    pub fn levels(&self, evidence: &[Strength]) -> Vec<Reached<'_>> {
        let reached = |level: &'_ Level| {
            level
                .alternatives
                .iter()
                .position(|wanted| covers(evidence, wanted))
        };
        self.levels
            .iter()
            .filter_map(|level| {
                let by = level.alternatives.get(reached(level)?)?;
                Some(Reached {
                    level: &level.level,
                    by,
                    edition: &self.label,
                })
            })
            .collect()
    }
}

/// Whether there is a piece for each wanted strength, stronger ones counting for weaker.
fn covers(evidence: &[Strength], wanted: &[Strength]) -> bool {
    let (mut have, mut want) = (evidence.to_vec(), wanted.to_vec());
    have.sort_unstable_by(|a, b| b.cmp(a));
    want.sort_unstable_by(|a, b| b.cmp(a));
    want.len() <= have.len() && have.iter().zip(&want).all(|(have, want)| have >= want)
}
