//! The manifest of a back-up: what it holds, and the digest of every file.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use bonafide_ledger::Hash;
use bonafide_model::Timestamp;
use bonafide_seal::{EpochId, EpochState, Keyring};
use serde::{Deserialize, Serialize};

use crate::erasing::hex;
use crate::error::AppError;

/// The version written and read.
pub(super) const VERSION: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const MARK: &str = "manifest.mark";
/// The largest manifest: ten thousand tenants with their checkpoints.
const MANIFEST_MAX_BYTES: u64 = 32 << 20;

/// What a back-up holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form.
    pub v: u32,
    /// The name of the back-up.
    pub name: String,
    /// The instant that it shows.
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// The engine it was made on; either reads it.
    pub engine: String,
    /// The steps of the schema.
    pub schema: Vec<i64>,
    /// The earliest epoch that keys in it are wrapped under: its key must be there.
    pub epoch: EpochId,
    /// The epoch that was current.
    pub current_epoch: EpochId,
    /// The tenants and where their ledgers stood.
    pub tenants: Vec<ManifestTenant>,
    /// The files.
    pub files: Vec<ManifestFile>,
}

/// A tenant in a back-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestTenant {
    /// Its name.
    pub name: String,
    /// The origin of its ledger.
    pub origin: String,
    /// Parties.
    pub parties: u64,
    /// Records that had their place.
    pub size: u64,
    /// The root over them, in hexadecimal.
    pub root: String,
    /// The last signed checkpoint.
    pub checkpoint: Option<String>,
}

/// A file of a back-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// The table; its file is named after it.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl ManifestFile {
    /// The name of the file.
    pub(super) fn file_name(&self) -> String {
        format!("{}.rows", self.table)
    }

    pub(super) fn digest(&self) -> Option<Hash> {
        self.sha256.parse().ok()
    }
}

impl Manifest {
    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.bytes).sum()
    }

    /// The exact bytes and their mark.
    pub(super) fn encode(&self, keyring: &Keyring) -> Result<(Vec<u8>, String), AppError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(AppError::internal)?;
        bytes.push(b'\n');
        let mark = keyring.backup_mark(self.epoch, &bytes);
        Ok((
            bytes,
            format!("{}\n", hex(&mark.map_err(AppError::internal)?)),
        ))
    }

    /// Reads a manifest, and says whether its mark is that of the keyring.
    pub(super) fn read(dir: &Path, keyring: &Keyring) -> Result<(Self, Marked), AppError> {
        let path = dir.join(MANIFEST);
        let unreadable = |why: String| AppError::Refused(format!("{}: {why}", path.display()));
        let mut bytes = Vec::new();
        let file = fs::File::open(&path).map_err(|e| unreadable(e.to_string()))?;
        file.take(MANIFEST_MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(e.to_string()))?;
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let version: Version = serde_json::from_slice(&bytes)
            .map_err(|_| unreadable("this is not the manifest of a back-up".to_owned()))?;
        if version.v != VERSION {
            return Err(unreadable(format!(
                "the back-up has version {}, and this program knows {VERSION}: use the newer program that made it",
                version.v
            )));
        }
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|e| unreadable(format!("the manifest is damaged at line {}", e.line())))?;
        let mark = fs::read_to_string(dir.join(MARK));
        let mark = mark.map_err(|e| unreadable(format!("its mark cannot be read: {e}")))?;
        let marked = manifest.marked(keyring, &bytes, mark.trim_end());
        Ok((manifest, marked))
    }

    fn marked(&self, keyring: &Keyring, bytes: &[u8], mark: &str) -> Marked {
        let Some(info) = keyring.epochs().find(|e| e.id == self.epoch) else {
            return Marked::LaterEpoch;
        };
        if let EpochState::Destroyed { at } = info.state {
            return Marked::Ended(at);
        }
        let ours = |t: &ManifestTenant| {
            let keys = keyring.tenant(&t.name);
            keys.is_some_and(|k| k.origin() == t.origin || k.former().any(|f| f.origin == t.origin))
        };
        if !self.tenants.iter().all(ours) {
            return Marked::OtherKeyring;
        }
        if keyring.epochs().all(|e| e.id != self.current_epoch) {
            return Marked::LaterEpoch;
        }
        match mark.parse::<Hash>() {
            Ok(mark) if keyring.is_backup_mark(self.epoch, bytes, &mark.0) == Ok(true) => {
                Marked::Good
            }
            _ => Marked::Changed,
        }
    }
}

/// What the keyring says to a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    Good,
    Changed,
    OtherKeyring,
    LaterEpoch,
    Ended(Timestamp),
}
