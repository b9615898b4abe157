//! What stands in the remarks: a list parted by semicolons, each item led by what it is.

use crate::{BirthDate, Country, Gender, Identifier, IdentifierKind, dates};

use IdentifierKind::{
    AircraftSerial, Bic, Email, Imo, Lei, Mmsi, NationalId, Other, Passport, RegistrationNumber,
    TailNumber, TaxId, WalletAddress,
};

/// What an identifier of the authority's type and its number are; nothing for what identifies nobody (sanctions risks,
/// websites, genders). For the formats that have them in fields of their own.
pub(crate) fn identifier(
    label: &str,
    number: &str,
    country: Option<Country>,
) -> Option<Identifier> {
    if label.starts_with(WALLET_LABEL) {
        return Some(Identifier {
            kind: WalletAddress,
            value: number.trim().to_owned(),
            country,
        });
    }
    let item = format!("{label} {}", number.trim());
    let (kind, value) = LABELS
        .iter()
        .find_map(|(label, kind)| Some((*kind, after(&item, label)?)))?;
    let identifier = Identifier {
        kind,
        value: value.to_owned(),
        country,
    };
    identifies(kind, value).then_some(identifier)
}

/// Whether a value can be one at all: words stand where a number is not known.
fn identifies(kind: IdentifierKind, value: &str) -> bool {
    match kind {
        Bic | Email => !value.is_empty(),
        _ => value.bytes().any(|b| b.is_ascii_digit()),
    }
}

/// How identifiers are led in. Where one is the beginning of another, the longer comes first.
const LABELS: &[(&str, IdentifierKind)] = &[
    ("Passport", Passport),
    ("National ID No.", NationalId),
    ("National Foreign ID Number", NationalId),
    ("Personal ID Card", NationalId),
    ("Identification Number IMO", Imo),
    ("Identification Number", NationalId),
    ("Cedula No.", NationalId),
    ("Cedula de Ciudadania", NationalId),
    ("Citizen's Card Number", NationalId),
    ("C.U.R.P.", NationalId),
    ("D.N.I.", NationalId),
    ("SSN", NationalId),
    ("Birth Certificate Number", NationalId),
    ("Driver's License No.", Other),
    ("Tax ID No.", TaxId),
    ("V.A.T. Number", TaxId),
    ("R.F.C.", TaxId),
    ("NIT #", TaxId),
    ("RUC #", TaxId),
    ("RTN", TaxId),
    ("C.U.I.T.", TaxId),
    ("Vessel Registration Identification IMO", Imo),
    ("Company Number IMO", Imo),
    ("Legal Entity Number", Lei),
    ("SWIFT/BIC", Bic),
    ("MMSI", Mmsi),
    ("Aircraft Tail Number", TailNumber),
    (
        "Aircraft Manufacturer's Serial Number (MSN)",
        AircraftSerial,
    ),
    (
        "Aircraft Construction Number (also called L/N or S/N or F/N)",
        AircraftSerial,
    ),
    ("Registration Number", RegistrationNumber),
    ("Registration ID", RegistrationNumber),
    ("Registration Certificate Number", RegistrationNumber),
    ("Business Registration Number", RegistrationNumber),
    ("Business Registration Document #", RegistrationNumber),
    ("Business Number", RegistrationNumber),
    ("Commercial Registry Number", RegistrationNumber),
    ("Central Registration System Number", RegistrationNumber),
    ("Certificate of Incorporation Number", RegistrationNumber),
    ("Chamber of Commerce Number", RegistrationNumber),
    ("Company Number", RegistrationNumber),
    ("Company ID", RegistrationNumber),
    ("C.R. No.", RegistrationNumber),
    ("D-U-N-S Number", RegistrationNumber),
    ("Economic Register Number (CBLS)", RegistrationNumber),
    ("Enterprise Number", RegistrationNumber),
    ("File Number", RegistrationNumber),
    ("Folio Mercantil No.", RegistrationNumber),
    ("Government Gazette Number", RegistrationNumber),
    ("License", RegistrationNumber),
    ("Matricula Mercantil No", RegistrationNumber),
    ("Public Registration Number", RegistrationNumber),
    ("Trade License No.", RegistrationNumber),
    ("UK Company Number", RegistrationNumber),
    ("Unified Social Credit Code (USCC)", RegistrationNumber),
    ("Email Address", Email),
];

/// Wallet addresses name the currency: `Digital Currency Address - XBT 1Kuf…`.
const WALLET_LABEL: &str = "Digital Currency Address -";

/// What leads in a country that an entry belongs to.
const COUNTRY_LABELS: [&str; 4] = [
    "nationality",
    "citizen",
    "Nationality of Registration",
    "Vessel Flag",
];

/// What was found; the rest of the remarks is for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remarks<'a> {
    pub(super) births: Vec<BirthDate>,
    pub(super) unread_births: Vec<&'a str>,
    pub(super) countries: Vec<&'a str>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) weak_aliases: Vec<&'a str>,
    pub(super) gender: Option<Gender>,
}

/// Reads the remarks of one entry.
pub(super) fn read(text: &str) -> Remarks<'_> {
    let mut found = Remarks::default();
    let text = text.trim().strip_suffix('.').unwrap_or(text);
    for item in text.split(';').map(str::trim) {
        let item = item.strip_prefix("alt. ").unwrap_or(item);
        if let Some(birth) = after(item, "DOB") {
            match dates::read(birth) {
                Some(birth) => found.births.push(birth),
                None => found.unread_births.push(birth),
            }
        } else if let Some(alias) = after(item, "a.k.a.").or_else(|| after(item, "f.k.a.")) {
            let quoted = |c| c == '\'' || c == '"';
            found.weak_aliases.push(alias.trim_matches(quoted).trim());
        } else if let Some(country) = COUNTRY_LABELS.iter().find_map(|label| after(item, label)) {
            found.countries.push(country);
        } else if let Some(gender) = after(item, "Gender") {
            found.gender = Gender::read(gender);
        } else if let Some(identifier) = read_identifier(item) {
            found.identifiers.push(identifier);
        }
    }
    found
}

/// What follows a label and white space.
fn after<'a>(item: &'a str, label: &str) -> Option<&'a str> {
    let rest = item.strip_prefix(label)?;
    (rest.starts_with(' ')).then(|| rest.trim())
}

fn read_identifier(item: &str) -> Option<Identifier> {
    if let Some(wallet) = after(item, WALLET_LABEL) {
        let (_currency, address) = wallet.split_once(' ')?;
        return Some(Identifier {
            kind: WalletAddress,
            value: address.trim().to_owned(),
            country: None,
        });
    }
    let (kind, rest) = LABELS
        .iter()
        .find_map(|(label, kind)| Some((*kind, after(item, label)?)))?;
    let end = [" (", " issued ", " expires "]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
        .unwrap_or(rest.len());
    let (value, tail) = rest.split_at_checked(end)?;
    let country = tail
        .split_once('(')
        .and_then(|(_, tail)| tail.split_once(')'))
        .and_then(|(name, _)| name.parse::<Country>().ok());
    let identifier = Identifier {
        kind,
        value: value.trim().to_owned(),
        country,
    };
    identifies(kind, value).then_some(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remarks_of_one_entry() {
        let found = read(
            "DOB 12 Mar 1961; alt. DOB 1962; alt. DOB spring 1963; POB Kazan, Russia; nationality Russia; citizen Korea, North; Passport 71 9923407 (Russia) expires 30 Dec 2016; alt. Passport B5500 issued 1999; Digital Currency Address - XBT 1Ab2; Email Address x@y.example; Legal Entity Number 253400V1H6ART1UQ0N98 (Russia); Gender Male; a.k.a. 'WOLKOW, Arkadij'.",
        );
        assert_eq!(found.births.len(), 2);
        assert_eq!(found.unread_births, ["spring 1963"]);
        assert_eq!(found.countries, ["Russia", "Korea, North"]);
        assert_eq!(found.weak_aliases, ["WOLKOW, Arkadij"]);
        assert_eq!(found.gender, Some(Gender::Male));
        let listed: Vec<_> = found
            .identifiers
            .iter()
            .map(|i| (i.kind, i.value.as_str(), i.country.map(|c| c.to_string())))
            .collect();
        assert_eq!(
            listed,
            [
                (Passport, "71 9923407", Some("RU".to_owned())),
                (Passport, "B5500", None),
                (WalletAddress, "1Ab2", None),
                (Email, "x@y.example", None),
                (Lei, "253400V1H6ART1UQ0N98", Some("RU".to_owned())),
            ]
        );
    }

    #[test]
    fn a_longer_label_comes_before_its_beginning() {
        for (at, (label, _)) in LABELS.iter().enumerate() {
            for (earlier, _) in LABELS.iter().take(at) {
                assert!(
                    after(label, earlier).is_none(),
                    "`{earlier}` hides `{label}`"
                );
            }
        }
    }
}
