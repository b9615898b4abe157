//! Appeals: somebody contests a decision, and somebody else decides.

use bonafide_model::{CaseId, CaseKind, CaseState};
use bonafide_store::{CaseFilter, CaseOp, CaseRow, Op, Subject};

use super::answer::CaseAnswer;
use super::file::CaseFile;
use super::open::{CaseSubject, NewCase};
use super::said::{Said, What, text};
use crate::error::AppError;
use crate::once::{Once, Reply};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Appeals against one case that are looked at: a decision is contested once, and once more after each remittal.
const APPEALS_MAX: usize = 100;

impl App {
    /// Contests the decision of a case: opens an appeal, which whoever had a part in the decision cannot decide.
    pub async fn appeal_case(
        &self,
        actor: &Actor,
        case: CaseId,
        grounds: &str,
    ) -> Result<CaseAnswer, AppError> {
        self.appeal_case_once(actor, case, grounds, None)
            .await?
            .made()
    }

    /// The same, at most once where the request has a key.
    pub async fn appeal_case_once(
        &self,
        actor: &Actor,
        case: CaseId,
        grounds: &str,
        once: Option<&Once<'_, CaseAnswer>>,
    ) -> Result<Reply<CaseAnswer>, AppError> {
        actor.may(Action::OpenCase)?;
        let grounds = text("grounds", grounds)?;
        let tenant = self.tenant(&actor.tenant)?;
        // Whoever may not know of the case is not given an earlier answer about it.
        self.case_row(actor, &tenant, case).await?;
        self.decide(&tenant, once, |now| {
            let tenant = &tenant;
            async move {
                let file = self.case_file(actor, tenant, case).await?;
                self.may_be_contested(tenant, &file.row).await?;
                let subject = file.subject.as_ref().map(|(row, keys)| CaseSubject {
                    party: row.party,
                    account: file.row.account,
                    keys,
                });
                let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
                file.demand(&mut recorder);
                let appeal = recorder.open_case(&NewCase {
                    kind: CaseKind::Appeal,
                    subject,
                    parent: Some(case),
                    clock: tenant.case_rules().clock(CaseKind::Appeal, now),
                    restricted: file.row.restricted,
                    grounds,
                })?;
                let said = Said {
                    case: Some(appeal.case),
                    ..Said::default()
                };
                file.put(&mut recorder, What::Contested, &said)?;
                let answer = CaseAnswer::new(&appeal, now);
                file.remember(&mut recorder, once, &answer)?;
                Ok((recorder.finish(), answer))
            }
        })
        .await
    }

    async fn may_be_contested(&self, tenant: &Tenant, row: &CaseRow) -> Result<(), AppError> {
        let refused = |why: String| Err(AppError::Refused(why));
        if !row.kind.may_be_appealed() {
            return refused(format!(
                "the decision of a case of kind `{}` cannot be contested",
                row.kind
            ));
        }
        let Some(decided_at) = row.decided_at.filter(|_| !row.state.is_pending()) else {
            return refused(format!("case `{}` is not decided yet", row.case));
        };
        let filter = CaseFilter {
            kind: Some(CaseKind::Appeal),
            parent: Some(row.case),
            with_restricted: true,
            ..CaseFilter::default()
        };
        let appeals = self
            .store()
            .list_cases(&tenant.name, &filter, None, APPEALS_MAX)
            .await?;
        match appeals.iter().find(|appeal| appeal.opened_at >= decided_at) {
            Some(appeal) => refused(format!(
                "this decision is contested already, in case `{}`",
                appeal.case
            )),
            None => Ok(()),
        }
    }

    /// The pending review of the same account, if there is one.
    async fn review_beside(
        &self,
        tenant: &Tenant,
        row: &CaseRow,
    ) -> Result<Option<CaseId>, AppError> {
        let Some(account) = row.account.filter(|_| row.kind == CaseKind::Review) else {
            return Ok(None);
        };
        let pending = self
            .store()
            .pending_cases_of_account(&tenant.name, account)
            .await?;
        let review = pending.iter().find(|other| other.kind == CaseKind::Review);
        Ok(review.map(|other| other.case))
    }

    /// Opens the contested case again, to be decided by somebody else.
    pub(super) async fn reopen_parent(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        recorder: &mut Recorder<'_>,
        appeal: &CaseFile,
    ) -> Result<(), AppError> {
        let Some(parent) = appeal.row.parent else {
            return Err(AppError::Refused(
                "this appeal contests no case that could be opened again: uphold or overturn"
                    .to_owned(),
            ));
        };
        let mut row = self.case_row(actor, tenant, parent).await?;
        recorder.expect(Subject::Case(parent), row.version);
        if let Some(other) = self.review_beside(tenant, &row).await? {
            return Err(AppError::Refused(format!(
                "the account has a review already, case `{other}`: decide it there"
            )));
        }
        row.state = CaseState::Open;
        row.assignee = None;
        row.outcome = None;
        row.second = None;
        row.decided_at = None;
        row.closed_at = None;
        row.overdue_at = None;
        row.clock = tenant.case_rules().clock(row.kind, recorder.now());
        recorder.push(Op::Case(CaseOp::Update(row.clone())));
        let said = Said {
            case: Some(appeal.row.case),
            ..Said::text("an appeal sent it back")
        };
        recorder.say(&row, appeal.keys(), What::Reopened, &said)?;
        recorder.set_case_timer(&row)
    }
}
