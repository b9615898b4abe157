//! Screening beyond one judgement: what the lists are asked, the sealed profile that list updates are matched against, and
//! the matching of an update with every party.

mod affected;
mod outcome;
mod profile;
mod proof;
mod question;
mod rescreen;

pub(crate) use outcome::ScreeningOutcome;
pub(crate) use profile::Profile;
pub use proof::{OpenedCommitment, ScreeningProof};
pub(crate) use question::{digest_of_entry, digest_of_query, query};
pub use rescreen::Rescreening;
