//! Identifiers: a prefix that says what is named, and 128 bits in lower-case Crockford base 32.
//!
//! The first 48 bits are the millisecond of making, the rest is random, so that ids made later sort later (they are the
//! primary keys of the store) and nothing about a person can be read from one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Entropy, Timestamp};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters after the prefix: 26 × 5 bits hold 128.
const BODY_LENGTH: usize = 26;

/// Text that is not an id of the kind expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: expected `{prefix}_` and 26 letters and digits")]
pub struct IdError {
    text: String,
    what: &'static str,
    prefix: &'static str,
}

fn encode(bits: u128) -> String {
    let digit = |i: usize| {
        let index = usize::try_from((bits >> (5 * (BODY_LENGTH - 1 - i))) & 31).unwrap_or(0);
        char::from(*ALPHABET.get(index).unwrap_or(&b'0'))
    };
    (0..BODY_LENGTH).map(digit).collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != BODY_LENGTH || text.as_bytes().first()? > &b'7' {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, b| {
        let digit = ALPHABET.iter().position(|a| *a == b)?;
        Some((bits << 5) | u128::try_from(digit).ok()?)
    })
}

macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident $prefix:literal $what:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// A new id, made at `now`.
            #[must_use]
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let mut random = [0_u8; 10];
                entropy.fill(&mut random);
                let tail = random.iter().fold(0_u128, |bits, b| (bits << 8) | u128::from(*b));
                let millis = u128::from(now.as_millis().max(0).cast_unsigned()) & 0xFFFF_FFFF_FFFF;
                Self((millis << 80) | tail)
            }

            /// The id that follows this one; the last of all follows itself.
            #[must_use]
            pub const fn following(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// From 128 bits, for tests and derived ids.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let body = text.strip_prefix(concat!($prefix, "_"));
                body.and_then(decode).map(Self).ok_or_else(|| IdError {
                    text: text.chars().take(64).collect(),
                    what: $what,
                    prefix: $prefix,
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

id! {
    /// A natural person or an organisation.
    PartyId "pty" "a party id";
    /// What the provider opened for a party.
    AccountId "acc" "an account id";
    /// How a party stands to an account or another party.
    RoleId "rol" "a role id";
    /// An attribute and a value somebody asserted.
    ClaimId "clm" "a claim id";
    /// Something that supports claims.
    EvidenceId "evd" "an evidence id";
    /// One run of a method.
    CheckId "chk" "a check id";
    /// What a human decided.
    DeterminationId "det" "a determination id";
    /// One immutable entry in the ledger.
    RecordId "rec" "a record id";
    /// A hold that forbids erasure.
    HoldId "hld" "a hold id";
    /// A question for a human.
    CaseId "cas" "a case id";
    /// A key that opens the API.
    ApiKeyId "key" "an API key id";
    /// A piece of work to be done later.
    JobId "job" "a job id";
    /// Something that happened, told to other systems under this id.
    EventId "evt" "an event id";
    /// Another system that is told of events.
    EndpointId "whk" "a webhook id";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;

    #[test]
    fn ids_round_trip_and_sort_by_time() {
        let entropy = SeededEntropy::new(1);
        let early = PartyId::new(Timestamp::from_millis(1_700_000_000_000).unwrap(), &entropy);
        let late = PartyId::new(Timestamp::from_millis(1_700_000_000_001).unwrap(), &entropy);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse::<PartyId>().unwrap(), early);
    }

    #[test]
    fn other_text_is_refused() {
        for bad in [
            "",
            "pty_",
            "acc_00000000000000000000000000",
            "pty_0000000000000000000000000u",
            "pty_80000000000000000000000000",
        ] {
            assert!(bad.parse::<PartyId>().is_err(), "{bad}");
        }
    }
}
