//! Addresses of Ethereum (EIP-55) and signatures of messages (EIP-191, version `E`).

use std::fmt;

use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId, Signature};
use bitcoin::secp256k1::{Message, Secp256k1};
use sha3::{Digest as _, Keccak256};

use super::bad_signature;
use crate::context::from_hex;
use crate::verdict::{Code, Reason};

/// An address: the last 20 octets of the hash of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EthereumAddress([u8; 20]);

impl EthereumAddress {
    /// Reads an address of one case, or of mixed case with the check that this carries (EIP-55).
    pub(super) fn read(text: &str) -> Option<Self> {
        let address = Self(from_hex(text.strip_prefix("0x")?)?.try_into().ok()?);
        let digits = text.get(2..)?;
        let one_case = !digits.contains(|c: char| c.is_ascii_uppercase())
            || !digits.contains(|c: char| c.is_ascii_lowercase());
        (one_case || address.to_string() == text).then_some(address)
    }

    /// Reads an address of mixed case.
    pub(super) fn read_checked(text: &str) -> Option<Self> {
        Self::read(text).filter(|address| address.to_string() == text)
    }
}

impl fmt::Display for EthereumAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = Keccak256::digest(digits.as_bytes());
        let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        f.write_str("0x")?;
        for (digit, nibble) in digits.chars().zip(nibbles) {
            let upper = nibble >= 8;
            write!(
                f,
                "{}",
                if upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                }
            )?;
        }
        Ok(())
    }
}

/// Refuses a signature of 65 octets, in hexadecimal, that is not one of this message by this address. Its last octet is 27
/// or 28, or 0 or 1 as hardware wallets send it. The second number must be the smaller of the two that fit, as every
/// wallet makes it (EIP-2): otherwise one signature would have two spellings.
pub(super) fn verify(
    message: &[u8],
    signature: &str,
    address: EthereumAddress,
) -> Result<(), Reason> {
    let malformed = || {
        Reason::new(
            Code::Malformed,
            "the signature is not 65 octets in hexadecimal",
        )
    };
    let octets: [u8; 65] = from_hex(signature)
        .and_then(|o| o.try_into().ok())
        .ok_or_else(malformed)?;
    let (numbers, last) = octets.split_at(64);
    let recovery = match last {
        [0 | 27] => RecoveryId::from_i32(0),
        [1 | 28] => RecoveryId::from_i32(1),
        _ => return Err(malformed()),
    };
    let recovery = recovery.map_err(|_| malformed())?;
    let mut low = Signature::from_compact(numbers).map_err(|_| bad_signature())?;
    low.normalize_s();
    if low.serialize_compact() != *numbers {
        let text =
            "the signature is the second spelling of another: its second number is too large";
        return Err(Reason::new(Code::BadSignature, text));
    }
    let mut hash = Keccak256::new();
    hash.update(format!("\x19Ethereum Signed Message:\n{}", message.len()));
    hash.update(message);
    let digest = Message::from_digest(hash.finalize().into());
    let signature =
        RecoverableSignature::from_compact(numbers, recovery).map_err(|_| bad_signature())?;
    let secp = Secp256k1::verification_only();
    let key = secp
        .recover_ecdsa(&digest, &signature)
        .map_err(|_| bad_signature())?;
    let hash = Keccak256::digest(key.serialize_uncompressed().get(1..).unwrap_or_default());
    if hash.get(12..) == Some(&address.0) {
        Ok(())
    } else {
        Err(bad_signature())
    }
}
