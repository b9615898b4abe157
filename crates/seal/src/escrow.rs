//! The escrow copy of the keyring: sealed so that any `k` of `n` people can open it together, and fewer cannot.
//!
//! ```text
//! 32 random bytes ──seal──► keyring, list of erasures, last signed heads
//!        └──Shamir──► n shares ──HPKE──► one for each recipient's public key
//! ```
//!
//! Every copy has its own random bytes, so that shares of one open no other. The host knows the public keys alone: it can
//! make a copy at every change and open none. The digest of each share stands in the copy, so that a share that was altered,
//! or belongs to another copy, is named; a share is 32 random bytes, of which a digest says nothing.
//!
//! A copy holds epoch keys, and an old one undoes erasures: it is replaced, never collected.
//!
//! Source: RFC 9180 (HPKE, base mode, X25519 with HKDF-SHA-256 and AES-256-GCM); Shamir, "How to Share a Secret" (1979).

mod armour;
mod copy;
mod recipient;
mod shamir;

pub use copy::{EscrowContent, EscrowCopy, EscrowShare, RECIPIENTS_MAX};
pub use recipient::{EscrowIdentity, EscrowRecipient};

/// Why something in escrow was refused. No message carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EscrowError {
    /// Not text of that form.
    #[error("this is not {0}: copy it again, it begins with `{1}`")]
    Form(&'static str, &'static str),
    /// The check at the end does not hold.
    #[error("a character of this {0} is wrong or missing: compare it with the original")]
    Check(&'static str),
    /// Not a number of recipients or a threshold that can be.
    #[error(
        "a threshold of {threshold} of {recipients} recipients cannot be: give 2 to {RECIPIENTS_MAX} recipients, each once, and a threshold from 2 to their number"
    )]
    Numbers {
        /// Shares needed.
        threshold: usize,
        /// Recipients given.
        recipients: usize,
    },
    /// Not an escrow copy.
    #[error("this is not an escrow copy of a keyring, or it was damaged: take another copy of it")]
    Copy,
    /// A newer program made it.
    #[error(
        "the escrow copy has version {0}, and this program knows 1: use the newer program that made it"
    )]
    Version(u32),
    /// Somebody else's.
    #[error("there is no share for this identity in the escrow copy")]
    NotRecipient,
    /// The sealed share does not open.
    #[error("the share of `{0}` in the escrow copy was altered: take another copy of it")]
    Sealed(String),
    /// Of another copy, or changed.
    #[error("the share of `{0}` was altered, or is one of another escrow copy: ask for it again")]
    Share(String),
    /// No such share.
    #[error("share {0} is not one of this escrow copy: it was opened from another one")]
    Unknown(u8),
    /// Too few.
    #[error("{given} of the {needed} shares needed were given: ask {more} more recipients", more = needed - given)]
    TooFew {
        /// Different good shares.
        given: usize,
        /// Shares needed.
        needed: usize,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not {0}")]
    Library(&'static str),
}
