//! The attributes that a screening's question to the lists is made of: the one list of them, by what each is to the
//! question.
//!
//! Whoever asks the lists takes them from here, and whoever asks whether a screening is still of what a party claims to be
//! does too, so that nobody is screened by one thing and found out of date by another.

/// What a party is called.
pub const NAMES: [&str; 2] = ["legal_name", "trade_name"];
/// When a person was born.
pub const BIRTH: &str = "birth_date";
/// Countries that a party belongs to.
pub const COUNTRIES: [&str; 3] = [
    "citizenship",
    "permanent_residence",
    "place_of_organisation",
];
/// The number of a document.
pub const DOCUMENT: &str = "document_number";
/// The number in a register of companies.
pub const REGISTRATION: &str = "registration_number";
/// The legal entity identifier.
pub const LEI: &str = "lei";
/// The address of a wallet.
pub const WALLET: &str = "wallet_address";
/// The e-mail address.
pub const EMAIL: &str = "email";
/// What a party can be told from others by.
pub const IDENTIFIERS: [&str; 5] = [DOCUMENT, REGISTRATION, LEI, WALLET, EMAIL];

/// Whether an attribute is part of a screening's question.
#[must_use]
pub fn is_compared(attribute: &str) -> bool {
    attribute == BIRTH
        || [&NAMES[..], &COUNTRIES, &IDENTIFIERS]
            .iter()
            .any(|names| names.contains(&attribute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_the_registry() {
        let registry = bonafide_model::Registry::builtin();
        let all = NAMES.iter().chain(&COUNTRIES).chain(&IDENTIFIERS);
        for name in all.chain([&BIRTH]) {
            assert!(registry.get(name).is_some() && is_compared(name), "{name}");
        }
        assert!(!is_compared("phone"));
    }
}
