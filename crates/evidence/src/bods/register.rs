//! What statements say at last: records of entities and persons, and the relationships between them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Why nobody is named. The standard's list; what is not known and what need not be told are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Absence {
    /// There is no beneficial owner.
    NoBeneficialOwners,
    /// The subject could not confirm or identify one.
    SubjectUnable,
    /// The interested party has not said.
    NotProvided,
    /// The subject need not tell.
    SubjectExempt,
    /// The interested party need not tell.
    InterestedPartyExempt,
    /// Nobody knows.
    Unknown,
    /// The publisher does not know.
    UnknownToPublisher,
}

const ABSENCES: [(Absence, &str); 7] = [
    (Absence::NoBeneficialOwners, "noBeneficialOwners"),
    (
        Absence::SubjectUnable,
        "subjectUnableToConfirmOrIdentifyBeneficialOwner",
    ),
    (
        Absence::NotProvided,
        "interestedPartyHasNotProvidedInformation",
    ),
    (Absence::SubjectExempt, "subjectExemptFromDisclosure"),
    (
        Absence::InterestedPartyExempt,
        "interestedPartyExemptFromDisclosure",
    ),
    (Absence::Unknown, "unknown"),
    (Absence::UnknownToPublisher, "informationUnknownToPublisher"),
];

impl Absence {
    /// By its name in the standard.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ABSENCES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(absence, _)| *absence)
    }

    /// Its name in the standard.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ABSENCES
            .iter()
            .find(|(a, _)| *a == self)
            .map_or("unknown", |(_, name)| name)
    }

    /// Whether there may be an owner whom nobody named.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::SubjectUnable | Self::NotProvided | Self::Unknown | Self::UnknownToPublisher
        )
    }

    /// Whether the law lets the owner go unnamed.
    #[must_use]
    pub fn is_exempt(&self) -> bool {
        matches!(self, Self::SubjectExempt | Self::InterestedPartyExempt)
    }
}

/// Why nobody is named, and the words of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The reason.
    pub reason: Absence,
    /// What the source says of it.
    pub description: Option<String>,
}

/// One side of a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// The record with this id.
    Record(String),
    /// Nobody is named.
    Unspecified(Detail),
}

/// A share in percent: exactly, or between bounds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Share {
    /// The share.
    pub exact: Option<f64>,
    /// It is this or more.
    pub minimum: Option<f64>,
    /// It is this or less.
    pub maximum: Option<f64>,
    /// It is more than this.
    pub exclusive_minimum: Option<f64>,
    /// It is less than this.
    pub exclusive_maximum: Option<f64>,
}

/// What one party has in another.
#[derive(Debug, Clone, PartialEq)]
pub struct Interest {
    /// The kind, by its name in the standard.
    pub kind: String,
    /// `direct`, `indirect` or `unknown`.
    pub directness: Option<String>,
    /// Whether it makes the party a beneficial owner, as far as the source says.
    pub beneficial: Option<bool>,
    /// The share.
    pub share: Share,
    /// The interest as it was stated, with its dates and details.
    pub stated: Map<String, Value>,
}

/// A relationship: who has what in whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    /// The record's id.
    pub record: String,
    /// In whom; always an entity.
    pub subject: Party,
    /// Who.
    pub interested_party: Party,
    /// What.
    pub interests: Vec<Interest>,
    /// The record as it was stated.
    pub stated: Record,
}

/// A record and the statement that it was last stated in.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The statement's members, but the details.
    pub statement: Map<String, Value>,
    /// The details.
    pub details: Map<String, Value>,
    /// Why the person or entity is not named, if it is not.
    pub absence: Option<Detail>,
}

impl Record {
    /// The name: an entity's, or the first of a person's.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let first = self.details.get("names").and_then(|names| names.get(0));
        let name = self
            .details
            .get("name")
            .or(first.and_then(|name| name.get("fullName")));
        name.and_then(Value::as_str)
    }
}

/// What statements say at last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Register {
    /// Entities by record id.
    pub entities: BTreeMap<String, Record>,
    /// Persons by record id.
    pub persons: BTreeMap<String, Record>,
    /// Relationships.
    pub relationships: Vec<Relationship>,
}

impl Register {
    /// Every place where nobody is named, and why.
    pub fn absences(&self) -> impl Iterator<Item = Absence> {
        let records = self.entities.values().chain(self.persons.values());
        let records = records.filter_map(|record| record.absence.as_ref());
        let sides = self
            .relationships
            .iter()
            .flat_map(|r| [&r.subject, &r.interested_party]);
        let sides = sides.filter_map(|side| match side {
            Party::Unspecified(detail) => Some(detail),
            Party::Record(_) => None,
        });
        records.chain(sides).map(|detail| detail.reason)
    }

    /// Records that relationships name and no statement describes: they are elsewhere, or were forgotten.
    #[must_use]
    pub fn unresolved(&self) -> Vec<&str> {
        let sides = self
            .relationships
            .iter()
            .flat_map(|r| [&r.subject, &r.interested_party]);
        let mut missing: Vec<&str> = sides
            .filter_map(|side| match side {
                Party::Record(id) => Some(id.as_str()),
                Party::Unspecified(_) => None,
            })
            .filter(|id| !self.entities.contains_key(*id) && !self.persons.contains_key(*id))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }
}
