//! Sealing: personal data is encrypted under its subject's key **before** it reaches a table, a log or a queue, so that
//! destroying one key erases the data everywhere, backups included (R-108).
//!
//! ```text
//! keyring file ── epoch key ──wraps──► SubjectKeys ── ContentKey ──seals──► envelope
//!       └──────── tenant keys ───────► blind index tokens, keyed hashes, ledger signing seed
//! ```
//!
//! - [`Keyring`]: epoch keys and tenant keys, kept outside the database and its backups;
//! - [`SubjectKeys`]: one row per subject, a key for each purpose and retention class, wrapped under the current epoch;
//! - [`envelope`]: a value sealed to its tenant, record, field and version;
//! - [`FileKey`]: the key of one file of many blocks, kept wrapped apart from the file;
//! - [`blind`]: exact search over sealed values by keyed tokens;
//! - [`mac`]: API keys and idempotent bodies, stored as keyed hashes alone;
//! - [`Secret`]: what is erased when dropped and prints as `[sealed]`.
//!
//! Architecture Invariant: no file and no network here. The caller reads and writes the keyring's bytes. Chance comes
//! through [`bonafide_model::Entropy`]; [`SystemEntropy`] is the one place that asks the operating system.

pub mod blind;
mod cipher;
pub mod envelope;
mod error;
mod escrow;
mod file_key;
mod framing;
mod kek;
mod keyring;
pub mod mac;
mod secret;
mod subject;
mod system;

pub use blind::{AttributeKind, BlindError, IndexKey, Token};
pub use envelope::{Aad, ContentKey};
pub use error::SealError;
pub use escrow::{
    EscrowContent, EscrowCopy, EscrowError, EscrowIdentity, EscrowRecipient, EscrowShare,
    RECIPIENTS_MAX,
};
pub use file_key::{BLOCK_OVERHEAD_BYTES, FileKey};
pub use kek::{
    Kek, KekError, KeyringSeal, PASSPHRASE_MIN_CHARS, PassphraseKek, SECRET_MIN_CHARS, SecretKek,
};
pub use keyring::{
    EPOCH_DEFAULT_MS, EPOCH_MAX_MS, EPOCH_MIN_MS, EpochId, EpochInfo, EpochState, FormerLedger,
    Keyring, KeyringError, TenantKeys,
};
pub use mac::{ApiKey, ApiKeyError, ApiKeyHashKey, BodyMacKey, KeyedHash};
pub use secret::Secret;
pub use subject::{Purpose, RetentionClass, RetentionClassError, SubjectKeys, WrappedKeys};
pub use system::SystemEntropy;
