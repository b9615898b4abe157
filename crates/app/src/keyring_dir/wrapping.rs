//! The keyring file under a key-encryption key.
//!
//! The key that seals the file is unwrapped once and remembered: whoever holds the key-encryption key may be slow or far
//! away, and the file is read often.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bonafide_seal::{Keyring, KeyringError, KeyringSeal, SystemEntropy};

use super::{KeyringDir, failed};
use crate::error::AppError;
use crate::kek::kek_of;

/// What opened the file last.
pub(super) type Unwrapped = Arc<Mutex<Option<Arc<KeyringSeal>>>>;

const FILE: &str = "keyring.json";

impl KeyringDir {
    /// Reads the keyring; `None` when there is none yet.
    pub fn read(&self) -> Result<Option<Keyring>, AppError> {
        let path = self.path.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => zeroize::Zeroizing::new(bytes),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed("read", &path, &e)),
        };
        let read = match self.seal_of(&bytes) {
            Ok(Some(seal)) => seal.open(&bytes),
            Ok(None) => Keyring::from_bytes(&bytes),
            Err(error) => Err(error),
        };
        read.map(Some).map_err(|e| self.unreadable(&e))
    }

    /// Writes the keyring as the file is protected now.
    pub(super) fn put(&self, keyring: &Keyring) -> Result<(), AppError> {
        let present = match fs::read(self.path.join(FILE)) {
            Ok(bytes) => self.seal_of(&bytes).map_err(|e| self.unreadable(&e))?,
            Err(_) => None,
        };
        self.put_under(keyring, present.as_deref())
    }

    /// Wraps the keyring under another key-encryption key, or under none.
    pub fn rewrap(&self, source: Option<&str>) -> Result<(), AppError> {
        let _lock = self.lock()?;
        let keyring = self.there()?;
        let Some(source) = source else {
            return self.put_under(&keyring, None);
        };
        let unusable = |e| AppError::Refused(format!("key-encryption key `{source}`: {e}"));
        let kek = kek_of(source).map_err(unusable)?;
        let seal = KeyringSeal::new(source, &*kek, &SystemEntropy).map_err(unusable)?;
        self.put_under(&keyring, Some(&seal))?;
        // Before anybody throws the old one away: what was written is read as the next start will read it.
        *self
            .unwrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        self.there().map(drop)
    }

    /// Where the key-encryption key comes from; `None` when the file is not wrapped.
    pub fn kek_source(&self) -> Result<Option<String>, AppError> {
        let path = self.path.join(FILE);
        let bytes = fs::read(&path).map_err(|e| failed("read", &path, &e))?;
        KeyringSeal::source_of(&bytes).map_err(|e| self.unreadable(&e))
    }

    fn put_under(&self, keyring: &Keyring, seal: Option<&KeyringSeal>) -> Result<(), AppError> {
        match seal {
            Some(seal) => {
                let bytes = seal.seal(keyring, &SystemEntropy);
                self.write(FILE, &bytes.map_err(AppError::internal)?)
            }
            None => {
                let bytes = keyring.to_bytes().map_err(AppError::internal)?;
                self.write(FILE, bytes.expose())
            }
        }
    }

    /// What opens a file; `None` when it is not wrapped.
    fn seal_of(&self, bytes: &[u8]) -> Result<Option<Arc<KeyringSeal>>, KeyringError> {
        let mut known = self
            .unwrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(seal) = &*known
            && seal.is_of(bytes)?
        {
            return Ok(Some(seal.clone()));
        }
        let Some(source) = KeyringSeal::source_of(bytes)? else {
            return Ok(None);
        };
        let kek = kek_of(&source).map_err(|why| KeyringError::Kek {
            source_of: source.clone(),
            why,
        })?;
        let seal = Arc::new(KeyringSeal::of(bytes, &*kek)?);
        *known = Some(seal.clone());
        Ok(Some(seal))
    }

    fn unreadable(&self, error: &KeyringError) -> AppError {
        let text = format!("{}: {error}", self.path.join(FILE).display());
        let hint = match error {
            KeyringError::Kek { .. } => {
                ". Without it nothing that is stored can be opened: put it back, or recover the keyring from its escrow copy \
                 with `bonafide keys recover`"
            }
            _ => "",
        };
        AppError::Refused(text + hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_model::{SeededEntropy, Timestamp};

    #[test]
    fn a_wrapped_keyring_is_changed_and_read_and_losing_its_key_is_explained() {
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("secret");
        fs::write(&secret, "6f1d0c9a4c7f4c0e9a3b2d1e0f9c8b7a\n").unwrap();
        let source = format!("file:{}", secret.display());
        let place = dir.path().join("keys");
        let keys = KeyringDir::open(&place).unwrap();
        let (now, entropy) = (Timestamp::from_millis(0).unwrap(), SeededEntropy::new(1));
        keys.update(Some((now, &entropy)), |_| Ok(())).unwrap();
        assert_eq!(keys.kek_source().unwrap(), None);
        keys.rewrap(Some(&source)).unwrap();
        assert_eq!(keys.kek_source().unwrap(), Some(source));
        let again = KeyringDir::open(&place).unwrap();
        let add = |k: &mut Keyring| {
            k.add_tenant("t", "example.org/t", &entropy)
                .map(drop)
                .map_err(AppError::internal)
        };
        again.update(None, add).unwrap();
        assert!(keys.there().unwrap().tenant("t").is_some());
        let text = fs::read_to_string(place.join(FILE)).unwrap();
        assert!(!text.contains("example.org/t"), "still wrapped");

        fs::rename(&secret, dir.path().join("away")).unwrap();
        let lost = KeyringDir::open(&place)
            .unwrap()
            .there()
            .unwrap_err()
            .to_string();
        assert!(
            lost.contains("nothing that is stored can be opened"),
            "{lost}"
        );
        fs::write(&secret, "another secret, of thirty-two characters").unwrap();
        let wrong = KeyringDir::open(&place)
            .unwrap()
            .there()
            .unwrap_err()
            .to_string();
        assert!(wrong.contains("not the one"), "{wrong}");
        assert!(
            keys.rewrap(Some("vault")).is_err()
                && keys.rewrap(Some("env:NOT_SET_ANYWHERE")).is_err()
        );
        assert!(
            keys.there().is_ok(),
            "a rewrapping that failed changes nothing"
        );
        keys.rewrap(None).unwrap();
        assert!(KeyringDir::open(&place).unwrap().there().is_ok());
    }
}
