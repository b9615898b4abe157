//! Envelopes: one value sealed under one of its subject's keys, bound to the place where it is stored.
//!
//! A sealed value copied to another tenant, record, field or version does not open. The epoch is not part of the
//! binding: re-wrapping a subject's keys leaves every envelope as it is.

use std::fmt;

use bonafide_model::Entropy;

use crate::cipher::{self, Domain, KEY_BYTES};
use crate::framing::length_prefixed;
use crate::{SealError, Secret};

/// The largest value sealed in one piece: a page scanned at good quality is below 10 MiB, and the whole value has to be
/// in memory twice while it is opened.
pub const PLAINTEXT_MAX_BYTES: usize = 16 * 1024 * 1024;

/// What an envelope adds to the value's length: version, nonce, key commitment and tag.
pub const OVERHEAD_BYTES: usize = cipher::OVERHEAD_BYTES;

/// A key that seals content: one for each subject, purpose and retention class.
pub struct ContentKey(Secret<[u8; KEY_BYTES]>);

impl ContentKey {
    /// A new random key.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(Secret::random(entropy))
    }

    pub(crate) fn from_secret(secret: Secret<[u8; KEY_BYTES]>) -> Self {
        Self(secret)
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentKey({})", self.0)
    }
}

/// The place an envelope belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The id of the row or record that holds the envelope.
    pub record: &'a str,
    /// The field's name.
    pub field: &'a str,
    /// The version of the field's content, counted by the caller.
    pub version: u64,
}

impl Aad<'_> {
    fn framed(&self) -> Vec<u8> {
        length_prefixed(&[
            self.tenant.as_bytes(),
            self.record.as_bytes(),
            self.field.as_bytes(),
            &self.version.to_be_bytes(),
        ])
    }
}

/// Seals a value of at most [`PLAINTEXT_MAX_BYTES`].
pub fn seal(
    key: &ContentKey,
    aad: &Aad<'_>,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    if plaintext.len() > PLAINTEXT_MAX_BYTES {
        return Err(SealError::TooLarge {
            length: plaintext.len(),
            max: PLAINTEXT_MAX_BYTES,
        });
    }
    cipher::seal(
        Domain::Content,
        key.expose(),
        &aad.framed(),
        plaintext,
        entropy,
    )
}

/// Opens an envelope: [`SealError::WrongKey`] if it was sealed under another key, [`SealError::Altered`] if it or its
/// place is not what was sealed.
pub fn open(
    key: &ContentKey,
    aad: &Aad<'_>,
    envelope: &[u8],
) -> Result<Secret<Vec<u8>>, SealError> {
    if envelope.len() > PLAINTEXT_MAX_BYTES + OVERHEAD_BYTES {
        return Err(SealError::TooLarge {
            length: envelope.len().saturating_sub(OVERHEAD_BYTES),
            max: PLAINTEXT_MAX_BYTES,
        });
    }
    cipher::open(Domain::Content, key.expose(), &aad.framed(), envelope)
}
