//! The hash functions, and which of them are good enough.

use aws_lc_rs::digest;

use super::tlv::{Broken, OID, Reader};
use crate::verdict::{Code, Reason};

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// The arc of SHA-2, before its last number.
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];

impl Hash {
    /// From an object identifier.
    pub(crate) fn from_oid(oid: &[u8]) -> Result<Self, Reason> {
        match oid.strip_prefix(SHA2) {
            Some([1]) => Ok(Self::Sha256),
            Some([2]) => Ok(Self::Sha384),
            Some([3]) => Ok(Self::Sha512),
            Some([4]) => Ok(Self::Sha224),
            _ => {
                let text = "the hash function is not SHA-224, SHA-256, SHA-384 or SHA-512";
                Err(Reason::new(Code::Algorithm, text))
            }
        }
    }

    /// From an algorithm identifier.
    pub(crate) fn read(mut algorithm: Reader<'_>) -> Result<Self, Reason> {
        let oid = algorithm.expect(OID, "a hash algorithm")?;
        no_parameters(algorithm)?;
        Self::from_oid(oid.value)
    }

    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// The digest.
    pub(crate) fn digest(self, bytes: &[u8]) -> digest::Digest {
        digest::digest(self.algorithm(), bytes)
    }

    /// Octets of a digest.
    pub(crate) fn len(self) -> usize {
        self.algorithm().output_len()
    }

    /// The last octet of its object identifier.
    pub(crate) fn arc(self) -> u8 {
        match self {
            Self::Sha256 => 1,
            Self::Sha384 => 2,
            Self::Sha512 => 3,
            Self::Sha224 => 4,
        }
    }

    /// For people and claims.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// Parameters that must be absent or NULL.
pub(crate) fn no_parameters(mut rest: Reader<'_>) -> Result<(), Broken> {
    let what = "the parameters of an algorithm";
    if let Some(null) = rest.optional(0x05, what)?
        && !null.value.is_empty()
    {
        return Err(Broken(what));
    }
    rest.end(what)
}
