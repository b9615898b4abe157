//! One tenant's keys. Each has a type of its own, so that none can be used for another's work.

use bonafide_model::Entropy;

use super::KeyringError;
use crate::cipher::KEY_BYTES;
use crate::{ApiKeyHashKey, BodyMacKey, IndexKey, Secret};

/// The longest name: it is part of host names and keys of rows (a DNS label).
const NAME_MAX_BYTES: usize = 63;
/// The longest origin: it is a line in every checkpoint and the name of a signing key.
const ORIGIN_MAX_BYTES: usize = 255;

/// Ledgers of a tenant that ended: each is a disaster.
pub(super) const FORMER_MAX: usize = 64;

/// The keys that belong to a tenant and outlive epochs.
#[derive(Debug)]
pub struct TenantKeys {
    name: String,
    origin: String,
    index: IndexKey,
    signing_seed: Secret<[u8; KEY_BYTES]>,
    body_mac: BodyMacKey,
    api_key_hash: ApiKeyHashKey,
    former: Vec<FormerLedger>,
    next: Option<(String, Secret<[u8; KEY_BYTES]>)>,
}

/// A ledger of a tenant that ended when it was reopened under another origin. What signed it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerLedger {
    /// Its origin.
    pub origin: String,
    /// The key that verifies its checkpoints, as text.
    pub verifier: String,
}

/// The four keys as bytes, for the file.
pub(super) struct RawKeys<T> {
    pub(super) index: T,
    pub(super) signing_seed: T,
    pub(super) body_mac: T,
    pub(super) api_key_hash: T,
}

impl TenantKeys {
    pub(super) fn generate(
        name: &str,
        origin: &str,
        entropy: &dyn Entropy,
    ) -> Result<Self, KeyringError> {
        let keys = RawKeys {
            index: Secret::random(entropy),
            signing_seed: Secret::random(entropy),
            body_mac: Secret::random(entropy),
            api_key_hash: Secret::random(entropy),
        };
        Self::from_raw(name, origin, keys)
    }

    pub(super) fn from_raw(
        name: &str,
        origin: &str,
        keys: RawKeys<Secret<[u8; KEY_BYTES]>>,
    ) -> Result<Self, KeyringError> {
        if !is_name(name) {
            return Err(KeyringError::TenantName(
                name.chars().take(NAME_MAX_BYTES).collect(),
            ));
        }
        if !is_origin(origin) {
            return Err(KeyringError::Origin(
                origin.chars().take(ORIGIN_MAX_BYTES).collect(),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            origin: origin.to_owned(),
            index: IndexKey::new(keys.index),
            signing_seed: keys.signing_seed,
            body_mac: BodyMacKey::new(keys.body_mac),
            api_key_hash: ApiKeyHashKey::new(keys.api_key_hash),
            former: Vec::new(),
            next: None,
        })
    }

    pub(super) fn with_ledgers(
        mut self,
        former: Vec<FormerLedger>,
        next: Option<(String, Secret<[u8; KEY_BYTES]>)>,
    ) -> Self {
        self.former = former;
        self.next = next;
        self
    }

    /// True if it was not prepared yet.
    pub(super) fn prepare_reopening(
        &mut self,
        origin: &str,
        entropy: &dyn Entropy,
    ) -> Result<bool, KeyringError> {
        if self.next.is_some() {
            return Ok(false);
        }
        if self.former.len() >= FORMER_MAX {
            return Err(KeyringError::TooMany {
                what: "former ledgers of a tenant",
                max: FORMER_MAX,
            });
        }
        if !is_origin(origin) {
            return Err(KeyringError::Origin(
                origin.chars().take(ORIGIN_MAX_BYTES).collect(),
            ));
        }
        self.next = Some((origin.to_owned(), Secret::random(entropy)));
        Ok(true)
    }

    /// True if one was prepared.
    pub(super) fn reopen(&mut self, old_verifier: &str) -> bool {
        let Some((origin, seed)) = self.next.take() else {
            return false;
        };
        self.former.push(FormerLedger {
            origin: std::mem::replace(&mut self.origin, origin),
            verifier: old_verifier.to_owned(),
        });
        self.signing_seed = seed;
        true
    }

    /// Whether an origin is that of a ledger of this tenant, past, present or to come.
    pub(super) fn knows(&self, origin: &str) -> bool {
        self.origin == origin || self.former.iter().any(|f| f.origin == origin)
    }

    /// The ledgers that ended, oldest first.
    pub fn former(&self) -> impl Iterator<Item = &FormerLedger> {
        self.former.iter()
    }

    /// The origin and the signing seed under which the ledger is to go on, while it is being reopened.
    #[must_use]
    pub fn next(&self) -> Option<(&str, &Secret<[u8; KEY_BYTES]>)> {
        self.next
            .as_ref()
            .map(|(origin, seed)| (origin.as_str(), seed))
    }

    pub(super) fn raw(&self) -> RawKeys<&[u8; KEY_BYTES]> {
        RawKeys {
            index: self.index.expose(),
            signing_seed: self.signing_seed.expose(),
            body_mac: self.body_mac.expose(),
            api_key_hash: self.api_key_hash.expose(),
        }
    }

    /// The tenant's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the tenant's ledger, as in its checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key for search tokens.
    #[must_use]
    pub const fn index_key(&self) -> &IndexKey {
        &self.index
    }

    /// The Ed25519 seed that signs the tenant's checkpoints.
    #[must_use]
    pub const fn signing_seed(&self) -> &Secret<[u8; KEY_BYTES]> {
        &self.signing_seed
    }

    /// The key for the hashes of idempotent requests.
    #[must_use]
    pub const fn body_mac_key(&self) -> &BodyMacKey {
        &self.body_mac
    }

    /// The key for the hashes of API keys.
    #[must_use]
    pub const fn api_key_hash_key(&self) -> &ApiKeyHashKey {
        &self.api_key_hash
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= NAME_MAX_BYTES
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A signed note's key name may hold neither space nor `+` (C2SP signed-note).
fn is_origin(text: &str) -> bool {
    (1..=ORIGIN_MAX_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'+')
}
