//! Answering a case: proposed by one and approved by another where two are wanted, else decided by one.

use bonafide_model::{CaseId, CaseKind, CaseOutcome, CaseState, SecondPerson};
use bonafide_store::{CaseRow, Change};

use super::answer::CaseAnswer;
use super::assign::taken;
use super::determine::{Determining, Settling};
use super::file::{CaseFile, matter};
use super::said::{Said, What, text};
use super::second::Second;
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// An answer and its grounds.
#[derive(Debug, Clone)]
pub struct CaseDecision {
    /// The answer.
    pub outcome: CaseOutcome,
    /// Why.
    pub grounds: String,
    /// Who stands in for the second person, in a firm of one.
    pub second: Option<Second>,
    /// What it settles, in the review of an account.
    pub settling: Settling,
}

impl App {
    /// Proposes an answer, which somebody else must approve.
    pub async fn propose_in_case(
        &self,
        actor: &Actor,
        case: CaseId,
        outcome: CaseOutcome,
        grounds: &str,
        settling: &Settling,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", grounds)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.changed_case(&tenant, || async {
            let mut file = self.case_file(actor, &tenant, case).await?;
            file.must_be(CaseState::Open)?;
            self.may_answer(actor, &file.row, outcome)?;
            if self.is_barred(&tenant, &file.row, &actor.name).await? {
                return Err(barred(&file.row));
            }
            let mut said = Said {
                outcome: Some(outcome),
                ..Said::text(grounds)
            };
            self.determining(actor, &tenant, &file, settling, &mut said)
                .await?;
            let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), self.now());
            file.demand(&mut recorder);
            file.row.state = CaseState::Proposed;
            file.row.outcome = Some(outcome);
            file.row.proposed_by = Some(actor.name.clone());
            file.put(&mut recorder, What::Proposed, &said)?;
            Ok((recorder.finish(), CaseAnswer::new(&file.row, self.now())))
        })
        .await
    }

    /// Takes a proposed answer back, by whoever proposed it or whoever does not agree; the case is open again.
    pub async fn return_case(
        &self,
        actor: &Actor,
        case: CaseId,
        grounds: &str,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", grounds)?;
        self.on_case(actor, case, |file| {
            file.must_be(CaseState::Proposed)?;
            let said = Said {
                outcome: file.row.outcome.take(),
                ..Said::text(grounds)
            };
            file.row.state = CaseState::Open;
            file.row.proposed_by = None;
            Ok((What::Returned, said))
        })
        .await
    }

    /// Approves a proposed answer: the case is decided. Refused for whoever proposed it (four eyes).
    pub async fn approve_case(
        &self,
        actor: &Actor,
        case: CaseId,
        grounds: &str,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", grounds)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.changed_case(&tenant, || async {
            let mut file = self.case_file(actor, &tenant, case).await?;
            file.must_be(CaseState::Proposed)?;
            may_decide(actor, &file.row)?;
            if file.row.proposed_by.as_ref() == Some(&actor.name) {
                return Err(AppError::Refused(format!(
                    "you proposed this answer to case `{case}`: somebody else must approve it"
                )));
            }
            if self.is_barred(&tenant, &file.row, &actor.name).await? {
                return Err(barred(&file.row));
            }
            file.row.decided_by = file.row.proposed_by.clone();
            file.row.approved_by = Some(actor.name.clone());
            let said = Said {
                outcome: file.row.outcome,
                second: Some(SecondPerson::Officer),
                second_text: Some(grounds.to_owned()),
                ..self.proposal(&tenant, &file).await?
            };
            let determining = self.to_determine(actor, &tenant, &file, &said).await?;
            self.settle(actor, &tenant, file, said, determining).await
        })
        .await
    }

    /// Decides a case. Where two people are wanted, or this one must not decide it alone, a firm of one person names who
    /// stands in for the second.
    pub async fn decide_case(
        &self,
        actor: &Actor,
        case: CaseId,
        decision: &CaseDecision,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", &decision.grounds)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.changed_case(&tenant, || async {
            let mut file = self.case_file(actor, &tenant, case).await?;
            file.must_be(CaseState::Open)?;
            may_decide(actor, &file.row)?;
            self.may_answer(actor, &file.row, decision.outcome)?;
            let rules = tenant.case_rules();
            let is_barred = self.is_barred(&tenant, &file.row, &actor.name).await?;
            let beside = match &decision.second {
                Some(second) if is_barred || rules.needs_two(file.row.kind) => {
                    Some(Self::beside(&rules, &file.row, second)?)
                }
                Some(_) => {
                    return Err(AppError::invalid(
                        "second",
                        "this case needs no second person: decide it without one",
                    ));
                }
                None if is_barred => return Err(barred(&file.row)),
                None if rules.needs_two(file.row.kind) => return Err(two_wanted(&file.row)),
                None => None,
            };
            file.row.outcome = Some(decision.outcome);
            file.row.decided_by = Some(actor.name.clone());
            file.row.proposed_by = None;
            file.row.approved_by = beside.as_ref().and_then(|b| b.handle.clone());
            let mut said = Said {
                outcome: Some(decision.outcome),
                second: beside.as_ref().map(|b| b.second),
                second_text: beside.map(|b| b.text),
                ..Said::text(grounds)
            };
            let settling = &decision.settling;
            let determining = self
                .determining(actor, &tenant, &file, settling, &mut said)
                .await?;
            self.settle(actor, &tenant, file, said, determining).await
        })
        .await
    }

    /// Closes a case: one that is decided, or one of a kind that need not be decided.
    pub async fn close_case(
        &self,
        actor: &Actor,
        case: CaseId,
        grounds: &str,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", grounds)?;
        let now = self.now();
        self.on_case(actor, case, |file| {
            let row = &mut file.row;
            if row.state == CaseState::Closed {
                return Err(AppError::Refused(format!(
                    "case `{case}` is closed already"
                )));
            }
            if row.state.is_pending() && row.kind.must_be_decided() {
                return Err(AppError::Refused(format!(
                    "a case of kind `{}` must be decided before it can be closed",
                    row.kind
                )));
            }
            row.state = CaseState::Closed;
            row.closed_at = Some(now);
            Ok((What::Closed, Said::text(grounds)))
        })
        .await
    }

    /// Whether this answer can be given to the case now, by whoever has it.
    fn may_answer(
        &self,
        actor: &Actor,
        row: &CaseRow,
        outcome: CaseOutcome,
    ) -> Result<(), AppError> {
        if let Some(other) = row.assignee.as_ref().filter(|who| **who != actor.name) {
            return Err(taken(row, other));
        }
        if !row.kind.outcomes().contains(&outcome) {
            let words: Vec<&str> = row.kind.outcomes().iter().map(|o| o.as_str()).collect();
            return Err(AppError::invalid(
                "outcome",
                format!(
                    "a case of kind `{}` ends with {}",
                    row.kind,
                    words.join(", ")
                ),
            ));
        }
        if row.clock.is_early(self.now()) {
            let earliest = row.clock.earliest.map(|t| t.to_string());
            return Err(AppError::Refused(format!(
                "case `{}` may not be decided before {}",
                row.case,
                earliest.unwrap_or_default()
            )));
        }
        Ok(())
    }

    /// Records a decision and everything that follows from it, in one change.
    async fn settle(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        mut file: CaseFile,
        mut said: Said,
        determining: Option<Determining>,
    ) -> Result<(Change, CaseAnswer), AppError> {
        let now = self.now();
        let digests = match &determining {
            Some(_) => tenant.engine().digests.clone(),
            None => Vec::new(),
        };
        let mut recorder = Recorder::new(self, tenant, actor, digests, now);
        file.demand(&mut recorder);
        file.row.state = CaseState::Decided;
        file.row.decided_at = Some(now);
        file.row.second = said.second;
        if said.second == Some(SecondPerson::BreakGlass) {
            said.case = Some(recorder.review_break_glass(&tenant.case_rules(), &file)?);
        }
        file.put(&mut recorder, What::Decided, &said)?;
        recorder.set_case_timer(&file.row)?;
        if let Some(determining) = determining {
            recorder.determine_in_case(&file.row, determining, &said)?;
        }
        if file.row.outcome == Some(CaseOutcome::Remit) {
            self.reopen_parent(actor, tenant, &mut recorder, &file)
                .await?;
        }
        let answer = CaseAnswer::new(&file.row, now);
        Ok((recorder.finish(), answer))
    }
}

/// Whether somebody of their role decides such cases.
fn may_decide(actor: &Actor, row: &CaseRow) -> Result<(), AppError> {
    let action = match row.kind {
        CaseKind::Appeal => Action::DecideAppeal,
        _ => Action::DecideCase,
    };
    actor.may_about(action, &matter(row))
}

fn barred(row: &CaseRow) -> AppError {
    AppError::Refused(format!(
        "you had a part in what case `{}` is about: somebody else must decide it",
        row.case
    ))
}

fn two_wanted(row: &CaseRow) -> AppError {
    AppError::Refused(format!(
        "two people decide a case of kind `{}`: propose the answer, and let somebody else approve it",
        row.kind
    ))
}
