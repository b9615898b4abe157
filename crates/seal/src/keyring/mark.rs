//! Marks made with an epoch's key: of a back-up, and of an erasure.
//!
//! Both mean something for exactly as long as the epoch's key exists, which is as long as a back-up of that epoch can be
//! read: then nothing can be restored, nothing need be erased again, and a mark of an erasure can no longer be traced to
//! anybody.

use aws_lc_rs::{hkdf, hmac};

use super::{EpochId, Keyring};
use crate::SealError;
use crate::cipher::KEY_BYTES;
use crate::framing::length_prefixed;

/// Bytes of a mark: HMAC-SHA-256.
const MARK_BYTES: usize = 32;

impl Keyring {
    /// The mark of a back-up's manifest: whoever has no key of that epoch can neither make nor change one.
    pub fn backup_mark(
        &self,
        epoch: EpochId,
        manifest: &[u8],
    ) -> Result<[u8; MARK_BYTES], SealError> {
        self.mark(epoch, b"bonafide-backup", manifest)
    }

    /// Whether a manifest has its mark, compared in constant time.
    pub fn is_backup_mark(
        &self,
        epoch: EpochId,
        manifest: &[u8],
        mark: &[u8],
    ) -> Result<bool, SealError> {
        let made = self.backup_mark(epoch, manifest)?;
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&made, mark).is_ok())
    }

    /// The mark of an erased subject, from which nobody without the epoch's key learns who it was.
    pub fn erasure_mark(
        &self,
        epoch: EpochId,
        tenant: &str,
        subject: &str,
    ) -> Result<[u8; MARK_BYTES], SealError> {
        let text = length_prefixed(&[tenant.as_bytes(), subject.as_bytes()]);
        self.mark(epoch, b"bonafide-erased", &text)
    }

    fn mark(
        &self,
        epoch: EpochId,
        use_of: &[u8],
        text: &[u8],
    ) -> Result<[u8; MARK_BYTES], SealError> {
        let key = self.epoch_key(epoch)?;
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(key.expose());
        let mut derived = zeroize::Zeroizing::new([0; KEY_BYTES]);
        prk.expand(&[use_of], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *derived))
            .map_err(|_| SealError::Library("derive a key"))?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*derived), text);
        <[u8; MARK_BYTES]>::try_from(tag.as_ref()).map_err(|_| SealError::Library("make a mark"))
    }
}
