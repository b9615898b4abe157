//! Who and how: parties, accounts, roles with shares.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{AccountId, Date, PartyId, RoleId, Timestamp};

/// A natural person or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A natural person.
    Person,
    /// A company, association, authority, trust or any other body.
    Organisation,
}

impl PartyKind {
    /// The word used in packs, the API and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// A party as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The party's id.
    pub id: PartyId,
    /// Person or organisation.
    pub kind: PartyKind,
    /// When we knew of it.
    pub recorded_at: Timestamp,
}

/// How an account was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OpeningMethod {
    /// Over the network, nobody met.
    #[default]
    Online,
    /// Somebody of the provider met the applicant.
    InPerson,
    /// Through a reseller.
    Reseller,
    /// Brought in from an earlier system.
    Imported,
}

/// What the provider opened for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The party that holds it.
    pub holder: PartyId,
    /// Entry of the provider's catalogue.
    pub product: String,
    /// Region of the catalogue's product, if the order named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether it is a trial or costs nothing; such orders pass the same gate.
    #[serde(default)]
    pub trial: bool,
    /// How it was opened.
    #[serde(default)]
    pub opening_method: OpeningMethod,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The last access known, an anchor of retention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_access_at: Option<Timestamp>,
    /// Until when an account of an earlier system runs as it did, whatever is still missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_by: Option<Timestamp>,
    /// When this version was recorded.
    pub recorded_at: Timestamp,
}

/// How a party stands to an account or to another party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// Holds the account.
    Holder,
    /// Owns a share of an organisation.
    Owner,
    /// Controls an organisation other than by a share.
    Controller,
    /// Acts for the account's holder.
    Representative,
    /// Pays.
    Payer,
    /// Resells the provider's service to the holder.
    Reseller,
    /// Rents from the holder.
    Lessee,
}

impl RoleKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Holder,
        Self::Owner,
        Self::Controller,
        Self::Representative,
        Self::Payer,
        Self::Reseller,
        Self::Lessee,
    ];

    /// The word used in packs, the API and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Owner => "owner",
            Self::Controller => "controller",
            Self::Representative => "representative",
            Self::Payer => "payer",
            Self::Reseller => "reseller",
            Self::Lessee => "lessee",
        }
    }
}

/// What a role is held towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleTarget {
    /// The account.
    Account(AccountId),
    /// An organisation (owners and controllers).
    Party(PartyId),
}

/// One party's role. A later record with the same id replaces it from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role's id.
    pub id: RoleId,
    /// Who has the role.
    pub party: PartyId,
    /// Which role.
    pub kind: RoleKind,
    /// Towards what.
    pub target: RoleTarget,
    /// The share owned, for owners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// First day it was so, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
    /// First day it was no longer so, if it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// When we knew.
    pub recorded_at: Timestamp,
}

/// A part of a whole in millionths: 250,000 is 25 %. Written as a percentage with up to four decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// Text that is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a share: write a percentage from 0 to 100 with at most four decimals, such as `\"33.3333\"`"
)]
pub struct ShareError(String);

impl Share {
    /// The whole, 100 %.
    pub const WHOLE_PPM: u32 = 1_000_000;

    /// From millionths; `None` above the whole.
    #[must_use]
    pub fn from_ppm(ppm: u32) -> Option<Self> {
        (ppm <= Self::WHOLE_PPM).then_some(Self(ppm))
    }

    /// Millionths.
    #[must_use]
    pub fn ppm(self) -> u32 {
        self.0
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let error = || ShareError(text.chars().take(32).collect());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str, most: usize| {
            !s.is_empty() && s.len() <= most && s.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(whole, 3) || !digits(decimals, 4) {
            return Err(error());
        }
        let whole: u32 = whole.parse().map_err(|_| error())?;
        let decimals: u32 = format!("{decimals:0<4}").parse().map_err(|_| error())?;
        Self::from_ppm(whole * 10_000 + decimals).ok_or_else(error)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let decimals = format!("{rest:04}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_percentages() {
        for (text, ppm) in [
            ("25", 250_000),
            ("33.3333", 333_333),
            ("0.5", 5_000),
            ("100", 1_000_000),
            ("100.0", 1_000_000),
        ] {
            assert_eq!(text.parse::<Share>().unwrap().ppm(), ppm);
        }
        assert_eq!("33.50".parse::<Share>().unwrap().to_string(), "33.5");
        for bad in [
            "100.0001", "101", "-1", "1e2", "", ".5", "5.", "1.23456", "٣",
        ] {
            assert!(bad.parse::<Share>().is_err(), "{bad}");
        }
    }
}
