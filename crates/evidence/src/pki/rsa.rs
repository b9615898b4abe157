//! RSA verification with hashes and salts that the cryptographic library does not offer (RFC 8017, sections 8.1.2 and
//! 8.2.2). Works on public data only, so that its time does not matter.

use num_bigint::BigUint;

use super::hash::Hash;

/// The largest public exponent: larger ones only cost time.
const EXPONENT_MOST_OCTETS: usize = 8;

/// The encoded message of a signature, of as many octets as the modulus has.
fn open(modulus: &[u8], exponent: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let n = BigUint::from_bytes_be(modulus);
    let s = BigUint::from_bytes_be(signature);
    let odd = exponent.last().is_some_and(|last| last & 1 == 1) && exponent != [1];
    if signature.len() != modulus.len() || s >= n || exponent.len() > EXPONENT_MOST_OCTETS || !odd {
        return None;
    }
    let message = s
        .modpow(&BigUint::from_bytes_be(exponent), &n)
        .to_bytes_be();
    let mut out = vec![0; modulus.len().checked_sub(message.len())?];
    out.extend(message);
    Some(out)
}

/// Whether an RSASSA-PKCS1-v1_5 signature holds.
pub(super) fn pkcs1(
    modulus: &[u8],
    exponent: &[u8],
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let digest = hash.digest(message);
    let length = u8::try_from(hash.len()).unwrap_or(0);
    let mut info = vec![
        0x30,
        17 + length,
        0x30,
        13,
        6,
        9,
        0x60,
        0x86,
        0x48,
        1,
        0x65,
        3,
        4,
        2,
        hash.arc(),
    ];
    info.extend([5, 0, 4, length]);
    info.extend(digest.as_ref());
    let Some(fill) = modulus.len().checked_sub(info.len() + 3) else {
        return false;
    };
    let mut expected = vec![0, 1];
    expected.resize(2 + fill, 0xff);
    expected.push(0);
    expected.extend(info);
    open(modulus, exponent, signature).is_some_and(|found| found == expected)
}

/// Whether an RSASSA-PSS signature holds, with MGF1 of the same hash.
pub(super) fn pss(
    modulus: &[u8],
    exponent: &[u8],
    hash: Hash,
    salt: usize,
    message: &[u8],
    signature: &[u8],
) -> bool {
    open(modulus, exponent, signature)
        .and_then(|encoded| pss_holds(modulus, &encoded, hash, salt, message))
        .unwrap_or(false)
}

fn pss_holds(
    modulus: &[u8],
    encoded: &[u8],
    hash: Hash,
    salt: usize,
    message: &[u8],
) -> Option<bool> {
    // The encoded message has one bit less than the modulus.
    let unused = modulus.first()?.leading_zeros() + 1;
    let (encoded, unused) = match (unused, encoded.split_first()?) {
        (8, (0, rest)) => (rest, 0),
        (8, _) => return Some(false),
        (unused, _) => (encoded, unused),
    };
    let (body, trailer) = encoded.split_at_checked(encoded.len().checked_sub(1)?)?;
    let (masked, digest) = body.split_at_checked(body.len().checked_sub(hash.len())?)?;
    let mask = mgf1(hash, digest, masked.len());
    let mut data: Vec<u8> = masked.iter().zip(mask).map(|(a, b)| a ^ b).collect();
    let clear = 0xff_u8.checked_shr(unused).unwrap_or(0);
    if masked.first()? & !clear != 0 {
        return Some(false);
    }
    if let Some(first) = data.first_mut() {
        *first &= clear;
    }
    let (fill, salt) = data.split_at_checked(data.len().checked_sub(salt)?)?;
    let (one, zeros) = fill.split_last()?;
    let mut block = vec![0; 8];
    block.extend(hash.digest(message).as_ref());
    block.extend(salt);
    let good = trailer == [0xbc] && *one == 1 && zeros.iter().all(|byte| *byte == 0);
    Some(good && hash.digest(&block).as_ref() == digest)
}

fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + hash.len());
    let mut counter = 0_u32;
    while out.len() < length {
        let block = [seed, &counter.to_be_bytes()].concat();
        out.extend(hash.digest(&block).as_ref());
        counter += 1;
    }
    out.truncate(length);
    out
}
