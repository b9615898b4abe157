//! Signatures: which scheme an algorithm identifier names, and whether a signature holds.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self as aws, UnparsedPublicKey, VerificationAlgorithm};

use super::curve::{self, Known};
use super::hash::{Hash, no_parameters};
use super::key::Key;
use super::tlv::{OID, Reader, SEQUENCE, context};
use super::{oid, rsa};
use crate::verdict::{Code, Reason};

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash, and octets of salt.
    RsaPss(Hash, usize),
    /// ECDSA, the two numbers in a sequence.
    Ecdsa(Hash),
    /// ECDSA, the two numbers one after the other (BSI TR-03111).
    EcdsaPlain(Hash),
    /// Ed25519.
    Ed25519,
}

fn refused(text: &str) -> Reason {
    Reason::new(Code::Algorithm, text)
}

impl Scheme {
    /// From an algorithm identifier; `digest` is the hash that a CMS signer names apart.
    pub(crate) fn read(mut algorithm: Reader<'_>, digest: Option<Hash>) -> Result<Self, Reason> {
        let oid = algorithm.expect(OID, "a signature algorithm")?.value;
        if oid == oid::RSA_PSS {
            return pss(algorithm);
        }
        if oid == oid::ED25519 {
            no_parameters(algorithm)?;
            return Ok(Self::Ed25519);
        }
        // Some signers repeat the curve here.
        if oid.starts_with(oid::ECDSA_WITH_SHA2) || oid.starts_with(oid::ECDSA_PLAIN) {
            return ecdsa(oid);
        }
        no_parameters(algorithm)?;
        if oid == oid::RSA {
            let text = "an RSA signature names no hash function";
            return digest.map(Self::RsaPkcs1).ok_or_else(|| refused(text));
        }
        match oid.strip_prefix(oid::RSA_WITH) {
            Some([11]) => Ok(Self::RsaPkcs1(Hash::Sha256)),
            Some([12]) => Ok(Self::RsaPkcs1(Hash::Sha384)),
            Some([13]) => Ok(Self::RsaPkcs1(Hash::Sha512)),
            Some([14]) => Ok(Self::RsaPkcs1(Hash::Sha224)),
            Some([2 | 4 | 5]) => Err(refused("a signature with MD5 or SHA-1")),
            _ if oid == oid::ECDSA_WITH_SHA1 => Err(refused("a signature with SHA-1")),
            _ => Err(refused("a signature algorithm that is not accepted")),
        }
    }

    /// The hash, where the scheme names one.
    pub(crate) fn hash(self) -> Option<Hash> {
        match self {
            Self::RsaPkcs1(hash)
            | Self::RsaPss(hash, _)
            | Self::Ecdsa(hash)
            | Self::EcdsaPlain(hash) => Some(hash),
            Self::Ed25519 => None,
        }
    }

    /// Refuses a signature that is not one of this message by this key.
    pub(crate) fn verify(
        self,
        key: &Key<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Reason> {
        let holds = match (self, key) {
            (Self::RsaPkcs1(hash), Key::Rsa { modulus, exponent }) => match pkcs1(hash) {
                Some(known) => {
                    let key = PublicKeyComponents {
                        n: modulus,
                        e: exponent,
                    };
                    key.verify(known, message, signature).is_ok()
                }
                None => rsa::pkcs1(modulus, exponent, hash, message, signature),
            },
            (Self::RsaPss(hash, salt), Key::Rsa { modulus, exponent }) => match psss(hash, salt) {
                Some(known) => {
                    let key = PublicKeyComponents {
                        n: modulus,
                        e: exponent,
                    };
                    key.verify(known, message, signature).is_ok()
                }
                None => rsa::pss(modulus, exponent, hash, salt, message, signature),
            },
            (Self::Ecdsa(hash), Key::Ec { curve, point }) => {
                match curve.known.and_then(|known| ecdsas(known, hash)) {
                    Some(known) => UnparsedPublicKey::new(known, point)
                        .verify(message, signature)
                        .is_ok(),
                    None => curve::numbers(signature).is_some_and(|(r, s)| {
                        curve.verify(point, hash.digest(message).as_ref(), r, s)
                    }),
                }
            }
            (Self::EcdsaPlain(hash), Key::Ec { curve, point }) => {
                let halves = signature.split_at_checked(signature.len() / 2);
                halves.is_some_and(|(r, s)| {
                    r.len() == s.len() && curve.verify(point, hash.digest(message).as_ref(), r, s)
                })
            }
            (Self::Ed25519, Key::Ed25519(point)) => UnparsedPublicKey::new(&aws::ED25519, point)
                .verify(message, signature)
                .is_ok(),
            _ => return Err(refused("a signature of another algorithm than its key")),
        };
        if holds {
            Ok(())
        } else {
            Err(Reason::new(Code::BadSignature, "a signature does not hold"))
        }
    }
}

fn ecdsa(oid: &[u8]) -> Result<Scheme, Reason> {
    let hash = |arc: u8| match arc {
        1 => Some(Hash::Sha224),
        2 => Some(Hash::Sha256),
        3 => Some(Hash::Sha384),
        4 => Some(Hash::Sha512),
        _ => None,
    };
    let found = match (
        oid.strip_prefix(oid::ECDSA_WITH_SHA2),
        oid.strip_prefix(oid::ECDSA_PLAIN),
    ) {
        (Some([arc]), _) => hash(*arc).map(Scheme::Ecdsa),
        // The plain ones count SHA-1 as their first.
        (_, Some([arc])) => arc.checked_sub(1).and_then(hash).map(Scheme::EcdsaPlain),
        _ => None,
    };
    found.ok_or_else(|| refused("an ECDSA signature with a hash function that is not accepted"))
}

/// The parameters of RFC 4055, section 3.1; their defaults are SHA-1, and so refused.
fn pss(mut algorithm: Reader<'_>) -> Result<Scheme, Reason> {
    let what = "the parameters of RSASSA-PSS";
    let mut parameters = algorithm.enter(SEQUENCE, what)?;
    algorithm.end(what)?;
    let weak = || refused("an RSASSA-PSS signature with SHA-1");
    let mut hash = parameters
        .optional(context(0), what)?
        .ok_or_else(weak)?
        .inside();
    let hash = Hash::read(hash.enter(SEQUENCE, what)?)?;
    let mut mask = parameters
        .optional(context(1), what)?
        .ok_or_else(weak)?
        .inside();
    let mut mask = mask.enter(SEQUENCE, what)?;
    if mask.expect(OID, what)?.value != oid::MGF1
        || Hash::read(mask.enter(SEQUENCE, what)?)? != hash
    {
        return Err(refused(
            "an RSASSA-PSS signature whose mask is not MGF1 of the same hash",
        ));
    }
    let salt = match parameters.optional(context(2), what)? {
        Some(salt) => salt.inside().small(what)? as usize,
        None => 20,
    };
    if let Some(trailer) = parameters.optional(context(3), what)?
        && trailer.inside().small(what)? != 1
    {
        return Err(refused("an RSASSA-PSS signature with another trailer"));
    }
    parameters.end(what)?;
    Ok(Scheme::RsaPss(hash, salt))
}

fn pkcs1(hash: Hash) -> Option<&'static aws::RsaParameters> {
    match hash {
        Hash::Sha224 => None,
        Hash::Sha256 => Some(&aws::RSA_PKCS1_2048_8192_SHA256),
        Hash::Sha384 => Some(&aws::RSA_PKCS1_2048_8192_SHA384),
        Hash::Sha512 => Some(&aws::RSA_PKCS1_2048_8192_SHA512),
    }
}

fn psss(hash: Hash, salt: usize) -> Option<&'static aws::RsaParameters> {
    match hash {
        _ if salt != hash.len() => None,
        Hash::Sha224 => None,
        Hash::Sha256 => Some(&aws::RSA_PSS_2048_8192_SHA256),
        Hash::Sha384 => Some(&aws::RSA_PSS_2048_8192_SHA384),
        Hash::Sha512 => Some(&aws::RSA_PSS_2048_8192_SHA512),
    }
}

fn ecdsas(curve: Known, hash: Hash) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (curve, hash) {
        (Known::P256, Hash::Sha256) => &aws::ECDSA_P256_SHA256_ASN1,
        (Known::P256, Hash::Sha384) => &aws::ECDSA_P256_SHA384_ASN1,
        (Known::P256, Hash::Sha512) => &aws::ECDSA_P256_SHA512_ASN1,
        (Known::P384, Hash::Sha256) => &aws::ECDSA_P384_SHA256_ASN1,
        (Known::P384, Hash::Sha384) => &aws::ECDSA_P384_SHA384_ASN1,
        (Known::P384, Hash::Sha512) => &aws::ECDSA_P384_SHA512_ASN1,
        (Known::P521, Hash::Sha224) => &aws::ECDSA_P521_SHA224_ASN1,
        (Known::P521, Hash::Sha256) => &aws::ECDSA_P521_SHA256_ASN1,
        (Known::P521, Hash::Sha384) => &aws::ECDSA_P521_SHA384_ASN1,
        (Known::P521, Hash::Sha512) => &aws::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}
