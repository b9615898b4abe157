//! The key of one file of many blocks: a log or a segment of the access history.
//!
//! Each file has a random key of its own, wrapped under a key of the tenant and kept away from the file, so that a file
//! whose wrapped key is gone is unreadable wherever copies of it are. A block's nonce is its section and its number, which
//! a file uses once each: there is nothing to store and nothing that could repeat. The tag is the only checksum.
//!
//! Refuses: blocks that were altered, moved to another place or file, or cut.
//!
//! Source: NIST SP 800-38D section 8.2.1 (deterministic nonces).

use aws_lc_rs::aead::{self, LessSafeKey, Nonce, UnboundKey};
use bonafide_model::Entropy;

use crate::cipher::KEY_BYTES;
use crate::envelope::{self, Aad};
use crate::{ContentKey, SealError, Secret};

/// What sealing adds to a block.
pub const BLOCK_OVERHEAD_BYTES: usize = 16;

/// The key of one file.
pub struct FileKey {
    secret: Secret<[u8; KEY_BYTES]>,
    gcm: LessSafeKey,
}

impl FileKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the library refuses it.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, SealError> {
        Self::from_secret(Secret::random(entropy))
    }

    fn from_secret(secret: Secret<[u8; KEY_BYTES]>) -> Result<Self, SealError> {
        let gcm = UnboundKey::new(&aead::AES_256_GCM, secret.expose().as_slice())
            .map_err(|_| SealError::Library("take a file's key"))?;
        let gcm = LessSafeKey::new(gcm);
        Ok(Self { secret, gcm })
    }

    /// The key as it is kept, wrapped under a key of the tenant and bound to the file's place.
    ///
    /// # Errors
    /// If the library refuses.
    pub fn wrap(
        &self,
        under: &ContentKey,
        place: &Aad<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        envelope::seal(under, place, self.secret.expose(), entropy)
    }

    /// The key that [`FileKey::wrap`] gave.
    ///
    /// # Errors
    /// If it was wrapped under another key or for another file.
    pub fn unwrap(under: &ContentKey, place: &Aad<'_>, wrapped: &[u8]) -> Result<Self, SealError> {
        let plain = envelope::open(under, place, wrapped)?;
        let secret = Secret::from_slice(plain.expose());
        Self::from_secret(secret.ok_or(SealError::Damaged("a file's key has another length"))?)
    }

    /// Seals what `block` holds from `from` on, in place, and appends the tag. A section and number are used **once**.
    ///
    /// # Errors
    /// If the library refuses.
    pub fn seal(
        &self,
        section: u32,
        number: u64,
        block: &mut Vec<u8>,
        from: usize,
    ) -> Result<(), SealError> {
        let content = block.get_mut(from..).unwrap_or_default();
        let tag = self
            .gcm
            .seal_in_place_separate_tag(nonce(section, number), aead::Aad::empty(), content)
            .map_err(|_| SealError::Library("seal a block"))?;
        block.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens a block in place and gives its content.
    ///
    /// # Errors
    /// If it is not what was sealed in this file at this place.
    pub fn open<'a>(
        &self,
        section: u32,
        number: u64,
        block: &'a mut [u8],
    ) -> Result<&'a [u8], SealError> {
        let opened = self
            .gcm
            .open_in_place(nonce(section, number), aead::Aad::empty(), block);
        opened.map(|b| &*b).map_err(|_| SealError::Altered)
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileKey({})", self.secret)
    }
}

fn nonce(section: u32, number: u64) -> Nonce {
    let mut bytes = [0; 12];
    let parts = section
        .to_be_bytes()
        .into_iter()
        .chain(number.to_be_bytes());
    for (to, from) in bytes.iter_mut().zip(parts) {
        *to = from;
    }
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use bonafide_model::SeededEntropy;

    use super::*;

    const PLACE: Aad<'_> = Aad {
        tenant: "t",
        record: "file-1",
        field: "history",
        version: 1,
    };

    #[test]
    fn a_block_opens_at_its_place_alone() {
        let entropy = SeededEntropy::new(1);
        let under = ContentKey::random(&entropy);
        let key = FileKey::random(&entropy).unwrap();
        let mut block = b"head".to_vec();
        block.extend_from_slice(b"rows");
        key.seal(1, 7, &mut block, 4).unwrap();
        let sealed = block.get(4..).unwrap().to_vec();
        assert_eq!(sealed.len(), 4 + BLOCK_OVERHEAD_BYTES);
        let wrapped = key.wrap(&under, &PLACE, &entropy).unwrap();
        let again = FileKey::unwrap(&under, &PLACE, &wrapped).unwrap();
        assert_eq!(again.open(1, 7, &mut sealed.clone()).unwrap(), b"rows");
        assert_eq!(
            again.open(2, 7, &mut sealed.clone()),
            Err(SealError::Altered)
        );
        assert_eq!(
            again.open(1, 8, &mut sealed.clone()),
            Err(SealError::Altered)
        );
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            *flipped.get_mut(at).unwrap() ^= 1;
            assert_eq!(again.open(1, 7, &mut flipped), Err(SealError::Altered));
        }
        let other = Aad {
            record: "file-2",
            ..PLACE
        };
        assert!(FileKey::unwrap(&under, &other, &wrapped).is_err());
    }
}
