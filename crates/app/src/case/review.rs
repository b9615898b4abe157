//! The review of an account: opened in the change in which a judgement refers it, closed when it is no longer referred.

use bonafide_model::{CaseKind, CaseState, Dossier};
use bonafide_policy::{Assessment, Decision};
use bonafide_seal::SubjectKeys;
use bonafide_store::{CaseOp, CaseRow, Op, Subject};

use super::open::{CaseSubject, NewCase};
use super::said::{Said, What};
use crate::error::AppError;
use crate::recorder::Recorder;

impl Recorder<'_> {
    /// Opens a review when the judgement refers the account and none is pending; closes the pending one when it does not.
    /// `pending` are the account's cases as they are after everything else in this change.
    pub(crate) fn follow_judgement(
        &mut self,
        dossier: &Dossier,
        assessment: &Assessment,
        keys: &SubjectKeys,
        pending: &[CaseRow],
    ) -> Result<(), AppError> {
        let is_closed = dossier.account.closed_at.is_some();
        let is_referred = assessment.decision == Decision::Refer && !is_closed;
        let open = pending
            .iter()
            .find(|row| row.kind == CaseKind::Review && row.state.is_pending());
        match (is_referred, open) {
            (true, None) => {
                let subject = CaseSubject {
                    party: dossier.holder(),
                    account: Some(dossier.account.id),
                    keys,
                };
                let clock = self
                    .tenant()
                    .case_rules()
                    .clock(CaseKind::Review, self.now());
                self.open_case(&NewCase {
                    kind: CaseKind::Review,
                    subject: Some(subject),
                    parent: None,
                    clock,
                    restricted: false,
                    grounds: &referred_by(assessment),
                })?;
            }
            // One that an appeal opened again is for a person to answer, whatever the rules say meanwhile.
            (false, Some(row)) if row.decided_by.is_none() || is_closed => {
                self.close_review(row, assessment, is_closed, keys)?;
            }
            (_, Some(_)) | (false, None) => {}
        }
        Ok(())
    }

    fn close_review(
        &mut self,
        row: &CaseRow,
        assessment: &Assessment,
        is_closed: bool,
        keys: &SubjectKeys,
    ) -> Result<(), AppError> {
        let row = CaseRow {
            state: CaseState::Closed,
            closed_at: Some(self.now()),
            outcome: None,
            proposed_by: None,
            ..row.clone()
        };
        self.expect(Subject::Case(row.case), row.version);
        self.push(Op::Case(CaseOp::Update(row.clone())));
        let why = match is_closed {
            true => "the account was closed".to_owned(),
            false => format!(
                "the account needs no review any more: it is judged `{}` now",
                assessment.decision.as_str()
            ),
        };
        self.say(&row, Some(keys), What::Closed, &Said::text(&why))?;
        self.set_case_timer(&row)
    }
}

/// The rules that refer an account.
fn referred_by(assessment: &Assessment) -> String {
    let rules: Vec<&str> = assessment
        .reasons
        .iter()
        .filter(|reason| reason.effect == Decision::Refer)
        .map(|reason| &*reason.rule)
        .collect();
    if rules.is_empty() {
        return "referred: what is missing must be looked at".to_owned();
    }
    format!("referred by {}", rules.join(", "))
}
