//! The copy itself: a file of JSON, of which everything but who holds shares is sealed.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::armour::Kind;
use super::recipient::{EscrowIdentity, EscrowRecipient};
use super::{EscrowError, shamir};
use crate::Secret;
use crate::cipher::{self, Domain, KEY_BYTES};
use crate::framing::length_prefixed;

/// The most recipients: every one must be asked at each drill.
pub const RECIPIENTS_MAX: usize = 32;
const VERSION: u32 = 1;
/// The largest copy: that of the largest keyring is far smaller.
const COPY_MAX_BYTES: usize = 256 << 20;
const SHARE: Kind = Kind {
    name: "a share",
    prefix: "bfs1",
};

/// What an escrow copy holds.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowContent {
    /// The keyring file, without any protection of its own.
    pub keyring: String,
    /// The list of erasures, as it stands beside the keyring.
    pub erased: String,
    /// The last signed head of each tenant.
    pub heads: BTreeMap<String, String>,
}

impl Drop for EscrowContent {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.keyring);
    }
}

/// An escrow copy of a keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowCopy {
    v: u32,
    made_at: Timestamp,
    generation: u64,
    threshold: u8,
    shares: Vec<SealedShare>,
    sealed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedShare {
    name: String,
    recipient: String,
    place: u8,
    digest: String,
    sealed: String,
}

/// A share that its recipient opened, to be handed to whoever recovers the keyring.
pub struct EscrowShare {
    place: u8,
    bytes: Zeroizing<Vec<u8>>,
}

impl EscrowShare {
    /// Reads `bfs1-…`.
    ///
    /// # Errors
    /// If a character is wrong.
    pub fn parse(text: &str) -> Result<Self, EscrowError> {
        let bytes = SHARE.read(text)?;
        match bytes.split_first() {
            Some((place, rest)) if rest.len() == KEY_BYTES => Ok(Self {
                place: *place,
                bytes: Zeroizing::new(rest.to_vec()),
            }),
            _ => Err(EscrowError::Check(SHARE.name)),
        }
    }

    /// Writes `bfs1-…`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([&[self.place], self.bytes.as_slice()].concat());
        SHARE.write(&bytes)
    }

    fn digest(&self) -> String {
        let framed = Zeroizing::new(length_prefixed(&[
            b"bonafide-escrow-share",
            &[self.place],
            &self.bytes,
        ]));
        STANDARD.encode(digest::digest(&digest::SHA256, &framed))
    }
}

impl EscrowCopy {
    /// Seals a copy to recipients, of whom any `threshold` open it together.
    ///
    /// # Errors
    /// If the numbers cannot be, or the library fails.
    pub fn seal(
        content: &EscrowContent,
        generation: u64,
        recipients: &[(String, EscrowRecipient)],
        threshold: usize,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, EscrowError> {
        let numbers = EscrowError::Numbers {
            threshold,
            recipients: recipients.len(),
        };
        let twice = recipients.iter().enumerate().any(|(place, (name, key))| {
            let before = recipients.iter().take(place);
            before.into_iter().any(|(n, k)| n == name || k == key)
        });
        let count = u8::try_from(recipients.len()).map_err(|_| numbers.clone())?;
        let needed = u8::try_from(threshold).map_err(|_| numbers.clone())?;
        if twice || recipients.len() > RECIPIENTS_MAX || needed < 2 || needed > count {
            return Err(numbers);
        }
        let secret = Secret::<[u8; KEY_BYTES]>::random(entropy);
        let shares = shamir::split(secret.expose(), needed, count, entropy);
        let mut copy = Self {
            v: VERSION,
            made_at: now,
            generation,
            threshold: needed,
            shares: Vec::new(),
            sealed: String::new(),
        };
        let mut opened = Vec::new();
        for ((name, recipient), (place, bytes)) in recipients.iter().zip(shares) {
            let share = EscrowShare { place, bytes };
            copy.shares.push(SealedShare {
                name: name.clone(),
                recipient: recipient.to_text(),
                place,
                digest: share.digest(),
                sealed: String::new(),
            });
            opened.push((*recipient, share));
        }
        let context = copy.context();
        for (sealed, (recipient, share)) in copy.shares.iter_mut().zip(&opened) {
            sealed.sealed = STANDARD.encode(recipient.seal(&share.bytes, &context, entropy)?);
        }
        let plain = serde_json::to_vec(content).map(Zeroizing::new);
        let plain = plain.map_err(|_| EscrowError::Library("write the content"))?;
        let sealed = cipher::seal(Domain::Escrow, secret.expose(), &context, &plain, entropy);
        copy.sealed = STANDARD.encode(sealed.map_err(|_| EscrowError::Library("seal"))?);
        Ok(copy)
    }

    /// The file.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EscrowError> {
        serde_json::to_vec_pretty(self).map_err(|_| EscrowError::Library("write JSON"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If it is not one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EscrowError> {
        #[derive(Deserialize)]
        struct Head {
            v: u32,
        }
        if bytes.len() > COPY_MAX_BYTES {
            return Err(EscrowError::Copy);
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| EscrowError::Copy)?;
        if head.v != VERSION {
            return Err(EscrowError::Version(head.v));
        }
        serde_json::from_slice(bytes).map_err(|_| EscrowError::Copy)
    }

    /// When it was made.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        self.made_at
    }

    /// The generation of the keyring in it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Shares needed.
    #[must_use]
    pub fn threshold(&self) -> usize {
        self.threshold.into()
    }

    /// The names of those who hold shares.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.shares.iter().map(|s| s.name.as_str())
    }

    /// Opens the share of an identity, and says whose it is.
    ///
    /// # Errors
    /// If it holds none, or the share was altered.
    pub fn open_share(
        &self,
        identity: &EscrowIdentity,
    ) -> Result<(&str, EscrowShare), EscrowError> {
        let recipient = identity.recipient()?.to_text();
        let sealed = self.shares.iter().find(|s| s.recipient == recipient);
        let sealed = sealed.ok_or(EscrowError::NotRecipient)?;
        let altered = || EscrowError::Sealed(sealed.name.clone());
        let bytes = STANDARD.decode(&sealed.sealed).map_err(|_| altered())?;
        let bytes = identity.open(&bytes, &self.context()).ok_or_else(altered)?;
        let share = EscrowShare {
            place: sealed.place,
            bytes,
        };
        match share.digest() == sealed.digest {
            true => Ok((&sealed.name, share)),
            false => Err(altered()),
        }
    }

    /// Opens the copy with shares; those that are given twice count once.
    ///
    /// # Errors
    /// If a share was altered or is of another copy, which is named, or there are too few.
    pub fn recover(&self, shares: &[EscrowShare]) -> Result<EscrowContent, EscrowError> {
        let mut points: BTreeMap<u8, &[u8]> = BTreeMap::new();
        for share in shares {
            let known = self.shares.iter().find(|s| s.place == share.place);
            let known = known.ok_or(EscrowError::Unknown(share.place))?;
            if share.digest() != known.digest {
                return Err(EscrowError::Share(known.name.clone()));
            }
            points.insert(share.place, &share.bytes);
        }
        if points.len() < self.threshold() {
            return Err(EscrowError::TooFew {
                given: points.len(),
                needed: self.threshold(),
            });
        }
        let points: Vec<(u8, &[u8])> = points.into_iter().take(self.threshold()).collect();
        let secret = shamir::combine(&points);
        let key = <&[u8; KEY_BYTES]>::try_from(secret.as_slice()).map_err(|_| EscrowError::Copy)?;
        let sealed = STANDARD
            .decode(&self.sealed)
            .map_err(|_| EscrowError::Copy)?;
        let plain = cipher::open(Domain::Escrow, key, &self.context(), &sealed);
        let plain = plain.map_err(|_| EscrowError::Copy)?;
        serde_json::from_slice(plain.expose()).map_err(|_| EscrowError::Copy)
    }

    /// Everything that stands in the copy unsealed.
    fn context(&self) -> Vec<u8> {
        let made_at = self.made_at.as_millis().to_be_bytes();
        let generation = self.generation.to_be_bytes();
        let counts = [self.threshold];
        let mut parts: Vec<&[u8]> = vec![b"bonafide-escrow-copy", &made_at, &generation, &counts];
        for share in &self.shares {
            parts.push(share.name.as_bytes());
            parts.push(share.recipient.as_bytes());
            parts.push(std::slice::from_ref(&share.place));
            parts.push(share.digest.as_bytes());
        }
        length_prefixed(&parts)
    }
}
