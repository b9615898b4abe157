//! The directory outside the database that holds the keyring and the last signed tree heads.
//!
//! It has its own copy rule: losing it loses everything that is sealed; keeping an old copy of it keeps what was erased
//! readable. Files are written beside, synced, renamed, and the directory synced, so that a crash leaves the old or the
//! new file and never half of one.

mod erasures;
mod slot;
mod wrapping;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bonafide_model::{Entropy, Timestamp};
use bonafide_seal::Keyring;
use bonafide_store::RestorationRow;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

pub(crate) use erasures::{Erasure, Step};
pub(crate) use slot::Slot;

/// Handle on the directory.
#[derive(Clone)]
pub struct KeyringDir {
    path: PathBuf,
    unwrapped: wrapping::Unwrapped,
}

impl KeyringDir {
    /// Opens the directory, making it (owner only) when it is not there.
    pub fn open(path: &Path) -> Result<Self, AppError> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .recursive(true)
            .create(path.join("heads"))
            .map_err(|e| failed("make", path, &e))?;
        Ok(Self {
            path: path.to_owned(),
            unwrapped: wrapping::Unwrapped::default(),
        })
    }

    /// Opens the directory of a keyring that must be there.
    pub(crate) fn open_there(path: &Path) -> Result<Self, AppError> {
        if !path.join("keyring.json").exists() {
            return Err(AppError::Refused(format!(
                "no keyring in {}: name its directory with `--keyring DIR`, or recover it from its escrow copy with \
                 `bonafide keys recover`",
                path.display()
            )));
        }
        Self::open(path)
    }

    /// Reads the keyring, which must be there.
    pub(crate) fn there(&self) -> Result<Keyring, AppError> {
        let gone = || AppError::Refused(format!("no keyring in {}", self.path.display()));
        self.read()?.ok_or_else(gone)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the keyring, changes it and writes it back, while no other process does. `change` gets a new keyring when
    /// there is none and `create` allows it.
    pub fn update<T>(
        &self,
        create: Option<(Timestamp, &dyn Entropy)>,
        change: impl FnOnce(&mut Keyring) -> Result<T, AppError>,
    ) -> Result<(Keyring, T), AppError> {
        let _lock = self.lock()?;
        let mut keyring = match (self.read()?, create) {
            (Some(keyring), _) => keyring,
            (None, Some((now, entropy))) => Keyring::create(now, entropy),
            (None, None) => {
                let text = format!(
                    "no keyring in {}: the database cannot be opened without the keyring it was made with",
                    self.path.display()
                );
                return Err(AppError::Refused(text));
            }
        };
        let before = keyring.generation();
        let made = change(&mut keyring)?;
        if keyring.generation() != before || !self.path.join("keyring.json").exists() {
            self.put(&keyring)?;
        }
        Ok((keyring, made))
    }

    /// The last signed checkpoint of a tenant, as it was written.
    pub fn head(&self, tenant: &str) -> Result<Option<String>, AppError> {
        let path = self.path.join("heads").join(tenant);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("read", &path, &e)),
        }
    }

    /// Keeps a signed checkpoint as the last one, unless `is_newer` says that the kept one is newer.
    pub fn keep_head(
        &self,
        tenant: &str,
        note: &str,
        is_newer: impl FnOnce(&str) -> bool,
    ) -> Result<(), AppError> {
        let _lock = self.lock()?;
        if self.head(tenant)?.is_some_and(|kept| is_newer(&kept)) {
            return Ok(());
        }
        self.write(&format!("heads/{tenant}"), note.as_bytes())
    }

    /// Says that this directory came out of an escrow copy: heads that were signed after it may be unknown here, so that the
    /// ledger that it names must be reopened before it goes on.
    pub(crate) fn mark_recovered(&self, tenant: &str, mark: &Recovery) -> Result<(), AppError> {
        let made = fs::create_dir_all(self.path.join("recovered"));
        made.map_err(|e| failed("make", &self.path, &e))?;
        let text = serde_json::to_string(mark).map_err(AppError::internal)?;
        self.write(&format!("recovered/{tenant}"), text.as_bytes())
    }

    /// That this directory came out of an escrow copy, until the tenant's ledger is reopened.
    pub(crate) fn recovered(&self, tenant: &str) -> Result<Option<Recovery>, AppError> {
        let name = format!("recovered/{tenant}");
        let Some(text) = self.text(&name)? else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(|_| {
            AppError::Refused(format!(
                "{} is damaged: recover the keyring again from its escrow copy",
                self.path.join(&name).display()
            ))
        })
    }

    /// Forgets that.
    pub(crate) fn clear_recovered(&self, tenant: &str) -> Result<(), AppError> {
        let path = self.path.join("recovered").join(tenant);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path, &e)),
            _ => Ok(()),
        }
    }

    /// A text file in the directory, if it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, AppError> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("read", &path, &e)),
        }
    }

    fn lock(&self) -> Result<File, AppError> {
        let path = self.path.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(|e| failed("open", &path, &e))?;
        file.lock().map_err(|e| failed("lock", &path, &e))?;
        Ok(file)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        let path = self.path.join(name);
        let beside = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(path.parent().unwrap_or(&self.path))?.sync_all()
        });
        written.map_err(|e| failed("write", &path, &e))
    }
}

/// What is kept of a recovery until the ledger is reopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// The origin that the tenant's ledger had in the copy.
    pub(crate) origin: String,
    /// The generation of the keyring.
    pub(crate) generation: u64,
    /// When the copy was made.
    pub(crate) made_at: Timestamp,
    /// When it was recovered.
    pub(crate) at: Timestamp,
    /// Who did.
    pub(crate) actor: String,
    /// Who was asked whether they may.
    pub(crate) asked: String,
}

impl Recovery {
    /// The row of its record.
    pub(crate) fn row(&self) -> RestorationRow {
        RestorationRow {
            at: self.at,
            what: "keyring".to_owned(),
            source: format!("escrow copy of generation {}", self.generation),
            source_at: self.made_at,
            actor: self.actor.clone(),
            asked: self.asked.clone(),
            record: None,
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> AppError {
    AppError::Refused(format!("could not {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_model::SeededEntropy;

    #[test]
    fn an_update_is_kept_and_a_newer_head_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyringDir::open(&dir.path().join("keys")).unwrap();
        assert!(keys.update(None, |_| Ok(())).is_err());
        let (now, entropy) = (Timestamp::from_millis(0).unwrap(), SeededEntropy::new(1));
        keys.update(Some((now, &entropy)), |k| {
            k.add_tenant("t", "example.org/t", &entropy)
                .map(drop)
                .map_err(AppError::internal)
        })
        .unwrap();
        assert!(keys.read().unwrap().unwrap().tenant("t").is_some());
        keys.keep_head("t", "1", |_| false).unwrap();
        keys.keep_head("t", "0", |_| true).unwrap();
        assert_eq!(keys.head("t").unwrap().unwrap(), "1");
    }
}
