//! Cases: questions for a human, with a clock.
//!
//! A case says in clear what is asked, of whom by their handles, where it stands and when it is due. What is said in it is
//! sealed under the keys of the party that it is about, is a record each, and is only ever added to; a case about nobody
//! holds nothing about anybody. Every part of the product opens its questions here, in the change in which they arise
//! ([`Recorder::open_case`](crate::recorder::Recorder::open_case)). Why each choice: `docs/decisions/0009-cases.md`.
//!
//! Refuses: a second decision by the same person where two are wanted, an appeal decided by who decided first, and
//! a second person who is not there without saying so.

mod answer;
mod appeal;
mod assign;
mod clock;
mod decide;
mod determine;
mod file;
mod open;
mod read;
mod review;
mod rules;
mod said;
mod second;

pub use answer::{CaseAnswer, CaseCountAnswer, CaseEntryAnswer, OpenedCaseEntry};
pub use decide::CaseDecision;
pub use determine::Settling;
pub use open::OpenCase;
#[allow(
    unused_imports,
    reason = "the parts that open cases come with their own changes"
)]
pub(crate) use open::{CaseSubject, NewCase};
pub use read::Cases;
pub(crate) use rules::CaseRules;
pub use second::Second;
