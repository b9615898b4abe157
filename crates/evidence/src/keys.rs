//! Public keys and the signatures that they verify, for tokens, mobile documents and certificates alike.
//!
//! An algorithm fits one type of key and one curve; nothing is guessed from the signature. Source: RFC 7518, RFC 8037,
//! RFC 9053, ISO/IEC 18013-5 annex B.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self as sig, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

use crate::pki::curve::Curve as OtherCurve;
use crate::verdict::{Code, Reason};

/// Bytes of the modulus of an RSA key that is accepted, 2,048 bits and up to 8,192.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// An algorithm of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Es384,
    Es512,
    EdDsa,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
}

const JOSE: [(&str, Algorithm); 11] = [
    ("ES256", Algorithm::Es256),
    ("ES384", Algorithm::Es384),
    ("ES512", Algorithm::Es512),
    ("EdDSA", Algorithm::EdDsa),
    ("Ed25519", Algorithm::EdDsa),
    ("RS256", Algorithm::Rs256),
    ("RS384", Algorithm::Rs384),
    ("RS512", Algorithm::Rs512),
    ("PS256", Algorithm::Ps256),
    ("PS384", Algorithm::Ps384),
    ("PS512", Algorithm::Ps512),
];

impl Algorithm {
    /// By its name in a header. `none` and HMAC are refused here, whatever the key.
    pub(crate) fn from_jose(name: Option<&Value>, what: &str) -> Result<Self, Reason> {
        let name = name.and_then(Value::as_str);
        let found = JOSE.iter().find(|(known, _)| Some(*known) == name);
        found.map(|(_, algorithm)| *algorithm).ok_or_else(|| {
            let text = format!(
                "{what} has `alg` {}: only signatures with a public key are accepted",
                crate::quoted(name)
            );
            Reason::new(Code::Algorithm, text)
        })
    }

    pub(crate) fn is_jose(self, name: &str) -> bool {
        JOSE.iter()
            .any(|(known, alg)| *known == name && *alg == self)
    }

    /// By its number in COSE, of those that ISO/IEC 18013-5 allows.
    pub(crate) fn from_cose(number: i64) -> Option<Self> {
        Some(match number {
            -7 | -9 => Self::Es256,
            -35 | -51 => Self::Es384,
            -36 | -52 => Self::Es512,
            -8 | -19 => Self::EdDsa,
            _ => return None,
        })
    }
}

/// A curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) fn from_jose(name: &str) -> Option<Self> {
        Some(match name {
            "P-256" => Self::P256,
            "P-384" => Self::P384,
            "P-521" => Self::P521,
            _ => return None,
        })
    }

    /// Bytes of a coordinate.
    fn bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A public key.
#[derive(Debug, Clone)]
pub(crate) enum PublicKey {
    /// A point, uncompressed.
    Ec(Curve, Vec<u8>),
    /// A point, uncompressed, on a curve that the cryptographic library does not know (Brainpool).
    OtherEc(&'static OtherCurve, Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

fn wrong(text: &str) -> Reason {
    Reason::new(Code::Key, text)
}

impl PublicKey {
    /// From the two coordinates, each of the length of the curve's field.
    pub(crate) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, Reason> {
        if x.len() != curve.bytes() || y.len() != curve.bytes() {
            return Err(wrong("a coordinate does not have the length of its curve"));
        }
        let mut point = vec![4];
        point.extend(x);
        point.extend(y);
        Ok(Self::Ec(curve, point))
    }

    /// From the two coordinates on a Brainpool curve.
    pub(crate) fn brainpool(name: &str, x: &[u8], y: &[u8]) -> Result<Self, Reason> {
        let curve = OtherCurve::named(name).ok_or_else(|| wrong("the curve is not known"))?;
        if x.len() != curve.octets() || y.len() != curve.octets() {
            return Err(wrong("a coordinate does not have the length of its curve"));
        }
        Ok(Self::OtherEc(curve, [&[4], x, y].concat()))
    }

    /// From an uncompressed point.
    pub(crate) fn ec_point(curve: Curve, point: &[u8]) -> Result<Self, Reason> {
        match point.split_first() {
            Some((4, rest)) if rest.len() == 2 * curve.bytes() => {
                Ok(Self::Ec(curve, point.to_vec()))
            }
            _ => Err(wrong("the key is not an uncompressed point of its curve")),
        }
    }

    pub(crate) fn ed25519(x: &[u8]) -> Result<Self, Reason> {
        match x.len() {
            32 => Ok(Self::Ed25519(x.to_vec())),
            _ => Err(wrong("an Ed25519 key has 32 bytes")),
        }
    }

    pub(crate) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, Reason> {
        let skip = n.iter().take_while(|byte| **byte == 0).count();
        let n: Vec<u8> = n.into_iter().skip(skip).collect();
        if !RSA_BYTES.contains(&n.len()) {
            return Err(wrong("an RSA key has 2,048 to 8,192 bits here"));
        }
        Ok(Self::Rsa { n, e })
    }

    /// The coordinates of a point on P-256, if it is one.
    pub(crate) fn p256_point(&self) -> Option<&[u8]> {
        match self {
            Self::Ec(Curve::P256, point) => Some(point),
            _ => None,
        }
    }

    /// Checks a signature as tokens and COSE write it (two numbers of fixed length for ECDSA).
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
        what: &str,
    ) -> Result<(), Reason> {
        use Algorithm as A;
        let held = match (self, algorithm) {
            (Self::Ec(Curve::P256, point), A::Es256) => {
                holds(&sig::ECDSA_P256_SHA256_FIXED, point, message, signature)
            }
            (Self::Ec(Curve::P384, point), A::Es384) => {
                holds(&sig::ECDSA_P384_SHA384_FIXED, point, message, signature)
            }
            (Self::Ec(Curve::P521, point), A::Es512) => {
                holds(&sig::ECDSA_P521_SHA512_FIXED, point, message, signature)
            }
            (Self::OtherEc(curve, point), A::Es256 | A::Es384 | A::Es512)
                if brainpool(algorithm).contains(&curve.name) =>
            {
                let (r, s) = signature.split_at(signature.len() / 2);
                let digest = match algorithm {
                    A::Es256 => Digest::Sha256,
                    A::Es384 => Digest::Sha384,
                    _ => Digest::Sha512,
                };
                signature.len() == 2 * curve.octets()
                    && curve.verify(point, &digest.of(message), r, s)
            }
            (Self::Ed25519(key), A::EdDsa) => holds(&sig::ED25519, key, message, signature),
            (
                Self::Rsa { n, e },
                A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512,
            ) => {
                let parameters = match algorithm {
                    A::Rs256 => &sig::RSA_PKCS1_2048_8192_SHA256,
                    A::Rs384 => &sig::RSA_PKCS1_2048_8192_SHA384,
                    A::Rs512 => &sig::RSA_PKCS1_2048_8192_SHA512,
                    A::Ps256 => &sig::RSA_PSS_2048_8192_SHA256,
                    A::Ps384 => &sig::RSA_PSS_2048_8192_SHA384,
                    _ => &sig::RSA_PSS_2048_8192_SHA512,
                };
                PublicKeyComponents { n, e }
                    .verify(parameters, message, signature)
                    .is_ok()
            }
            _ => {
                let text = format!("{what} is signed with an algorithm that does not fit the key");
                return Err(Reason::new(Code::Algorithm, text));
            }
        };
        if held {
            return Ok(());
        }
        let text = format!("the signature of {what} does not hold: a byte or the key differs");
        Err(Reason::new(Code::BadSignature, text))
    }
}

/// The Brainpool curves that go with an algorithm (ISO/IEC 18013-5, section 9.1.2.4).
fn brainpool(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Es256 => &["brainpoolP256r1"],
        Algorithm::Es384 => &["brainpoolP320r1", "brainpoolP384r1"],
        Algorithm::Es512 => &["brainpoolP512r1"],
        _ => &[],
    }
}

/// Whether a signature holds.
fn holds(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .is_ok()
}

/// A digest algorithm of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    /// By its name, in the spelling of SD-JWT (`sha-256`) or of ISO/IEC 18013-5 (`SHA-256`).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "sha-256" | "SHA-256" => Self::Sha256,
            "sha-384" | "SHA-384" => Self::Sha384,
            "sha-512" | "SHA-512" => Self::Sha512,
            _ => return None,
        })
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        };
        digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Digest::Sha256.of(bytes)
}
