//! The keyring file: JSON that a person can read, with a check value over its content.
//!
//! The check (SHA-256) finds damage, truncation and editing. It does not stop somebody who can write the file and knows
//! this program: the file's permissions do. `protection` says how the keys in the file are themselves
//! encrypted: here `none`; under a key-encryption key the whole is sealed in a file of another form ([`crate::KeyringSeal`]).
//!
//! Reading borrows from the given bytes and writing goes to a buffer that is large enough at once, so that no key is left
//! behind in freed memory.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Timestamp;
use serde::{Deserialize, Serialize, Serializer, ser};
use zeroize::Zeroizing;

use super::tenant::{FORMER_MAX, FormerLedger, RawKeys};
use super::{
    EPOCH_DEFAULT_MS, EPOCH_MAX_MS, EPOCH_MIN_MS, EPOCHS_MAX, Epoch, EpochId, EpochState, Keyring,
    KeyringError, TENANTS_MAX, TenantKeys,
};
use crate::Secret;
use crate::cipher::KEY_BYTES;

/// Written today. Version 1 knew neither former ledgers nor the length of an epoch; it is read, and written as 2.
const FILE_VERSION: u32 = 2;
const FIRST_VERSION: u32 = 1;
const PROTECTION: &str = "none";
const CHECK_TAG: &[u8] = b"bonafide-keyring-v1\0";

/// Bytes one epoch and one tenant take when written, at most, and the rest of the file.
const EPOCH_MAX_BYTES: usize = 256;
const TENANT_MAX_BYTES: usize = 2048;
/// Bytes a former ledger takes: two origins and a public key.
const FORMER_MAX_BYTES: usize = 1024;
const REST_MAX_BYTES: usize = 512;

/// The largest keyring file that a keyring within its bounds can need.
const FILE_MAX_BYTES: usize = EPOCHS_MAX * EPOCH_MAX_BYTES
    + TENANTS_MAX * (TENANT_MAX_BYTES + FORMER_MAX * FORMER_MAX_BYTES)
    + REST_MAX_BYTES;

/// 32 bytes in base 64.
const KEY_CHARS: usize = 44;

#[derive(Deserialize)]
struct Head<'a> {
    v: u32,
    #[serde(borrow)]
    protection: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "K: Deserialize<'de>"))]
struct File<'a, K> {
    v: u32,
    protection: &'a str,
    generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch_ms: Option<i64>,
    epochs: Vec<FileEpoch<K>>,
    #[serde(borrow)]
    tenants: Vec<FileTenant<'a, K>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    check: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEpoch<K> {
    id: EpochId,
    from: Timestamp,
    state: FileState,
    #[serde(skip_serializing_if = "Option::is_none")]
    destroyed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<K>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileState {
    Current,
    Previous,
    Destroyed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "K: Deserialize<'de>"))]
struct FileTenant<'a, K> {
    name: &'a str,
    origin: &'a str,
    index_key: K,
    signing_seed: K,
    body_mac_key: K,
    api_key_hash_key: K,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<FileFormer<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<FileNext<'a, K>>,
}

/// A ledger that ended: its origin and the key that verifies it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFormer<'a> {
    origin: &'a str,
    verifier: &'a str,
}

/// The ledger that is to follow.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "K: Deserialize<'de>"))]
struct FileNext<'a, K> {
    origin: &'a str,
    signing_seed: K,
}

/// Reads a keyring file, or says why not.
pub(super) fn read(bytes: &[u8]) -> Result<Keyring, KeyringError> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(KeyringError::FileTooLarge {
            max: FILE_MAX_BYTES,
        });
    }
    let head: Head<'_> = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    if !(FIRST_VERSION..=FILE_VERSION).contains(&head.v) {
        return Err(KeyringError::UnknownVersion(head.v));
    }
    if head.protection != Some(PROTECTION) {
        return Err(KeyringError::UnknownProtection);
    }
    let file: File<'_, KeyIn> = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    let (check, version) = (file.check, file.v);
    let keyring = assemble(file)?;
    if check != Some(check_value(&keyring, version)?.as_str()) {
        return Err(KeyringError::CheckFailed);
    }
    Ok(keyring)
}

/// Writes a keyring file.
pub(super) fn write(keyring: &Keyring) -> Result<Secret<Vec<u8>>, KeyringError> {
    let check = check_value(keyring, FILE_VERSION)?;
    let mut bytes = buffer(keyring);
    let outline = outline(keyring, FILE_VERSION, Some(&check));
    serde_json::to_writer_pretty(&mut *bytes, &outline).map_err(|_| KeyringError::Unwritable)?;
    bytes.push(b'\n');
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

/// The place of a fault. What serde says is dropped: it can repeat text of the file, hence a key.
fn malformed(error: &serde_json::Error) -> KeyringError {
    if error.is_eof() {
        KeyringError::CutShort
    } else {
        KeyringError::Malformed {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// SHA-256 over the content written without spaces and without the check, in base 64.
fn check_value(keyring: &Keyring, version: u32) -> Result<String, KeyringError> {
    let mut bytes = buffer(keyring);
    bytes.extend_from_slice(CHECK_TAG);
    serde_json::to_writer(&mut *bytes, &outline(keyring, version, None))
        .map_err(|_| KeyringError::Unwritable)?;
    Ok(STANDARD.encode(digest::digest(&digest::SHA256, &bytes)))
}

fn buffer(keyring: &Keyring) -> Zeroizing<Vec<u8>> {
    let former: usize = keyring.tenants().map(|t| t.former().count()).sum();
    let size = keyring.epochs.len() * EPOCH_MAX_BYTES
        + keyring.tenants.len() * TENANT_MAX_BYTES
        + former * FORMER_MAX_BYTES
        + REST_MAX_BYTES;
    Zeroizing::new(Vec::with_capacity(size))
}

fn outline<'a>(keyring: &'a Keyring, version: u32, check: Option<&'a str>) -> File<'a, KeyOut<'a>> {
    let key_of = |id: EpochId| {
        keyring
            .epochs
            .iter()
            .find(|e| e.id == id)
            .and_then(|e| e.key.as_ref().ok())
    };
    let epoch = |info: super::EpochInfo| {
        let (state, destroyed_at) = match info.state {
            EpochState::Current => (FileState::Current, None),
            EpochState::Previous => (FileState::Previous, None),
            EpochState::Destroyed { at } => (FileState::Destroyed, Some(at)),
        };
        let key = key_of(info.id).map(|k| KeyOut(k.expose()));
        FileEpoch {
            id: info.id,
            from: info.from,
            state,
            destroyed_at,
            key,
        }
    };
    let tenant = |tenant: &'a TenantKeys| {
        let raw = tenant.raw();
        FileTenant {
            name: tenant.name(),
            origin: tenant.origin(),
            index_key: KeyOut(raw.index),
            signing_seed: KeyOut(raw.signing_seed),
            body_mac_key: KeyOut(raw.body_mac),
            api_key_hash_key: KeyOut(raw.api_key_hash),
            former: tenant
                .former()
                .map(|f| FileFormer {
                    origin: &f.origin,
                    verifier: &f.verifier,
                })
                .collect(),
            next: tenant.next().map(|(origin, seed)| FileNext {
                origin,
                signing_seed: KeyOut(seed.expose()),
            }),
        }
    };
    File {
        v: version,
        protection: PROTECTION,
        generation: keyring.generation,
        epoch_ms: (version > FIRST_VERSION).then_some(keyring.epoch_ms),
        epochs: keyring.epochs().map(epoch).collect(),
        tenants: keyring.tenants().map(tenant).collect(),
        check,
    }
}

fn assemble(file: File<'_, KeyIn>) -> Result<Keyring, KeyringError> {
    let last = file
        .epochs
        .len()
        .checked_sub(1)
        .ok_or(KeyringError::Inconsistent("it has no epoch"))?;
    if last >= EPOCHS_MAX {
        return Err(KeyringError::TooMany {
            what: "epochs",
            max: EPOCHS_MAX,
        });
    }
    let mut keyring = Keyring {
        generation: file.generation,
        epoch_ms: file.epoch_ms.unwrap_or(EPOCH_DEFAULT_MS),
        epochs: Vec::new(),
        tenants: Vec::new(),
    };
    if !(EPOCH_MIN_MS..=EPOCH_MAX_MS).contains(&keyring.epoch_ms) {
        return Err(KeyringError::Inconsistent(
            "an epoch has not a length it can have",
        ));
    }
    for (place, epoch) in file.epochs.into_iter().enumerate() {
        if keyring
            .epochs
            .last()
            .is_some_and(|before| before.id >= epoch.id || before.from > epoch.from)
        {
            return Err(KeyringError::Inconsistent("its epochs are not in order"));
        }
        if (epoch.state == FileState::Current) != (place == last) {
            return Err(KeyringError::Inconsistent(
                "the last epoch, and no other, has to be the current one",
            ));
        }
        let key = match (epoch.state, epoch.key, epoch.destroyed_at) {
            (FileState::Current | FileState::Previous, Some(key), None) => Ok(key.0),
            (FileState::Destroyed, None, Some(at)) => Err(at),
            _ => {
                return Err(KeyringError::Inconsistent(
                    "an epoch has a key, or it has been destroyed, never both",
                ));
            }
        };
        keyring.epochs.push(Epoch {
            id: epoch.id,
            from: epoch.from,
            key,
        });
    }
    for tenant in file.tenants {
        let raw = RawKeys {
            index: tenant.index_key.0,
            signing_seed: tenant.signing_seed.0,
            body_mac: tenant.body_mac_key.0,
            api_key_hash: tenant.api_key_hash_key.0,
        };
        let former = tenant.former.into_iter().map(|f| FormerLedger {
            origin: f.origin.to_owned(),
            verifier: f.verifier.to_owned(),
        });
        let next = tenant.next.map(|n| (n.origin.to_owned(), n.signing_seed.0));
        let tenant = TenantKeys::from_raw(tenant.name, tenant.origin, raw)
            .map(|keys| keys.with_ledgers(former.collect(), next))
            .map_err(|_| KeyringError::Inconsistent("a tenant's name or origin is not one"))?;
        keyring.check_new_tenant(&tenant)?;
        keyring.tenants.push(tenant);
    }
    Ok(keyring)
}

/// A key being written.
struct KeyOut<'a>(&'a [u8; KEY_BYTES]);

impl Serialize for KeyOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Zeroizing::new([0_u8; KEY_CHARS]);
        STANDARD
            .encode_slice(self.0, &mut *text)
            .map_err(ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&*text).map_err(ser::Error::custom)?)
    }
}

/// A key being read: base 64 of exactly 32 bytes.
struct KeyIn(Secret<[u8; KEY_BYTES]>);

impl<'de> Deserialize<'de> for KeyIn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refuse = || serde::de::Error::custom("not 32 bytes in base 64");
        let text = <&str>::deserialize(deserializer)?;
        // Decoding wants room for the padding too.
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES + 1]);
        let length = STANDARD
            .decode_slice(text, &mut *bytes)
            .map_err(|_| refuse())?;
        let key = bytes.get(..length).and_then(Secret::from_slice);
        key.map(KeyIn).ok_or_else(refuse)
    }
}
