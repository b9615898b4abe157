//! Signed and authenticated CBOR: `COSE_Sign1`, `COSE_Mac0` and the keys in them, as far as mobile documents use them.
//!
//! Refuses: algorithms that are no signatures (or not HMAC 256/256), keys of unknown types, critical headers. Source:
//! RFC 9052, RFC 9053, RFC 9360; ISO/IEC 18013-5, section 9.

use aws_lc_rs::hmac;

use crate::cbor::{self, CborError, Item, Value, Writer};
use crate::keys::{Algorithm, Curve, PublicKey};
use crate::verdict::{Code, Reason};

/// The number of HMAC 256/256.
const HMAC_256: i64 = 5;
/// Where a chain of certificates stands.
const X5CHAIN: i64 = 33;
/// Certificates in a header that are read.
const CERTIFICATES_MAX: usize = 8;

impl From<CborError> for Reason {
    fn from(error: CborError) -> Self {
        let code = match error {
            CborError::Truncated => Code::Truncated,
            CborError::Indefinite => Code::Indefinite,
            CborError::DuplicateKey => Code::DuplicateKey,
            CborError::Depth | CborError::Items => Code::Nesting,
            CborError::Integer => Code::Integer,
            CborError::Trailing | CborError::Key | CborError::Utf8 | CborError::Reserved => {
                Code::Malformed
            }
        };
        Self::new(code, error.to_string())
    }
}

/// A structure of four parts: protected header, header, payload, and signature or tag.
pub(crate) struct Cose<'a> {
    protected: &'a [u8],
    algorithm: i64,
    header: &'a Item<'a>,
    /// What is signed, if it is sent along.
    pub(crate) payload: Option<&'a [u8]>,
    proof: &'a [u8],
}

fn malformed(what: &str) -> Reason {
    Reason::new(Code::Malformed, format!("{what} is not of its form"))
}

impl<'a> Cose<'a> {
    pub(crate) fn read(item: &'a Item<'a>, what: &str) -> Result<Self, Reason> {
        let form = || malformed(what);
        let [protected, header, payload, proof] = item.array().ok_or_else(form)? else {
            return Err(form());
        };
        let protected = protected.bytes().ok_or_else(form)?;
        let parsed = cbor::read(protected)?;
        let algorithm = parsed
            .at(1)
            .and_then(Item::integer)
            .ok_or_else(|| Reason::new(Code::Algorithm, format!("{what} names no algorithm")))?;
        if parsed.at(2).is_some() || header.map().is_none() {
            return Err(form());
        }
        let payload = match payload.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Null => None,
            _ => return Err(form()),
        };
        Ok(Self {
            protected,
            algorithm,
            header,
            payload,
            proof: proof.bytes().ok_or_else(form)?,
        })
    }

    /// The certificates in the header, the signer's first.
    pub(crate) fn chain(&self) -> Result<Vec<&'a [u8]>, Reason> {
        let form = || malformed("the chain of certificates (`x5chain`)");
        let item = self.header.at(X5CHAIN).ok_or_else(|| {
            Reason::new(
                Code::Certificate,
                "the issuer's certificate is missing (`x5chain`)",
            )
        })?;
        match &item.value {
            Value::Bytes(bytes) => Ok(vec![bytes]),
            Value::Array(items) if items.len() <= CERTIFICATES_MAX => {
                items.iter().map(|i| i.bytes().ok_or_else(form)).collect()
            }
            _ => Err(form()),
        }
    }

    fn structure(&self, context: &str, payload: &[u8]) -> Vec<u8> {
        Writer::default()
            .array(4)
            .text(context)
            .bytes(self.protected)
            .bytes(&[])
            .bytes(payload)
            .finish()
    }

    /// Checks a signature over a payload.
    pub(crate) fn verify(&self, key: &PublicKey, payload: &[u8], what: &str) -> Result<(), Reason> {
        let algorithm = Algorithm::from_cose(self.algorithm).ok_or_else(|| {
            let text = format!(
                "{what} is signed with algorithm {}, which is not accepted",
                self.algorithm
            );
            Reason::new(Code::Algorithm, text)
        })?;
        key.verify(
            algorithm,
            &self.structure("Signature1", payload),
            self.proof,
            what,
        )
    }

    /// Checks a tag over a payload.
    pub(crate) fn verify_mac(&self, key: &[u8], payload: &[u8], what: &str) -> Result<(), Reason> {
        if self.algorithm != HMAC_256 {
            let text = format!("{what} has algorithm {}, not HMAC 256/256", self.algorithm);
            return Err(Reason::new(Code::Algorithm, text));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::verify(&key, &self.structure("MAC0", payload), self.proof).map_err(|_| {
            Reason::new(
                Code::BadSignature,
                format!("the tag of {what} does not hold"),
            )
        })
    }
}

/// The public key that a `COSE_Key` states.
pub(crate) fn key(item: &Item<'_>) -> Result<PublicKey, Reason> {
    let wrong = |text: &str| Reason::new(Code::Key, text);
    let part = |label: i64| {
        let bytes = item.at(label).and_then(Item::bytes);
        bytes.ok_or_else(|| wrong("a key lacks a coordinate, or gives it as a sign alone"))
    };
    let number = |label: i64| item.at(label).and_then(Item::integer);
    match (number(1), number(-1)) {
        (Some(2), Some(curve @ 1..=3)) => {
            let curve = match curve {
                1 => Curve::P256,
                2 => Curve::P384,
                _ => Curve::P521,
            };
            PublicKey::ec(curve, part(-2)?, part(-3)?)
        }
        (Some(2), Some(curve @ 256..=259)) => {
            let name = match curve {
                256 => "brainpoolP256r1",
                257 => "brainpoolP320r1",
                258 => "brainpoolP384r1",
                _ => "brainpoolP512r1",
            };
            PublicKey::brainpool(name, part(-2)?, part(-3)?)
        }
        (Some(1), Some(6)) => PublicKey::ed25519(part(-2)?),
        _ => Err(wrong(
            "a key is of no supported type: P-256, P-384, P-521, Brainpool or Ed25519",
        )),
    }
}
