//! Values of attributes, and the checks that every one of them passes on entry.
//!
//! Refused everywhere: control characters, bidirectional overrides (they make a name read as another), text over its
//! bound, and anything that looks like a payment card number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Date, country};

/// Characters that a single text value may have: longer than any legal name or statement on record.
pub const TEXT_MAX_CHARS: usize = 500;
/// Lines of an address, after which it is a letter and not an address.
pub const ADDRESS_MAX_LINES: usize = 6;
/// Integers beyond this lose digits in other people's JSON readers.
pub const INTEGER_MAX: i64 = 1 << 53;

/// A value that cannot be taken, and why. `field` is relative to the value (`country` of an address), or empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// The part of the value that is wrong; empty when it is the whole.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl ValueError {
    /// An error about the whole value.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            message: message.into(),
        }
    }

    fn within(mut self, field: &str) -> Self {
        self.field = field.to_owned();
        self
    }
}

/// What an attribute's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Free text of at most [`TEXT_MAX_CHARS`] characters.
    Text,
    /// ISO 3166-1 alpha-2 code.
    Country,
    /// Calendar date.
    Date,
    /// Yes or no.
    Boolean,
    /// Whole number within ±2^53.
    Integer,
    /// Postal address.
    Address,
    /// E-mail address.
    Email,
    /// Telephone number in E.164.
    Phone,
    /// IPv4 or IPv6 address.
    Ip,
    /// Not claimed by anybody: derived from recorded facts (a screening).
    Derived,
}

/// A typed value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Text, country code, e-mail, telephone or IP address, in canonical form.
    Text(String),
    /// Calendar date.
    Date(Date),
    /// Yes or no.
    Boolean(bool),
    /// Whole number.
    Integer(i64),
    /// Postal address.
    Address(Address),
}

impl Value {
    /// Parses JSON as a value of the given type.
    pub fn from_json(kind: ValueType, json: &serde_json::Value) -> Result<Self, ValueError> {
        use serde_json::Value as Json;
        match (kind, json) {
            (ValueType::Boolean, Json::Bool(b)) => Ok(Self::Boolean(*b)),
            (ValueType::Integer, Json::Number(n)) => integer(n),
            (ValueType::Address, Json::Object(_)) => address(json).map(Self::Address),
            (ValueType::Date, Json::String(s)) => s
                .parse()
                .map(Self::Date)
                .map_err(|e: crate::TimeError| ValueError::new(e.to_string())),
            (ValueType::Text, Json::String(s)) => text(s).map(Self::Text),
            (ValueType::Country, Json::String(s)) => country_code(s).map(Self::Text),
            (ValueType::Email, Json::String(s)) => email(s).map(Self::Text),
            (ValueType::Phone, Json::String(s)) => phone(s).map(Self::Text),
            (ValueType::Ip, Json::String(s)) => {
                let parsed: Result<std::net::IpAddr, _> = s.parse();
                parsed.map(|ip| Self::Text(ip.to_string())).map_err(|_| {
                    ValueError::new(format!("`{}` is not an IPv4 or IPv6 address", shown(s)))
                })
            }
            (ValueType::Derived, _) => Err(ValueError::new(
                "this attribute is derived from recorded facts and cannot be claimed",
            )),
            (kind, _) => Err(ValueError::new(format!("expected {}", kind.expected()))),
        }
    }

    /// The value as JSON in the shape that [`Value::from_json`] reads.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(s) => s.clone().into(),
            Self::Date(d) => d.to_string().into(),
            Self::Boolean(b) => (*b).into(),
            Self::Integer(n) => (*n).into(),
            Self::Address(a) => serde_json::to_value(a).unwrap_or_default(),
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(s) = self {
            Some(s)
        } else {
            None
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(s) => f.write_str(s),
            Self::Date(d) => d.fmt(f),
            Self::Boolean(b) => b.fmt(f),
            Self::Integer(n) => n.fmt(f),
            Self::Address(a) => {
                for line in &a.lines {
                    write!(f, "{line}, ")?;
                }
                f.write_str(&a.country)
            }
        }
    }
}

impl ValueType {
    /// What to write, for error messages.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Country => "a two-letter country code of ISO 3166-1 in quotes, such as `\"DE\"`",
            Self::Date => "a date in quotes, such as `\"1984-02-29\"`",
            Self::Boolean => "`true` or `false`",
            Self::Integer => "a whole number",
            Self::Address => {
                "an object with `lines`, `city`, `postal_code`, `region` and `country`"
            }
            Self::Email => "an e-mail address in quotes",
            Self::Phone => {
                "a telephone number in quotes with its country code, such as `\"+4930123456\"`"
            }
            Self::Ip => "an IP address in quotes",
            Self::Derived => "nothing: it is derived",
        }
    }
}

/// A postal address. `country` is required, the rest is what the place uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street lines, at most [`ADDRESS_MAX_LINES`].
    #[serde(default)]
    pub lines: Vec<String>,
    /// City or locality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State, province or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

fn address(json: &serde_json::Value) -> Result<Address, ValueError> {
    let read = Address::deserialize(json).map_err(|e| ValueError::new(e.to_string()))?;
    if read.lines.len() > ADDRESS_MAX_LINES {
        let message = format!("an address has at most {ADDRESS_MAX_LINES} lines");
        return Err(ValueError::new(message).within("lines"));
    }
    let one = |field: &str, part: Option<String>| {
        part.map(|p| text(&p))
            .transpose()
            .map_err(|e| e.within(field))
    };
    Ok(Address {
        lines: read
            .lines
            .iter()
            .map(|l| text(l))
            .collect::<Result<_, _>>()
            .map_err(|e| e.within("lines"))?,
        city: one("city", read.city)?,
        region: one("region", read.region)?,
        postal_code: one("postal_code", read.postal_code)?,
        country: country_code(&read.country).map_err(|e| e.within("country"))?,
    })
}

/// Checks free text: bound, control characters, bidirectional overrides, card numbers. Trims the ends.
pub fn text(raw: &str) -> Result<String, ValueError> {
    let trimmed = raw.trim();
    if trimmed.is_empty() {
        return Err(ValueError::new(
            "the text is empty: leave the attribute out instead",
        ));
    }
    let count = trimmed.chars().count();
    if count > TEXT_MAX_CHARS {
        return Err(ValueError::new(format!(
            "the text has {count} characters, at most {TEXT_MAX_CHARS} are taken"
        )));
    }
    if let Some(c) = trimmed
        .chars()
        .find(|c| c.is_control() || is_bidi_override(*c))
    {
        let message = format!(
            "the character U+{:04X} is not allowed: it changes how text reads",
            u32::from(c)
        );
        return Err(ValueError::new(message));
    }
    if !trimmed.chars().any(char::is_alphanumeric) {
        return Err(ValueError::new(
            "the text has no letter and no digit: leave the attribute out instead",
        ));
    }
    if holds_card_number(trimmed) {
        return Err(ValueError::new(
            "this looks like a payment card number, which is never taken (R-025): send the processor's token and the last four digits",
        ));
    }
    Ok(trimmed.to_owned())
}

fn integer(n: &serde_json::Number) -> Result<Value, ValueError> {
    let value = n
        .as_i64()
        .filter(|i| (-INTEGER_MAX..=INTEGER_MAX).contains(i));
    let value = value.ok_or_else(|| ValueError::new("expected a whole number within ±2^53"))?;
    if holds_card_number(&value.to_string()) {
        text(&value.to_string()).map(Value::Text)
    } else {
        Ok(Value::Integer(value))
    }
}

fn country_code(raw: &str) -> Result<String, ValueError> {
    if country::is_known(raw) {
        return Ok(raw.to_owned());
    }
    Err(ValueError::new(format!(
        "`{}` is not a two-letter country code of ISO 3166-1, such as `DE`",
        shown(raw)
    )))
}

fn email(raw: &str) -> Result<String, ValueError> {
    let error = || ValueError::new(format!("`{}` is not an e-mail address", shown(raw)));
    let checked = text(raw)?;
    let (local, domain) = checked.rsplit_once('@').ok_or_else(error)?;
    let labels_ok = domain
        .split('.')
        .all(|l| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-'));
    let plain = !checked.contains(char::is_whitespace) && !local.contains('@');
    let fits =
        !local.is_empty() && local.len() <= 64 && domain.len() <= 253 && domain.contains('.');
    if labels_ok && plain && fits {
        Ok(checked)
    } else {
        Err(error())
    }
}

fn phone(raw: &str) -> Result<String, ValueError> {
    let digits: String = raw
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'))
        .collect();
    let number = digits.strip_prefix('+').unwrap_or("");
    let right = (6..=15).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0');
    if right {
        return Ok(digits);
    }
    Err(ValueError::new(format!(
        "`{}` is not a telephone number with its country code, such as `+4930123456`",
        shown(raw)
    )))
}

fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a run of 13 to 19 digits, spaces and dashes aside, starts like a card and passes the Luhn check.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let mut run: Vec<u32> = Vec::new();
    for c in text.chars().chain(std::iter::once('.')) {
        if let Some(d) = c.to_digit(10) {
            run.push(d);
        } else if !matches!(c, ' ' | '-') {
            if is_card_number(&run) {
                return true;
            }
            run.clear();
        }
    }
    false
}

fn is_card_number(digits: &[u32]) -> bool {
    if !(13..=19).contains(&digits.len()) || !digits.first().is_some_and(|d| (2..=6).contains(d)) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            if i % 2 == 1 {
                (d * 2) / 10 + (d * 2) % 10
            } else {
                *d
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// User input as it may appear in a message: shortened, on one line.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_bidi_override(c) {
                '�'
            } else {
                c
            }
        })
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn r_025_card_numbers_are_refused_in_any_text() {
        for card in [
            "4111 1111 1111 1111",
            "note 5500-0000-0000-0004 end",
            "378282246310005",
        ] {
            assert!(text(card).unwrap_err().message.contains("R-025"), "{card}");
        }
        assert!(Value::from_json(ValueType::Integer, &json!(4_111_111_111_111_111_i64)).is_err());
        assert!(text("HRB 123456 B, 10117 Berlin").is_ok() && text("4111 1111 1111 1112").is_ok());
    }

    #[test]
    fn text_that_reads_as_something_else_is_refused() {
        for bad in [
            "",
            "  ",
            "a\u{0}b",
            "abc\u{202E}def",
            "a\nb",
            &"x".repeat(501),
        ] {
            assert!(text(bad).is_err(), "{bad:?}");
        }
        assert_eq!(text("  Ünal Çelik ").unwrap(), "Ünal Çelik");
    }

    #[test]
    fn an_address_names_the_field_that_is_wrong() {
        let error = Value::from_json(
            ValueType::Address,
            &json!({"lines": ["1 Main St"], "country": "XX"}),
        )
        .unwrap_err();
        assert_eq!(error.field, "country");
        assert!(
            Value::from_json(
                ValueType::Address,
                &json!({"country": "DE", "planet": "Earth"})
            )
            .is_err()
        );
    }

    #[test]
    fn typed_text_is_checked() {
        let of = |kind, s: &str| Value::from_json(kind, &json!(s));
        for bad in [
            "a", "a@", "@b.de", "a@b", "a b@c.de", "a@b@c.de", "a@-b.de", "a@b..de",
        ] {
            assert!(of(ValueType::Email, bad).is_err(), "{bad}");
        }
        assert_eq!(
            of(ValueType::Phone, "+49 (30) 123-456").unwrap(),
            Value::Text("+4930123456".into())
        );
        assert!(of(ValueType::Phone, "030123456").is_err() && of(ValueType::Ip, "1.2.3").is_err());
        assert!(of(ValueType::Country, "de").is_err() && of(ValueType::Country, "DE").is_ok());
    }
}
