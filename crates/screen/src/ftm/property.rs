//! What each property of a FollowTheMoney object says about its entry.

use crate::{IdentifierKind, Kind, Quality};

use IdentifierKind::{
    AircraftSerial, Bic, CallSign, Email, Imo, Lei, Mmsi, NationalId, Passport, RegistrationNumber,
    TailNumber, TaxId, WalletAddress,
};

/// What a property says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Name(Quality),
    Birth,
    Country,
    Gender,
    Identifier(IdentifierKind),
    Address,
    /// The id of an address that is an object of its own.
    AddressOf,
    Topic,
    Program,
    Remark,
}

/// The role of a property of an object of that kind; nothing for what says nothing to a screening.
pub(super) fn role(property: &str, kind: Kind) -> Option<Role> {
    Some(match property {
        "name" | "alias" | "previousName" => Role::Name(Quality::Strong),
        "weakAlias" | "abbreviation" => Role::Name(Quality::Weak),
        "birthDate" | "incorporationDate" | "buildDate" => Role::Birth,
        "country" | "nationality" | "citizenship" | "jurisdiction" | "mainCountry" | "flag" => {
            Role::Country
        }
        "gender" => Role::Gender,
        "passportNumber" => Role::Identifier(Passport),
        "idNumber" | "socialSecurityNumber" => Role::Identifier(NationalId),
        "taxNumber" | "innCode" | "vatCode" => Role::Identifier(TaxId),
        "registrationNumber" if kind == Kind::Aircraft => Role::Identifier(TailNumber),
        "serialNumber" if kind == Kind::Aircraft => Role::Identifier(AircraftSerial),
        "registrationNumber" | "ogrnCode" | "okpoCode" | "uscCode" | "dunsCode"
        | "uniqueEntityId" => Role::Identifier(RegistrationNumber),
        "leiCode" => Role::Identifier(Lei),
        "swiftBic" => Role::Identifier(Bic),
        "imoNumber" => Role::Identifier(Imo),
        "mmsi" => Role::Identifier(Mmsi),
        "callSign" => Role::Identifier(CallSign),
        "publicKey" | "cryptoWallets" => Role::Identifier(WalletAddress),
        "email" => Role::Identifier(Email),
        "address" => Role::Address,
        "addressEntity" => Role::AddressOf,
        "topics" => Role::Topic,
        "program" | "programId" => Role::Program,
        "notes" | "summary" | "position" | "title" => Role::Remark,
        _ => return None,
    })
}
