//! Evidence, checked offline: bytes in, a [`Verdict`] with its reasons out.
//!
//! [`verify`] answers one question about one piece of evidence of one of the [`KINDS`]; what the verifier knows
//! beforehand (the instant, trust anchors, nonce, audience) comes in a [`Context`]. A verdict says whether the evidence
//! holds, how strong it is at most, what it states, and why it was refused, in one text for staff and another
//! for the applicant.
//!
//! Beside it: one-time codes and the letter that carries one ([`code`], [`letter`]), numbers of payment cards so that they
//! can be refused ([`card`]), what strengths are enough for a level ([`assurance`]), and the record of a verification
//! ([`record`]).
//!
//! Pure: no file, no network, no clock, no randomness of its own. Nothing is trusted by default: every trust anchor is
//! handed in. Evidence that cannot be checked is not valid, and says why.

mod aamva;
pub mod assurance;
pub mod card;
pub mod code;
mod context;
pub mod email;
mod emrtd;
mod kinds;
pub mod letter;
pub mod mrz;
mod phone;
mod pki;
pub mod record;
mod timestamp;
mod verdict;
mod wallet;

pub use context::{Anchor, Context, ContextError};
pub use kinds::{KINDS, verify};
pub use verdict::{Claims, Code, Next, Reason, Verdict};
