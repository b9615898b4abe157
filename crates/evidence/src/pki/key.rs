//! Public keys of certificates.

use super::curve::Curve;
use super::oid;
use super::tlv::{BIT_STRING, Broken, OID, Reader, SEQUENCE, bits, single};
use crate::verdict::{Code, Reason};

/// The smallest RSA modulus (ICAO Doc 9303 part 12, section 4.1.6.1, asks for 2,048 bits and more).
const RSA_LEAST_BITS: usize = 2048;

/// The largest: some issuing authorities use 6,144 bits, none more than 8,192.
const RSA_MOST_BITS: usize = 8192;

/// A public key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    /// Modulus and exponent, and the DER of both.
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
    /// A point, uncompressed, of a known curve.
    Ec {
        curve: &'static Curve,
        point: &'a [u8],
    },
    /// Ed25519 (RFC 8410).
    Ed25519(&'a [u8]),
}

impl<'a> Key<'a> {
    /// From a `SubjectPublicKeyInfo`.
    pub(crate) fn read(spki: &'a [u8]) -> Result<Self, Reason> {
        let what = "a public key";
        let mut info = single(spki, SEQUENCE, what)?.inside();
        let mut algorithm = info.enter(SEQUENCE, what)?;
        let octets = bits(info.expect(BIT_STRING, what)?, what)?;
        info.end(what)?;
        match algorithm.expect(OID, what)?.value {
            oid::RSA | oid::RSA_PSS => rsa(octets),
            oid::EC => {
                let curve = Curve::read(algorithm)?;
                if octets.first() != Some(&4) || octets.len() != 1 + 2 * curve.octets() {
                    let text = "a public key is not an uncompressed point of its curve";
                    return Err(Reason::new(Code::Key, text));
                }
                Ok(Self::Ec {
                    curve,
                    point: octets,
                })
            }
            oid::ED25519 if octets.len() == 32 => Ok(Self::Ed25519(octets)),
            _ => Err(Reason::new(
                Code::Key,
                "a public key is neither RSA nor of an elliptic curve",
            )),
        }
    }
}

fn rsa(octets: &[u8]) -> Result<Key<'_>, Reason> {
    let what = "an RSA public key";
    let mut key = single(octets, SEQUENCE, what)?.inside();
    let (modulus, exponent) = rsa_numbers(&mut key)?;
    key.end(what)?;
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |b| b.leading_zeros() as usize);
    if !(RSA_LEAST_BITS..=RSA_MOST_BITS).contains(&bits) {
        let text =
            format!("an RSA key of {bits} bits; {RSA_LEAST_BITS} to {RSA_MOST_BITS} are accepted");
        return Err(Reason::new(Code::Key, text));
    }
    Ok(Key::Rsa { modulus, exponent })
}

fn rsa_numbers<'a>(key: &mut Reader<'a>) -> Result<(&'a [u8], &'a [u8]), Broken> {
    let what = "an RSA public key";
    Ok((key.unsigned(what)?, key.unsigned(what)?))
}
