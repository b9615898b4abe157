//! One tenant's keys. Each has a type of its own, so that none can be used for another's work.

use aws_lc_rs::hkdf;
use bonafide_model::Entropy;
use zeroize::Zeroizing;

use super::KeyringError;
use crate::cipher::KEY_BYTES;
use crate::{ApiKeyHashKey, BodyMacKey, ContentKey, IndexKey, SealError, Secret};
/// Bytes of an issuer's id: nobody meets another's by chance.
const ISSUER_BYTES: usize = 16;
/// What the derived keys are for.
const TOKEN_TAG: &[u8] = b"bonafide-token-key-v1";
const SETTINGS_TAG: &[u8] = b"bonafide-settings-v1";
const ISSUER_TAG: &[u8] = b"bonafide-issuer-v1";
const HISTORY_TAG: &[u8] = b"bonafide-history-v1";
const HISTORY_NAME_TAG: &[u8] = b"bonafide-history-name-v1";

/// The longest name: it is part of host names and keys of rows (a DNS label).
const NAME_MAX_BYTES: usize = 63;
/// What the key for staff is derived under (HKDF, RFC 5869): a key of its own, made from one that every keyring has.
const STAFF_DOMAIN: &[u8] = b"bonafide-staff";
/// The same for remembered answers that are about nobody.
const ANSWER_DOMAIN: &[u8] = b"bonafide-answers";
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

    /// The key that seals what members of staff are called.
    ///
    /// # Errors
    /// If it cannot be derived.
    pub fn staff_key(&self) -> Result<ContentKey, SealError> {
        self.derived(STAFF_DOMAIN)
    }

    /// The key that seals remembered answers about nobody.
    ///
    /// # Errors
    /// If it cannot be derived.
    pub fn answer_key(&self) -> Result<ContentKey, SealError> {
        self.derived(ANSWER_DOMAIN)
    }

    fn derived(&self, domain: &[u8]) -> Result<ContentKey, SealError> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, domain).extract(self.index.expose());
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        prk.expand(&[domain], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *key))
            .map_err(|_| SealError::Library("derive a key"))?;
        Ok(ContentKey::from_secret(Secret::new(*key)))
    }

    /// The Ed25519 seed that signs the tenant's checkpoints.
    #[must_use]
    pub const fn signing_seed(&self) -> &Secret<[u8; KEY_BYTES]> {
        &self.signing_seed
    }

    /// The Ed25519 seed of the tenant's token key of a number. Each number gives a key that says nothing of another, so that
    /// a key that leaked is replaced by counting on.
    pub fn token_seed(&self, number: u32) -> Result<Secret<[u8; KEY_BYTES]>, SealError> {
        derive(
            self.signing_seed.expose(),
            &[TOKEN_TAG, &number.to_be_bytes()],
        )
    }

    /// What the tenant is called in public, as the issuer of tokens: it follows from a key that outlives every rotation, and
    /// nobody can tell the tenant's name from it.
    pub fn issuer_id(&self) -> Result<[u8; ISSUER_BYTES], SealError> {
        let derived = derive(self.index.expose(), &[ISSUER_TAG])?;
        let mut id = [0; ISSUER_BYTES];
        for (to, from) in id.iter_mut().zip(derived.expose()) {
            *to = *from;
        }
        Ok(id)
    }

    /// The key for the hashes of idempotent requests.
    #[must_use]
    pub const fn body_mac_key(&self) -> &BodyMacKey {
        &self.body_mac
    }

    /// The key for what the tenant itself keeps secret, such as the keys it signs messages with: nothing about anybody.
    ///
    /// Derived from the key for the hashes of API keys, under a label of its own, so that keyrings need no new part: neither
    /// of the two tells anything about the other (RFC 5869).
    pub fn settings_key(&self) -> Result<ContentKey, SealError> {
        let secret = derive(self.api_key_hash.expose(), &[SETTINGS_TAG])?;
        Ok(ContentKey::from_secret(secret))
    }

    /// The key that wraps the keys of the access history's files, and seals the external ids that its slots stand for.
    ///
    /// # Errors
    /// If it cannot be derived.
    pub fn history_key(&self) -> Result<ContentKey, SealError> {
        let secret = derive(self.index.expose(), &[HISTORY_TAG])?;
        Ok(ContentKey::from_secret(secret))
    }

    /// The key under which an external id of an account becomes the token that finds its slot.
    ///
    /// # Errors
    /// If it cannot be derived.
    pub fn history_token_key(&self) -> Result<BodyMacKey, SealError> {
        let secret = derive(self.index.expose(), &[HISTORY_NAME_TAG])?;
        Ok(BodyMacKey::new(secret))
    }

    /// The key for the hashes of API keys.
    #[must_use]
    pub const fn api_key_hash_key(&self) -> &ApiKeyHashKey {
        &self.api_key_hash
    }
}

/// A key for one more purpose (RFC 5869).
fn derive(from: &[u8; KEY_BYTES], purpose: &[&[u8]]) -> Result<Secret<[u8; KEY_BYTES]>, SealError> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(from);
    let derived = prk.expand(purpose, hkdf::HKDF_SHA256);
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    derived
        .and_then(|okm| okm.fill(&mut *bytes))
        .map_err(|_| SealError::Library("derive a key"))?;
    Secret::from_slice(&*bytes).ok_or(SealError::Library("derive a key"))
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
