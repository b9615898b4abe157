//! Evidence, checked offline: bytes in, a [`Verdict`] with its reasons out.
//!
//! [`verify`] answers one question about one piece of evidence of one of the [`KINDS`]; what the verifier knows
//! beforehand (the instant, trust anchors, nonce, audience) comes in a [`Context`]. A verdict says whether the evidence
//! holds, how strong it is at most, what it states, and why it was refused, in one text for staff and another
//! for the applicant.
//!
//! Beside it: one-time codes and the letter that carries one ([`code`], [`letter`]), numbers of payment cards so that they
//! can be refused ([`card`]), what strengths are enough for a level ([`assurance`]), the record of a verification
//! ([`record`]), requests to wallets ([`presentation`]), verified claims and ownership statements going out
//! ([`verified_claims`], [`bods`]), and who may act for an organisation ([`authority`]).
//!
//! Pure: no file, no network, no clock, no randomness of its own. Nothing is trusted by default: every trust anchor is
//! handed in. Evidence that cannot be checked is not valid, and says why.

mod aamva;
pub mod assurance;
pub mod authority;
pub mod bods;
pub mod card;
mod cbor;
mod chain;
pub mod code;
mod context;
mod cose;
pub mod email;
mod emrtd;
mod identifiers;
mod jose;
mod keys;
mod kinds;
pub mod letter;
mod mdoc;
pub mod mrz;
mod oid4vp;
mod phone;
mod pki;
pub mod presentation;
pub mod record;
mod schema;
mod sd_jwt;
mod signature;
mod status;
mod text;
mod timestamp;
mod value;
mod verdict;
pub mod verified_claims;
mod wallet;

pub use context::{Anchor, Context, ContextError};
pub use kinds::{KINDS, verify};
pub use verdict::{Claims, Code, Next, Reason, Verdict};

pub(crate) use text::{quoted, strict_json};
