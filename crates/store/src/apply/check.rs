//! What can be said of a change before the database is asked.

use std::collections::BTreeMap;

use bonafide_ledger::Leaf;
use bonafide_model::Timestamp;

use super::import;
use crate::{AccessOp, ApplyError, CaseOp, Change, KeepOp, Op, Subject};

/// Operations of one change: an account with a hundred parties needs about two thousand.
const OPS_MAX: usize = 10_000;

/// A change that is well formed.
pub(super) struct Checked {
    pub(super) change: Change,
    /// The versions that it rests on.
    pub(super) expect: BTreeMap<Subject, i64>,
    /// Kind and time of its leaves, in order.
    pub(super) leaves: Vec<(String, Timestamp)>,
}

impl Checked {
    pub(super) fn new(change: Change) -> Result<Self, ApplyError> {
        let refused = |why: String| Err(ApplyError::Refused(why));
        if change.ops.len() > OPS_MAX {
            return refused(format!("a change has at most {OPS_MAX} operations"));
        }
        let mut expect = BTreeMap::new();
        for (subject, version) in &change.expect {
            let before = expect.insert(*subject, *version);
            if *version < 0 || before.is_some_and(|before| before != *version) {
                return refused(format!("the version expected of {subject} is not one"));
            }
        }
        let mut put = Vec::new();
        let mut updated = Vec::new();
        let mut leaves = Vec::new();
        for op in &change.ops {
            if let Some(subject) = subjects(op)
                .into_iter()
                .flatten()
                .find(|s| !expect.contains_key(s))
            {
                return refused(format!(
                    "the change does not say which version of {subject} it rests on"
                ));
            }
            match op {
                Op::PutParty(row) => put.push(Subject::Party(row.party)),
                Op::PutAccount(row) => put.push(Subject::Account(row.account)),
                Op::Case(CaseOp::Open(row)) => put.push(Subject::Case(row.case)),
                Op::Case(CaseOp::Update(row)) => {
                    if expect.get(&Subject::Case(row.case)) != Some(&row.version) {
                        return refused(format!(
                            "case `{}` is to be replaced in another version than is expected of it",
                            row.case
                        ));
                    }
                    updated.push(Subject::Case(row.case));
                }
                Op::AddRecord(row) => match Leaf::parse(&row.leaf) {
                    Ok(leaf) => leaves.push((leaf.kind.to_string(), leaf.at)),
                    Err(error) => return refused(format!("the leaf of `{}`: {error}", row.record)),
                },
                _ => {}
            }
        }
        let unchanged = expect.iter().find(|(subject, version)| {
            matches!(subject, Subject::Case(_)) && **version > 0 && !updated.contains(subject)
        });
        if let Some((subject, _)) = unchanged {
            return refused(format!("a change that rests on {subject} must replace it"));
        }
        let new = expect.iter().filter(|(_, version)| **version == 0);
        for (subject, _) in new {
            if !put.contains(subject) {
                return refused(format!(
                    "{subject} is expected to be new, but the change does not put it"
                ));
            }
        }
        Ok(Self {
            change,
            expect,
            leaves,
        })
    }
}

/// The parties and accounts that an operation adds something to or takes something from.
fn subjects(op: &Op) -> [Option<Subject>; 2] {
    let party = |id| [Some(Subject::Party(id)), None];
    match op {
        Op::PutParty(row) => party(row.party),
        Op::PutAccount(row) => [
            Some(Subject::Account(row.account)),
            Some(Subject::Party(row.holder)),
        ],
        Op::LinkParty { account, party } => [
            Some(Subject::Account(*account)),
            Some(Subject::Party(*party)),
        ],
        Op::AddEntry(row) => party(row.party),
        Op::Access(AccessOp::AddOpening(row)) => party(row.party),
        Op::PutKeys(row) => party(row.party),
        Op::AddIdempotency(row) => [row.party.map(Subject::Party), None],
        Op::PutHold(row) => party(row.party),
        Op::AddToken { party: id, .. }
        | Op::RemoveTokens { party: id, .. }
        | Op::ReleaseHold { party: id, .. }
        | Op::EraseParty { party: id } => party(*id),
        // It must not be there any more: who was erased after a back-up was made is gone from the copy that is restored.
        Op::Keep(KeepOp::BuryAgain(_)) => [None, None],
        Op::Keep(op) => party(op.party()),
        Op::Import(op) => import::subjects(op),
        Op::Screening(op) => [op.party().map(Subject::Party), None],
        Op::AddRecord(_)
        | Op::PutApiKey(_)
        | Op::RevokeApiKey { .. }
        | Op::ActivatePack(_)
        | Op::DeactivatePack { .. }
        | Op::ActivateList(_)
        | Op::AddListFile { .. }
        | Op::PutSetting { .. }
        | Op::PutTenant(_)
        | Op::Work(_)
        | Op::Webhook(_)
        | Op::History(_)
        | Op::Access(_) => [None, None],
        Op::Case(op) => match op {
            CaseOp::Open(row) => [Some(Subject::Case(row.case)), row.party.map(Subject::Party)],
            CaseOp::Update(row) => [Some(Subject::Case(row.case)), None],
            CaseOp::AddEntry(row) => [Some(Subject::Case(row.case)), row.party.map(Subject::Party)],
        },
    }
}
