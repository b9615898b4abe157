//! The evidence of authority, read.

use bonafide_model::Timestamp;
use serde_json::{Map, Value};

use super::{instant, malformed};
use crate::verdict::Reason;

/// Officers and powers in one piece of evidence.
const PERSONS_MAX: usize = 1024;

/// How an officer represents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Alone.
    Alone,
    /// With others of the same rule, so many in all.
    Together(usize),
}

/// From when until when; open on the sides that are not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Span {
    pub(super) fn holds(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }

    fn read(map: &Map<String, Value>) -> Result<Self, Reason> {
        Ok(Self {
            from: instant(map.get("from"), "from")?,
            until: instant(map.get("until"), "until")?,
        })
    }
}

/// Somebody who represents by office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// How the evidence refers to the person.
    pub id: String,
    /// How the person represents.
    pub rule: Rule,
    /// In what; nothing for everything.
    pub matters: Option<Vec<String>>,
    pub(super) span: Span,
}

/// A power of attorney.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who gave it, together.
    pub by: Vec<String>,
    /// Who has it.
    pub to: String,
    /// For what; nothing for everything.
    pub matters: Option<Vec<String>>,
    /// Whether it may be passed on.
    pub may_delegate: bool,
    /// When it was signed.
    pub signed_at: Timestamp,
    pub(super) span: Span,
}

/// What shows who may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The organisation, by whatever number or name the question uses.
    pub organisation: String,
    /// What it is: `register_extract`, `resolution`, `statute`.
    pub source: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Those who represent by office.
    pub officers: Vec<Officer>,
    /// Powers of attorney.
    pub grants: Vec<Grant>,
}

impl Evidence {
    /// Reads evidence.
    ///
    /// # Errors
    /// If a part is missing or not of its form, or not known.
    pub fn read(value: &Value) -> Result<Self, Reason> {
        let map = object(
            value,
            &["organisation", "source", "issued_at", "officers", "grants"],
        )?;
        let source = text(map, "source")?;
        if !["register_extract", "resolution", "statute"].contains(&source.as_str()) {
            return Err(malformed(
                "`source` is `register_extract`, `resolution` or `statute`",
            ));
        }
        let issued_at = instant(map.get("issued_at"), "issued_at")?;
        Ok(Self {
            organisation: text(map, "organisation")?,
            source,
            issued_at: issued_at.ok_or_else(|| malformed("`issued_at` is missing"))?,
            officers: list(map, "officers")?
                .iter()
                .map(officer)
                .collect::<Result<_, _>>()?,
            grants: list(map, "grants")?
                .iter()
                .map(grant)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn object<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, Reason> {
    let map = value
        .as_object()
        .ok_or_else(|| malformed("the evidence is made of objects"))?;
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(map),
        Some(key) => Err(malformed(format!(
            "{} is not a key of this evidence",
            crate::quoted(Some(key))
        ))),
    }
}

fn text(map: &Map<String, Value>, name: &str) -> Result<String, Reason> {
    match map.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(malformed(format!("`{name}` is missing, or no text"))),
    }
}

fn list<'a>(map: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Reason> {
    match map.get(name) {
        None => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= PERSONS_MAX => Ok(list),
        Some(_) => Err(malformed(format!(
            "`{name}` is no list, or has more than {PERSONS_MAX} entries"
        ))),
    }
}

fn texts(map: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Reason> {
    let Some(value) = map.get(name) else {
        return Ok(None);
    };
    let list = value.as_array().into_iter().flatten();
    let texts: Option<Vec<String>> = list.map(|v| v.as_str().map(str::to_owned)).collect();
    texts
        .filter(|texts| !texts.is_empty())
        .map(Some)
        .ok_or_else(|| malformed(format!("`{name}` is a list of texts that is not empty")))
}

fn officer(value: &Value) -> Result<Officer, Reason> {
    let map = object(
        value,
        &[
            "id", "name", "role", "alone", "together", "matters", "from", "until",
        ],
    )?;
    let alone = map.get("alone").and_then(Value::as_bool) == Some(true);
    let together = map
        .get("together")
        .and_then(Value::as_u64)
        .and_then(|n| usize::try_from(n).ok());
    let rule = match (alone, together) {
        (true, None) => Rule::Alone,
        (false, Some(count @ 2..)) => Rule::Together(count),
        _ => {
            return Err(malformed(
                "an officer acts `alone`, or `together` with others, two or more in all",
            ));
        }
    };
    Ok(Officer {
        id: text(map, "id")?,
        rule,
        matters: texts(map, "matters")?,
        span: Span::read(map)?,
    })
}

fn grant(value: &Value) -> Result<Grant, Reason> {
    let map = object(
        value,
        &[
            "by",
            "to",
            "name",
            "matters",
            "may_delegate",
            "signed_at",
            "from",
            "until",
        ],
    )?;
    let signed_at = instant(map.get("signed_at"), "signed_at")?;
    let signed_at = signed_at.ok_or_else(|| malformed("`signed_at` of a power is missing"))?;
    let mut span = Span::read(map)?;
    span.from = Some(span.from.map_or(signed_at, |from| from.max(signed_at)));
    Ok(Grant {
        by: texts(map, "by")?.ok_or_else(|| malformed("`by` of a power is missing"))?,
        to: text(map, "to")?,
        matters: texts(map, "matters")?,
        may_delegate: map.get("may_delegate").and_then(Value::as_bool) == Some(true),
        signed_at,
        span,
    })
}
