//! Identifiers of parties and things: passports, registration numbers, IMO numbers, wallet addresses.

use serde::{Deserialize, Serialize};

use crate::Country;

/// Shortest identifier, in letters and digits, that identifies alone. Shorter ones (licence 2377, a serial number of four
/// digits) are given out by many issuers; they count only when both sides name the same country.
const MIN_CHARS_ALONE: usize = 6;

/// One identifier, listed or asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The text as published or as given.
    pub value: String,
    /// The country that issued it, where known.
    pub country: Option<Country>,
}

/// What an identifier is. Kinds that authorities and customers tell apart badly are one kind here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// A passport number.
    Passport,
    /// A national identity number or card.
    NationalId,
    /// A tax number of a person or an organisation.
    TaxId,
    /// A company or commercial register number.
    RegistrationNumber,
    /// A legal entity identifier, ISO 17442.
    Lei,
    /// A bank's identifier code, ISO 9362.
    Bic,
    /// An IMO ship or company number.
    Imo,
    /// A maritime mobile service identity.
    Mmsi,
    /// A radio call sign.
    CallSign,
    /// An aircraft's registration mark.
    TailNumber,
    /// An aircraft's serial or construction number.
    AircraftSerial,
    /// A digital currency address.
    WalletAddress,
    /// An e-mail address.
    Email,
    /// Anything else; compared with identifiers of every kind.
    Other,
}

impl Identifier {
    /// The value as compared: letters and digits in upper case; of an IMO number or maritime identity the digits alone, since
    /// some write `IMO` before them; an e-mail address in lower case; a wallet address as it stands, since its case is
    /// significant. Empty if nothing is left.
    #[must_use]
    pub fn folded(&self) -> String {
        match self.kind {
            IdentifierKind::WalletAddress => self.value.trim().to_owned(),
            IdentifierKind::Email => self.value.trim().to_lowercase(),
            IdentifierKind::Imo | IdentifierKind::Mmsi => {
                self.value.chars().filter(char::is_ascii_digit).collect()
            }
            _ => self
                .value
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_uppercase())
                .collect(),
        }
    }

    /// Whether two identifiers with equal folded values are one: kinds and countries must not contradict each other, and
    /// a short value needs equal countries.
    pub(crate) fn same_issuer(&self, other: &Self) -> bool {
        let kinds = self.kind == other.kind
            || self.kind == IdentifierKind::Other
            || other.kind == IdentifierKind::Other;
        let countries = match (self.country, other.country) {
            (Some(a), Some(b)) => a == b,
            _ => self.folded().len() >= MIN_CHARS_ALONE,
        };
        kinds && countries
    }
}
