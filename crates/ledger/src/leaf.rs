//! The leaf: the exact bytes that are hashed into the tree, and all that a witness or auditor ever sees of a record.
//!
//! RFC 8785 JSON, so that a court can read it with a text editor: `v` (1), `ledger` (origin), `kind`, `at` (milliseconds
//! UTC), `actor` (a pseudonym), `policy` (digests of the packs, lists and engine that were applied), `refs` (hashes of
//! earlier leaves), `c` (commitments: `n` the field's name, `h` the hash), and where sealed bytes belong to it `blob`
//! (SHA-256 and length of the ciphertext). Hashes are 64 hexadecimal digits, as `sha256sum` prints them.
//!
//! Refuses: bytes that are not the canonical form of what they say, unknown or missing fields, a field named twice,
//! `refs` on kinds that would thereby link the records of one subject, and anything above [`MAX_LEAF_BYTES`].

use std::collections::BTreeSet;

use bonafide_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::hash::{Hash, leaf_hash};
use crate::json::{JsonError, parse_canonical, to_canonical};
use crate::key::check_name;
use crate::kind::{Kind, KindError};

/// The longest leaf. Room for about 170 commitments; the format of entry bundles ends at 65,535 bytes.
pub const MAX_LEAF_BYTES: usize = 16 * 1024;

/// The longest name of a field or an actor: names are from closed lists, and every one is repeated in each leaf.
pub(crate) const MAX_NAME_BYTES: usize = 64;

const VERSION: i64 = 1;

/// One record, as the ledger shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The origin of the ledger.
    pub ledger: String,
    /// What the record is about.
    pub kind: Kind,
    /// When it was recorded.
    pub at: Timestamp,
    /// A pseudonym of who or what did it.
    pub actor: String,
    /// Digests of the packs, lists and engine applied; never of personal data.
    pub policy: Vec<Hash>,
    /// Hashes of earlier leaves; only where [`Kind::may_refer`].
    pub refs: Vec<Hash>,
    /// Commitments to what was learned or decided.
    pub commitments: Vec<Commitment>,
    /// The sealed bytes that belong to the record.
    pub blob: Option<Blob>,
}

/// One field's commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The name of the field, once a leaf.
    pub field: String,
    /// See [`crate::commit`].
    pub hash: Hash,
}

/// Ciphertext that belongs to a record and is kept outside the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of the ciphertext.
    pub hash: Hash,
    /// Its length in bytes, at most 2^53.
    pub length: u64,
}

/// Why something is not a leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Longer than [`MAX_LEAF_BYTES`].
    #[error(
        "the leaf has {0} bytes, and at most {MAX_LEAF_BYTES} are allowed: commit to fewer fields"
    )]
    TooLong(usize),
    /// Not canonical JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not a kind of record.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// A field that is missing or has another type or form.
    #[error("field `{0}` is missing or not of its form")]
    Field(&'static str),
    /// A field that leaves do not have.
    #[error("`{0}` is not a field of a leaf")]
    Unknown(String),
    /// Two commitments to a field of one name.
    #[error("field `{0}` is committed to twice: give each field its own name")]
    Twice(String),
    /// `refs` on a kind that may not refer.
    #[error("a record of kind `{0}` must not refer to other records")]
    Refers(Kind),
}

impl Leaf {
    /// The exact bytes that are hashed.
    ///
    /// # Errors
    /// If a field is not of its form, or the whole is too long.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        self.check()?;
        let hashes = |list: &[Hash]| list.iter().map(Hash::to_string).collect::<Vec<_>>();
        let commitments: Vec<Value> = self
            .commitments
            .iter()
            .map(|c| json!({"n": c.field, "h": c.hash.to_string()}))
            .collect();
        let mut leaf = json!({
            "v": VERSION,
            "ledger": self.ledger,
            "kind": self.kind.as_str(),
            "at": self.at.as_millis(),
            "actor": self.actor,
            "policy": hashes(&self.policy),
            "refs": hashes(&self.refs),
            "c": commitments,
        });
        if let (Some(blob), Some(map)) = (self.blob, leaf.as_object_mut()) {
            let value = json!({"hash": blob.hash.to_string(), "length": blob.length});
            map.insert("blob".into(), value);
        }
        let bytes = to_canonical(&leaf)?.into_bytes();
        if bytes.len() > MAX_LEAF_BYTES {
            return Err(LeafError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads a leaf that is written exactly as [`Leaf::encode`] writes it.
    ///
    /// # Errors
    /// For any other bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > MAX_LEAF_BYTES {
            return Err(LeafError::TooLong(bytes.len()));
        }
        let value = parse_canonical(bytes)?;
        let mut fields = Fields::new(value, "leaf")?;
        if fields.take("v")?.as_i64() != Some(VERSION) {
            return Err(LeafError::Field("v"));
        }
        let leaf = Self {
            ledger: fields.text("ledger")?,
            kind: fields.text("kind")?.parse()?,
            at: fields
                .take("at")?
                .as_i64()
                .and_then(Timestamp::from_millis)
                .ok_or(LeafError::Field("at"))?,
            actor: fields.text("actor")?,
            policy: fields.hashes("policy")?,
            refs: fields.hashes("refs")?,
            commitments: fields
                .list("c")?
                .into_iter()
                .map(Commitment::parse)
                .collect::<Result<_, _>>()?,
            blob: fields.optional("blob").map(Blob::parse).transpose()?,
        };
        fields.end()?;
        leaf.check()?;
        Ok(leaf)
    }

    /// The hash of the leaf in the tree.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn hash(&self) -> Result<Hash, LeafError> {
        self.encode().map(|bytes| leaf_hash(&bytes))
    }

    fn check(&self) -> Result<(), LeafError> {
        check_name(&self.ledger).map_err(|_| LeafError::Field("ledger"))?;
        if !is_plain_name(&self.actor) {
            return Err(LeafError::Field("actor"));
        }
        if !self.refs.is_empty() && !self.kind.may_refer() {
            return Err(LeafError::Refers(self.kind));
        }
        let mut names = BTreeSet::new();
        for commitment in &self.commitments {
            if !is_plain_name(&commitment.field) {
                return Err(LeafError::Field("c"));
            }
            if !names.insert(commitment.field.as_str()) {
                return Err(LeafError::Twice(commitment.field.clone()));
            }
        }
        Ok(())
    }
}

/// ASCII letters, digits and `._:-`, so that a name looks the same everywhere and cannot hold a person's.
fn is_plain_name(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"._:-".contains(&c);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(plain)
}

impl Commitment {
    fn parse(value: Value) -> Result<Self, LeafError> {
        let mut fields = Fields::new(value, "c")?;
        let commitment = Self {
            field: fields.text("n")?,
            hash: fields.hash("h")?,
        };
        fields.end()?;
        Ok(commitment)
    }
}

impl Blob {
    fn parse(value: Value) -> Result<Self, LeafError> {
        let mut fields = Fields::new(value, "blob")?;
        let blob = Self {
            hash: fields.hash("hash")?,
            length: fields
                .take("length")?
                .as_u64()
                .ok_or(LeafError::Field("length"))?,
        };
        fields.end()?;
        Ok(blob)
    }
}

/// The members of an object, each taken once; whatever is left over is unknown.
struct Fields(Map<String, Value>);

impl Fields {
    fn new(value: Value, name: &'static str) -> Result<Self, LeafError> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            _ => Err(LeafError::Field(name)),
        }
    }

    fn optional(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn take(&mut self, name: &'static str) -> Result<Value, LeafError> {
        self.optional(name).ok_or(LeafError::Field(name))
    }

    fn text(&mut self, name: &'static str) -> Result<String, LeafError> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(LeafError::Field(name)),
        }
    }

    fn list(&mut self, name: &'static str) -> Result<Vec<Value>, LeafError> {
        match self.take(name)? {
            Value::Array(list) => Ok(list),
            _ => Err(LeafError::Field(name)),
        }
    }

    fn hash(&mut self, name: &'static str) -> Result<Hash, LeafError> {
        parse_hash(&self.take(name)?, name)
    }

    fn hashes(&mut self, name: &'static str) -> Result<Vec<Hash>, LeafError> {
        let list = self.list(name)?;
        list.iter().map(|item| parse_hash(item, name)).collect()
    }

    fn end(self) -> Result<(), LeafError> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(LeafError::Unknown(crate::text::quote(&name))),
            None => Ok(()),
        }
    }
}

fn parse_hash(value: &Value, name: &'static str) -> Result<Hash, LeafError> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or(LeafError::Field(name))
}

#[cfg(test)]
mod tests;
