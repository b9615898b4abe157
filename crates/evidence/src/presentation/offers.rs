//! Which credentials show which attributes, and by which claims.
//!
//! Source: the EUDI PID rulebook (annex 3.01, as SD-JWT VC and as mobile document); ISO/IEC 18013-5, section 7.2.1.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A credential that many wallets hold.
pub(super) struct Offer {
    /// Its id in queries.
    pub(super) id: &'static str,
    format: Format,
    /// Attributes by the registry's names, with the claims that make them.
    pub(super) attributes: &'static [(&'static str, Shape)],
}

enum Format {
    SdJwt(&'static str),
    Mdoc(&'static str, &'static str),
}

/// How claims make an attribute.
pub(super) enum Shape {
    /// One claim as it is.
    Same(&'static str),
    /// Given name and family name.
    Name(&'static str, &'static str),
    /// One claim of one country or a list of them.
    Countries(&'static str),
    /// An object with the parts of OpenID Connect's address claim.
    Address(&'static str),
    /// Claims of their own: street, place, post code, region, country.
    AddressParts([&'static str; 5]),
}

pub(super) const OFFERS: &[Offer] = &[
    Offer {
        id: "pid-sd-jwt",
        format: Format::SdJwt("urn:eudi:pid:1"),
        attributes: &[
            ("legal_name", Shape::Name("given_name", "family_name")),
            ("birth_date", Shape::Same("birthdate")),
            ("citizenship", Shape::Countries("nationalities")),
            ("residential_address", Shape::Address("address")),
            (
                "national_id_number",
                Shape::Same("personal_administrative_number"),
            ),
            ("document_number", Shape::Same("document_number")),
            ("email", Shape::Same("email")),
            ("phone", Shape::Same("phone_number")),
        ],
    },
    Offer {
        id: "pid-mdoc",
        format: Format::Mdoc("eu.europa.ec.eudi.pid.1", "eu.europa.ec.eudi.pid.1"),
        attributes: &[
            ("legal_name", Shape::Name("given_name", "family_name")),
            ("birth_date", Shape::Same("birth_date")),
            ("citizenship", Shape::Countries("nationality")),
            (
                "residential_address",
                Shape::AddressParts([
                    "resident_street",
                    "resident_city",
                    "resident_postal_code",
                    "resident_state",
                    "resident_country",
                ]),
            ),
            (
                "national_id_number",
                Shape::Same("personal_administrative_number"),
            ),
            ("document_number", Shape::Same("document_number")),
            ("email", Shape::Same("email_address")),
            ("phone", Shape::Same("mobile_phone_number")),
        ],
    },
    Offer {
        id: "mdl",
        format: Format::Mdoc("org.iso.18013.5.1.mDL", "org.iso.18013.5.1"),
        attributes: &[
            ("legal_name", Shape::Name("given_name", "family_name")),
            ("birth_date", Shape::Same("birth_date")),
            (
                "residential_address",
                Shape::AddressParts([
                    "resident_address",
                    "resident_city",
                    "resident_postal_code",
                    "resident_state",
                    "resident_country",
                ]),
            ),
            ("document_number", Shape::Same("document_number")),
        ],
    },
];

impl Shape {
    fn claims(&self) -> Vec<&'static str> {
        match self {
            Self::Same(name) | Self::Countries(name) | Self::Address(name) => vec![name],
            Self::Name(given, family) => vec![given, family],
            Self::AddressParts(names) => names.to_vec(),
        }
    }

    /// The values that the claims make; none where a claim that must be there is missing.
    fn values(&self, claims: &Map<String, Value>) -> Vec<Value> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        match self {
            Self::Same(name) => claims.get(*name).cloned().into_iter().collect(),
            Self::Name(given, family) => match (text(given), text(family)) {
                (Some(given), Some(family)) => vec![json!(format!("{given} {family}"))],
                _ => Vec::new(),
            },
            Self::Countries(name) => match claims.get(*name) {
                Some(Value::Array(list)) => list.clone(),
                Some(one) => vec![one.clone()],
                None => Vec::new(),
            },
            Self::Address(name) => {
                let part = |part: &str| {
                    claims
                        .get(*name)
                        .and_then(|a| a.get(part))
                        .and_then(Value::as_str)
                };
                let parts = [
                    "street_address",
                    "locality",
                    "postal_code",
                    "region",
                    "country",
                ];
                address(parts.map(part)).into_iter().collect()
            }
            Self::AddressParts(names) => address(names.map(text)).into_iter().collect(),
        }
    }
}

/// An address in the form in which claims are sent, if there are a country and a street or a place.
fn address([street, place, code, region, country]: [Option<&str>; 5]) -> Option<Value> {
    let mut out = Map::new();
    out.insert("lines".into(), street.into_iter().collect());
    for (name, part) in [("city", place), ("region", region), ("postal_code", code)] {
        if let Some(part) = part {
            out.insert(name.into(), json!(part));
        }
    }
    out.insert("country".into(), json!(country?));
    (street.is_some() || place.is_some()).then_some(Value::Object(out))
}

impl Offer {
    pub(super) fn shows(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|(name, _)| *name == attribute)
    }

    /// The query for these attributes, as far as the credential shows them.
    pub(super) fn query(&self, missing: &BTreeSet<&str>) -> Value {
        let wanted = self
            .attributes
            .iter()
            .filter(|(name, _)| missing.contains(name));
        let names: BTreeSet<&str> = wanted.flat_map(|(_, shape)| shape.claims()).collect();
        let (format, meta) = match self.format {
            Format::SdJwt(vct) => ("dc+sd-jwt", json!({"vct_values": [vct]})),
            Format::Mdoc(doctype, _) => ("mso_mdoc", json!({"doctype_value": doctype})),
        };
        let claims: Vec<Value> = names
            .into_iter()
            .map(|name| match self.format {
                Format::SdJwt(_) => json!({"path": [name]}),
                Format::Mdoc(_, namespace) => {
                    json!({"path": [namespace, name], "intent_to_retain": true})
                }
            })
            .collect();
        json!({"id": self.id, "format": format, "meta": meta, "claims": claims})
    }

    /// The attributes that claims make.
    pub(super) fn read(&self, claims: &Map<String, Value>) -> Vec<(&'static str, Value)> {
        let all = self.attributes.iter();
        all.flat_map(|(name, shape)| shape.values(claims).into_iter().map(|value| (*name, value)))
            .collect()
    }
}
