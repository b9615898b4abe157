//! A subject's keys: one row in the key ring, wrapped under the current epoch key.
//!
//! Each purpose and retention class has its own key, so that what is kept for money-laundering law, for marketing or for
//! support dies separately. National identification numbers and biometrics have purposes, hence keys, of their own
//!
//!
//! A wrapped row is bound to its tenant, its subject and its epoch. Once the epoch's key is destroyed, no copy of the row
//! opens any more, wherever it was restored from.
//!
//! Refuses: another tenant's, subject's or keyring's row, an altered row, and a row of an epoch that is gone.

mod codec;
mod purpose;

use std::collections::BTreeMap;
use std::fmt;

use bonafide_model::Entropy;

use crate::cipher::{self, Domain};
use crate::framing::length_prefixed;
use crate::{ContentKey, EpochId, Keyring, SealError};

pub use purpose::{Purpose, RetentionClass, RetentionClassError};

/// The most keys one subject can have: eight purposes with a dozen retention classes each, with room. Bounds the row at
/// about 13 KiB.
pub(crate) const KEYS_MAX: usize = 128;

/// A subject's keys, unwrapped, in memory only.
#[derive(Default)]
pub struct SubjectKeys(BTreeMap<(Purpose, RetentionClass), ContentKey>);

impl SubjectKeys {
    /// New random keys, one for each pair named; a pair named twice gets one key.
    pub fn generate(
        list: impl IntoIterator<Item = (Purpose, RetentionClass)>,
        entropy: &dyn Entropy,
    ) -> Result<Self, SealError> {
        let mut keys = Self::default();
        for (purpose, class) in list {
            keys.ensure(purpose, class, entropy)?;
        }
        Ok(keys)
    }

    /// The key for a purpose and class, if the subject has one.
    #[must_use]
    pub fn get(&self, purpose: Purpose, class: &RetentionClass) -> Option<&ContentKey> {
        self.0.get(&(purpose, class.clone()))
    }

    /// Makes the key for a purpose and class unless there is one; true if it was made, and the row has to be wrapped
    /// and stored before anything is sealed under it.
    pub fn ensure(
        &mut self,
        purpose: Purpose,
        class: RetentionClass,
        entropy: &dyn Entropy,
    ) -> Result<bool, SealError> {
        let slot = (purpose, class);
        if self.0.contains_key(&slot) {
            return Ok(false);
        }
        if self.0.len() >= KEYS_MAX {
            return Err(SealError::TooManyKeys { max: KEYS_MAX });
        }
        self.0.insert(slot, ContentKey::random(entropy));
        Ok(true)
    }

    /// Destroys the key of a purpose and class; true if there was one. Older wrapped rows still hold it until their
    /// epoch is destroyed.
    pub fn destroy(&mut self, purpose: Purpose, class: &RetentionClass) -> bool {
        self.0.remove(&(purpose, class.clone())).is_some()
    }

    /// The purposes and classes the subject has keys for, in order.
    pub fn slots(&self) -> impl Iterator<Item = (Purpose, &RetentionClass)> {
        self.0.keys().map(|(purpose, class)| (*purpose, class))
    }

    /// Wraps the keys under the keyring's current epoch, for storing.
    pub fn wrap(
        &self,
        keyring: &Keyring,
        tenant: &str,
        subject: &str,
        entropy: &dyn Entropy,
    ) -> Result<WrappedKeys, SealError> {
        let epoch = keyring.current_epoch();
        let context = context(tenant, subject, epoch);
        let bytes = cipher::seal(
            Domain::Wrap,
            keyring.epoch_key(epoch)?.expose(),
            &context,
            &codec::encode(&self.0),
            entropy,
        )?;
        Ok(WrappedKeys { epoch, bytes })
    }

    /// Unwraps a stored row; [`SealError::EpochDestroyed`] if its epoch is gone.
    pub fn unwrap(
        row: &WrappedKeys,
        keyring: &Keyring,
        tenant: &str,
        subject: &str,
    ) -> Result<Self, SealError> {
        let key = keyring.epoch_key(row.epoch)?;
        let context = context(tenant, subject, row.epoch);
        let plain = cipher::open(Domain::Wrap, key.expose(), &context, &row.bytes)?;
        codec::decode(plain.expose()).map(Self)
    }
}

impl fmt::Debug for SubjectKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A subject's keys as stored: the epoch in one column, the sealed bytes in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKeys {
    /// The epoch whose key wraps the bytes.
    pub epoch: EpochId,
    /// The wrapped keys.
    pub bytes: Vec<u8>,
}

impl WrappedKeys {
    /// The same keys wrapped under the keyring's current epoch.
    pub fn rewrap(
        &self,
        keyring: &Keyring,
        tenant: &str,
        subject: &str,
        entropy: &dyn Entropy,
    ) -> Result<Self, SealError> {
        SubjectKeys::unwrap(self, keyring, tenant, subject)?.wrap(keyring, tenant, subject, entropy)
    }
}

/// What a wrapped row is bound to. The layout version is bound by the cipher.
fn context(tenant: &str, subject: &str, epoch: EpochId) -> Vec<u8> {
    length_prefixed(&[
        tenant.as_bytes(),
        subject.as_bytes(),
        &epoch.get().to_be_bytes(),
    ])
}
