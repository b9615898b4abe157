//! What an entry of a subject holds: facts and answers, each with the random bytes that hide its commitment, in parts
//! that are sealed under the key of their record class.
//!
//! An entry is a sequence of parts, so that a class (a payment, a screening) can later die alone. The committed value of
//! an item is the exact text that stands here; it is never written again from its meaning.

use std::collections::BTreeSet;

use bonafide_model::{Entropy, Fact, Registry};
use bonafide_seal::{Aad, ContentKey, Purpose, RetentionClass, SealError, SubjectKeys, envelope};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::AppError;

/// Version of the layout of an entry.
const LAYOUT: u8 = 1;
/// The field name that binds a part of an entry; the class is added.
const FIELD: &str = "entry";

/// One committed value: its coarse name, the random bytes in hex, the exact text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    /// Coarse field name, as in the leaf.
    #[serde(rename = "f")]
    pub(crate) field: String,
    /// Random bytes in hex.
    #[serde(rename = "r")]
    pub(crate) random: String,
    /// The committed text, a JSON value.
    #[serde(rename = "v")]
    pub(crate) value: Box<RawValue>,
}

impl Item {
    /// The coarse name without the number that makes it unique in its leaf.
    pub(crate) fn name(&self) -> &str {
        self.field
            .rsplit_once('-')
            .map_or(self.field.as_str(), |(name, _)| name)
    }

    /// The fact that this item holds, if it holds one.
    pub(crate) fn fact(&self) -> Result<Option<Fact>, AppError> {
        const FACTS: [&str; 8] = [
            "party",
            "account",
            "role",
            "claim",
            "evidence",
            "check",
            "screening",
            "determination",
        ];
        if !FACTS.contains(&self.name()) {
            return Ok(None);
        }
        serde_json::from_str(self.value.get())
            .map(Some)
            .map_err(AppError::internal)
    }
}

/// Items of one record class.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) class: String,
    pub(crate) items: Vec<Item>,
}

/// The record class under whose key a fact is sealed.
pub(crate) fn class_of<'a>(fact: &Fact, registry: &'a Registry) -> &'a str {
    match fact {
        Fact::Claim(claim) => registry
            .get(&claim.attribute)
            .map_or("identity", |a| a.class.as_str()),
        Fact::Evidence(_) | Fact::Check(_) => "verification",
        Fact::Screening(_) => "screening",
        Fact::Determination(_) => "decision",
        Fact::Party(_) | Fact::Account(_) | Fact::Role(_) => "identity",
    }
}

/// The coarse name of a fact's commitment; the leaf must not say which attribute was claimed.
pub(crate) fn field_of(fact: &Fact) -> &'static str {
    match fact {
        Fact::Party(_) => "party",
        Fact::Account(_) => "account",
        Fact::Role(_) => "role",
        Fact::Claim(_) => "claim",
        Fact::Evidence(_) => "evidence",
        Fact::Check(_) => "check",
        Fact::Screening(_) => "screening",
        Fact::Determination(_) => "determination",
    }
}

/// What names the key for answers and the like: it belongs to no record class, so that it stays while classes expire.
const OPERATIONS: &str = "operations";

/// Keys for every record class, and one for answers, made once with the party.
pub(crate) fn new_keys(
    registry: &Registry,
    entropy: &dyn Entropy,
) -> Result<SubjectKeys, AppError> {
    let slots = registry.classes().keys().map(|c| slot(registry, c));
    let slots: Result<Vec<_>, AppError> = slots.chain([operations()]).collect();
    SubjectKeys::generate(slots?, entropy).map_err(AppError::internal)
}

fn operations() -> Result<(Purpose, RetentionClass), AppError> {
    let class = OPERATIONS.parse().map_err(AppError::internal)?;
    Ok((Purpose::Operations, class))
}

/// Puts a new key in the place of that of each class, which ends what was sealed under the old one.
///
/// A party that was recorded before there was a key for answers has them under its key for decisions, which then stays.
pub(crate) fn renew(
    keys: &mut SubjectKeys,
    classes: &BTreeSet<String>,
    registry: &Registry,
    entropy: &dyn Entropy,
) -> Result<(), AppError> {
    let (purpose, class) = operations()?;
    let answers_apart = keys.get(purpose, &class).is_some();
    for class in classes {
        if class == "decision" && !answers_apart {
            continue;
        }
        let (purpose, class) = slot(registry, class)?;
        keys.destroy(purpose, &class);
        keys.ensure(purpose, class, entropy)
            .map_err(AppError::internal)?;
    }
    Ok(())
}

/// The key for answers.
fn answers<'a>(keys: &'a SubjectKeys, registry: &Registry) -> Result<&'a ContentKey, AppError> {
    let (purpose, class) = operations()?;
    if let Some(key) = keys.get(purpose, &class) {
        return Ok(key);
    }
    let (purpose, class) = slot(registry, "decision")?;
    keys.get(purpose, &class)
        .ok_or_else(|| AppError::Internal("no key for `decision`".to_owned()))
}

fn slot(registry: &Registry, class: &str) -> Result<(Purpose, RetentionClass), AppError> {
    let known = registry.classes().get(class);
    let known =
        known.ok_or_else(|| AppError::Internal(format!("unknown record class `{class}`")))?;
    let purpose = Purpose::from_name(&known.key_purpose);
    let purpose = purpose.ok_or_else(|| {
        AppError::Internal(format!("unknown key purpose `{}`", known.key_purpose))
    })?;
    Ok((purpose, class.parse().map_err(AppError::internal)?))
}

/// Seals parts as one entry of a record.
pub(crate) fn seal_parts(
    parts: &[Part],
    keys: &SubjectKeys,
    registry: &Registry,
    tenant: &str,
    record: &str,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AppError> {
    let mut bytes = vec![LAYOUT];
    for part in parts {
        let (purpose, class) = slot(registry, &part.class)?;
        let key = keys
            .get(purpose, &class)
            .ok_or_else(|| AppError::Internal(format!("no key for `{}`", part.class)))?;
        let plain = serde_json::to_vec(&part.items).map_err(AppError::internal)?;
        let field = format!("{FIELD}/{}", part.class);
        let sealed = envelope::seal(
            key,
            &Aad {
                tenant,
                record,
                field: &field,
                version: 1,
            },
            &plain,
            entropy,
        );
        let sealed = sealed.map_err(AppError::internal)?;
        for piece in [part.class.as_bytes(), &sealed] {
            bytes.extend(
                u32::try_from(piece.len())
                    .map_err(AppError::internal)?
                    .to_be_bytes(),
            );
            bytes.extend(piece);
        }
    }
    Ok(bytes)
}

/// Opens every part of an entry whose key still lives.
pub(crate) fn open_parts(
    entry: &[u8],
    keys: &SubjectKeys,
    registry: &Registry,
    tenant: &str,
    record: &str,
) -> Result<Vec<Part>, AppError> {
    let damaged = || AppError::Internal(format!("the entry of record `{record}` is damaged"));
    let (layout, mut rest) = entry.split_first().ok_or_else(damaged)?;
    if *layout != LAYOUT {
        return Err(AppError::Internal(format!(
            "the entry of record `{record}` has the unknown layout {layout}"
        )));
    }
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (class, after) = take(rest).ok_or_else(damaged)?;
        let (sealed, after) = take(after).ok_or_else(damaged)?;
        rest = after;
        let class = std::str::from_utf8(class).map_err(|_| damaged())?;
        let (purpose, name) = slot(registry, class)?;
        let Some(key) = keys.get(purpose, &name) else {
            continue;
        };
        let field = format!("{FIELD}/{class}");
        let plain = envelope::open(
            key,
            &Aad {
                tenant,
                record,
                field: &field,
                version: 1,
            },
            sealed,
        );
        let plain =
            plain.map_err(|e: SealError| AppError::Internal(format!("record `{record}`: {e}")))?;
        let items = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        parts.push(Part {
            class: class.to_owned(),
            items,
        });
    }
    Ok(parts)
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A small answer (an idempotent reply, the basis of a hold) sealed under a party's key for answers.
pub(crate) fn seal_answer(
    plain: &[u8],
    keys: &SubjectKeys,
    registry: &Registry,
    aad: &Aad<'_>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AppError> {
    envelope::seal(answers(keys, registry)?, aad, plain, entropy).map_err(AppError::internal)
}

/// Opens what [`seal_answer`] sealed.
pub(crate) fn open_answer(
    sealed: &[u8],
    keys: &SubjectKeys,
    registry: &Registry,
    aad: &Aad<'_>,
) -> Result<Vec<u8>, AppError> {
    envelope::open(answers(keys, registry)?, aad, sealed)
        .map(|plain| plain.expose().clone())
        .map_err(AppError::internal)
}

/// A small text sealed under a party's key for screenings.
pub(crate) fn seal_screening(
    plain: &[u8],
    keys: &SubjectKeys,
    registry: &Registry,
    aad: &Aad<'_>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AppError> {
    envelope::seal(screenings(keys, registry)?, aad, plain, entropy).map_err(AppError::internal)
}

/// Opens what [`seal_screening`] sealed, and hands it to whoever reads it.
pub(crate) fn open_screening<T>(
    sealed: &[u8],
    keys: &SubjectKeys,
    registry: &Registry,
    aad: &Aad<'_>,
    read: impl FnOnce(&[u8]) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let plain =
        envelope::open(screenings(keys, registry)?, aad, sealed).map_err(AppError::internal)?;
    read(plain.expose())
}

/// The record class of screenings, under whose key profiles are sealed too.
pub(crate) const SCREENING: &str = "screening";

fn screenings<'a>(keys: &'a SubjectKeys, registry: &Registry) -> Result<&'a ContentKey, AppError> {
    let (purpose, class) = slot(registry, SCREENING)?;
    keys.get(purpose, &class)
        .ok_or_else(|| AppError::Internal(format!("no key for `{SCREENING}`")))
}
