//! One query as it is written: a line of JSON.
//!
//! Taken as it comes from other systems: one value or several, `organization` or `organisation`, identifiers as texts,
//! as `kind:value`, as objects, or as a map from kind to value. A birth date that a caller gives is taken as evidenced: it
//! is the caller who knows.

use bonafide_screen::{BirthDate, Country, Identifier, IdentifierKind, Kind, Query};
use serde_json::{Map, Value};

/// A query, or why it cannot be asked.
pub(super) struct Asked {
    /// As given, to be given back.
    pub(super) id: Value,
    pub(super) query: Result<Query, String>,
}

impl Asked {
    pub(super) fn refused(id: Value, why: String) -> Self {
        Self {
            id,
            query: Err(why),
        }
    }

    /// Reads a line.
    pub(super) fn read(line: &[u8]) -> Self {
        match serde_json::from_slice(line) {
            Ok(value) => Self::of(value),
            Err(e) => Self::refused(Value::Null, format!("is no JSON: {e}")),
        }
    }

    /// Reads a value.
    pub(super) fn of(value: Value) -> Self {
        let Value::Object(mut fields) = value else {
            return Self::refused(
                Value::Null,
                "is no JSON object; write `{\"id\": …, \"name\": …}`".to_owned(),
            );
        };
        Self {
            id: fields.remove("id").unwrap_or(Value::Null),
            query: query(&fields),
        }
    }
}

fn query(fields: &Map<String, Value>) -> Result<Query, String> {
    let texts = |keys: [&str; 2]| -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for key in keys {
            all.extend(several(key, fields.get(key))?);
        }
        Ok(all)
    };
    let kind = match fields.get("type") {
        None | Some(Value::Null) => None,
        Some(value) => Some(kind(value)?),
    };
    let birth = texts(["birth_date", "birthDate"])?;
    let birth_date = birth.first().map(|text| text.parse::<BirthDate>());
    let countries = texts(["country", "countries"])?;
    let countries: Result<Vec<Country>, _> = countries.iter().map(|c| c.parse()).collect();
    Ok(Query {
        kind,
        names: texts(["name", "names"])?,
        birth_date: birth_date.transpose().map_err(|e| e.to_string())?,
        birth_date_is_evidenced: true,
        countries: countries.map_err(|e| e.to_string())?,
        identifiers: identifiers(fields.get("identifiers"))?,
    })
}

fn kind(value: &Value) -> Result<Kind, String> {
    match value
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "person" | "individual" => Ok(Kind::Person),
        "organization" | "organisation" | "company" | "entity" | "publicbody" => {
            Ok(Kind::Organisation)
        }
        "vessel" | "ship" => Ok(Kind::Vessel),
        "aircraft" | "airplane" => Ok(Kind::Aircraft),
        "party" | "legalentity" => Ok(Kind::Party),
        _ => Err(format!(
            "type {value} is none of `person`, `organization`, `vessel`, `aircraft`; leave it out if it is not known"
        )),
    }
}

/// One text or several; empty ones are absent.
fn several(key: &str, value: Option<&Value>) -> Result<Vec<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() && key != "name" => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Number(number)) => Ok(vec![number.to_string()]),
        Some(Value::Array(values)) => {
            let all: Result<Vec<_>, _> = values.iter().map(|v| several(key, Some(v))).collect();
            Ok(all?.concat())
        }
        Some(other) => Err(format!(
            "`{key}` is {other} and neither a text nor a list of texts"
        )),
    }
}

fn identifiers(value: Option<&Value>) -> Result<Vec<Identifier>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => {
            let all: Result<Vec<_>, _> = values.iter().map(identifier).collect();
            Ok(all?.into_iter().flatten().collect())
        }
        Some(Value::Object(map)) if !map.contains_key("value") => {
            let mut all = Vec::new();
            for (kind, value) in map {
                for text in several("identifiers", Some(value))? {
                    all.push(of_kind(kind, text));
                }
            }
            Ok(all)
        }
        Some(one) => Ok(identifier(one)?.into_iter().collect()),
    }
}

fn identifier(value: &Value) -> Result<Option<Identifier>, String> {
    match value {
        Value::String(text) => {
            Ok(Some(of_text(text))).map(|i| i.filter(|i: &Identifier| !i.value.is_empty()))
        }
        Value::Number(number) => Ok(Some(of_kind("other", number.to_string()))),
        Value::Object(map) => {
            let field = |keys: [&str; 3]| {
                keys.iter()
                    .find_map(|k| map.get(*k).and_then(Value::as_str))
            };
            let Some(text) = field(["value", "number", "id"]) else {
                return Err(format!("identifier {value} has no `value`"));
            };
            let mut identifier = of_kind(
                field(["kind", "type", "scheme"]).unwrap_or("other"),
                text.to_owned(),
            );
            if let Some(country) = field(["country", "issuer", "country_code"]) {
                identifier.country = country.parse().ok();
            }
            Ok(Some(identifier))
        }
        _ => Err(format!(
            "identifier {value} is neither a text nor an object with `kind` and `value`"
        )),
    }
}

/// `passport:719923407`, or a number of which the kind is not known. A wallet address may hold a colon of its own.
fn of_text(text: &str) -> Identifier {
    match text.split_once(':') {
        Some((kind, value)) if kind_of(kind) != IdentifierKind::Other || kind == "other" => {
            of_kind(kind, value.to_owned())
        }
        _ => of_kind("other", text.to_owned()),
    }
}

fn of_kind(kind: &str, value: String) -> Identifier {
    Identifier {
        kind: kind_of(kind),
        value: value.trim().to_owned(),
        country: None,
    }
}

/// Kinds by the names that other systems have for them, FollowTheMoney's among them.
fn kind_of(name: &str) -> IdentifierKind {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "passport" | "passportnumber" | "passportno" => IdentifierKind::Passport,
        "nationalid"
        | "idnumber"
        | "identitycard"
        | "nationalidnumber"
        | "ssn"
        | "socialsecuritynumber" => IdentifierKind::NationalId,
        "taxid" | "tax" | "taxnumber" | "inn" | "inncode" | "vat" | "vatcode" | "tin" => {
            IdentifierKind::TaxId
        }
        "registration" | "registrationnumber" | "registrationno" | "companynumber" | "ogrn"
        | "ogrncode" | "crn" => IdentifierKind::RegistrationNumber,
        "lei" | "leicode" => IdentifierKind::Lei,
        "bic" | "swift" | "swiftbic" => IdentifierKind::Bic,
        "imo" | "imonumber" => IdentifierKind::Imo,
        "mmsi" => IdentifierKind::Mmsi,
        "callsign" => IdentifierKind::CallSign,
        "tailnumber" | "registrationmark" | "tail" => IdentifierKind::TailNumber,
        "aircraftserial" | "serialnumber" | "msn" => IdentifierKind::AircraftSerial,
        "wallet"
        | "walletaddress"
        | "cryptowallet"
        | "publickey"
        | "address"
        | "digitalcurrencyaddress" => IdentifierKind::WalletAddress,
        "email" | "mail" => IdentifierKind::Email,
        _ => IdentifierKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Query, String> {
        Asked::read(line.as_bytes()).query
    }

    #[test]
    fn values_are_taken_one_or_several() {
        let one = read(r#"{"id":7,"type":"organization","name":"A","country":"KP","identifiers":["lei:X","Y9"]}"#).unwrap();
        assert_eq!(
            (one.kind, one.names.len(), one.countries.len()),
            (Some(Kind::Organisation), 1, 1)
        );
        assert_eq!(one.identifiers[0].kind, IdentifierKind::Lei);
        assert_eq!(one.identifiers[1].kind, IdentifierKind::Other);
        let many = read(
            r#"{"type":"person","names":["A","B"],"birth_date":"1961","country":["RU","SY"],
                "identifiers":{"passport":["1","2"]}}"#,
        )
        .unwrap();
        assert_eq!((many.names.len(), many.identifiers.len()), (2, 2));
        let objects = read(
            r#"{"name":"A","identifiers":[{"kind":"Passport No.","value":"9","country":"ru"}]}"#,
        )
        .unwrap();
        assert_eq!(objects.identifiers[0].country.unwrap().code(), "RU");
        assert_eq!(objects.kind, None);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (line, why) in [
            ("", "JSON"),
            ("[]", "object"),
            (r#"{"name":"A","type":"planet"}"#, "planet"),
            (r#"{"name":"A","birth_date":"12 March"}"#, "12 March"),
            (r#"{"name":"A","country":"Nowhere"}"#, "Nowhere"),
            (r#"{"name":{"a":1}}"#, "name"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
