//! What the decision of a review means for its account: the findings that it settles are determined, and the account is
//! judged again, in the change in which the case is decided. An appeal that overturns a review determines the same findings
//! the other way.

use std::collections::BTreeSet;

use bonafide_model::{
    CaseKind, CaseOutcome, DeterminedOutcome, GROUNDS_TEXT_MAX, Ground, Timestamp,
};
use bonafide_policy::Decision;
use bonafide_store::CaseRow;

use super::file::CaseFile;
use super::said::{Said, SaidFinding};
use crate::determination::seen;
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::subject::OpenAccount;
use crate::tenant::Tenant;
use crate::{Action, Actor, App, NewDetermination, Settle};

/// What the decision of an account's review says beside its outcome and grounds.
#[derive(Debug, Clone, Default)]
pub struct Settling {
    /// Why, in codes.
    pub codes: Vec<Ground>,
    /// The rules whose findings it settles; every finding that refers or refuses and is not settled, when empty.
    pub rules: Vec<String>,
    /// Until when it counts; without an end if absent.
    pub expires_at: Option<Timestamp>,
}

/// An account whose findings are to be determined.
pub(super) struct Determining {
    loaded: OpenAccount,
    outcome: DeterminedOutcome,
}

impl App {
    /// Reads the account that a decision determines, and puts into `said` which findings it settles; `None` for a decision
    /// that determines nothing.
    pub(super) async fn determining(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        file: &CaseFile,
        settling: &Settling,
        said: &mut Said,
    ) -> Result<Option<Determining>, AppError> {
        let Some(mut determining) = self.to_determine(actor, tenant, file, said).await? else {
            if settling.codes.is_empty()
                && settling.rules.is_empty()
                && settling.expires_at.is_none()
            {
                return Ok(None);
            }
            return Err(AppError::invalid(
                "codes",
                "codes, rules and an end belong to the decision of an account's review",
            ));
        };
        if settling.codes.is_empty() {
            let known: Vec<&str> = Ground::ALL.iter().map(|g| g.as_str()).collect();
            let message = format!("say in codes why: {}", known.join(", "));
            return Err(AppError::invalid("codes", message));
        }
        if said.text.chars().count() > GROUNDS_TEXT_MAX {
            let message =
                format!("at most {GROUNDS_TEXT_MAX} characters for the decision of an account");
            return Err(AppError::invalid("grounds", message));
        }
        said.codes.clone_from(&settling.codes);
        said.expires_at = settling.expires_at;
        said.settles = self.findings_settled(tenant, file, &mut determining, &settling.rules)?;
        Ok(Some(determining))
    }

    /// The account that an answer determines, and how; `None` for an answer that determines nothing.
    pub(super) async fn to_determine(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        file: &CaseFile,
        said: &Said,
    ) -> Result<Option<Determining>, AppError> {
        let (Some(account), Some(answer)) = (file.row.account, said.outcome) else {
            return Ok(None);
        };
        let outcome = match file.row.kind {
            CaseKind::Review => outcome_of(answer),
            CaseKind::Appeal if answer == CaseOutcome::Overturn => {
                self.reversed(tenant, &file.row).await?
            }
            _ => None,
        };
        let Some(outcome) = outcome else {
            return Ok(None);
        };
        actor.may(Action::RecordDetermination)?;
        let loaded = self.open_account(tenant, account).await?;
        // Read at two instants: what the change rests on must be one version.
        let same = file.subject.as_ref().is_none_or(|(row, _)| {
            let read = loaded.parties.get(&row.party);
            read.is_none_or(|read| read.row.version == row.version)
        });
        if !same {
            return Err(AppError::Busy);
        }
        Ok(Some(Determining { loaded, outcome }))
    }

    /// The contrary of what the contested review determined.
    async fn reversed(
        &self,
        tenant: &Tenant,
        appeal: &CaseRow,
    ) -> Result<Option<DeterminedOutcome>, AppError> {
        let Some(parent) = appeal.parent else {
            return Ok(None);
        };
        let parent = self.store().case(&tenant.name, parent).await?;
        let outcome = parent.filter(|p| p.kind == CaseKind::Review);
        Ok(outcome
            .and_then(|p| p.outcome)
            .map(|outcome| match outcome {
                CaseOutcome::Approve => DeterminedOutcome::Refuse,
                _ => DeterminedOutcome::Approve,
            }))
    }

    /// The findings that a decision settles, as they are now.
    fn findings_settled(
        &self,
        tenant: &Tenant,
        file: &CaseFile,
        determining: &mut Determining,
        rules: &[String],
    ) -> Result<Vec<SaidFinding>, AppError> {
        let loaded = &determining.loaded;
        let contested = file.row.parent.map(|case| case.to_string());
        let determined: BTreeSet<_> = match (file.row.kind, loaded.dossier(None)) {
            (CaseKind::Appeal, Some(dossier)) => {
                let there = dossier.determinations.iter();
                let there = there.filter(|d| d.case.is_some() && d.case == contested);
                there.map(|d| d.id).collect()
            }
            _ => BTreeSet::new(),
        };
        let wanted = |finding: &bonafide_policy::Finding| match file.row.kind {
            CaseKind::Appeal => finding
                .determination
                .is_some_and(|d| determined.contains(&d)),
            _ if rules.is_empty() => {
                finding.effect >= Decision::Refer && finding.determination.is_none()
            }
            _ => rules.iter().any(|rule| **rule == *finding.rule),
        };
        let found = self.findings_of(tenant, loaded, self.now())?;
        let settled: Vec<SaidFinding> = found
            .values()
            .filter(|finding| finding.open && wanted(finding))
            .map(|finding| SaidFinding {
                rule: finding.rule.to_string(),
                subject: finding.subject,
                seen: seen(finding),
            })
            .collect();
        if let Some(missing) = rules
            .iter()
            .find(|r| !settled.iter().any(|s| s.rule == **r))
        {
            return Err(AppError::invalid(
                "rules",
                format!(
                    "this decision cannot settle a finding of `{missing}`: the account has none, or nobody may lift it"
                ),
            ));
        }
        if settled.is_empty() {
            return Err(AppError::Refused(
                "there is no finding here that a person can settle: what is missing must be shown"
                    .to_owned(),
            ));
        }
        Ok(settled)
    }
}

impl Recorder<'_> {
    /// Records the determination that a decided case comes to, and judges the account again.
    pub(super) fn determine_in_case(
        &mut self,
        row: &CaseRow,
        mut determining: Determining,
        said: &Said,
    ) -> Result<(), AppError> {
        determining
            .loaded
            .cases
            .retain(|case| case.case != row.case);
        let settles = said.settles.iter().map(|finding| Settle {
            rule: finding.rule.clone(),
            subject: finding.subject,
            seen: Some(finding.seen.clone()),
        });
        let new = NewDetermination {
            outcome: determining.outcome,
            settles: settles.collect(),
            grounds: said.codes.clone(),
            text: said.text.clone(),
            decided_by: row.decided_by.clone().unwrap_or_default(),
            approved_by: row.approved_by.clone(),
            expires_at: said.expires_at,
            case: Some(row.case.to_string()),
        };
        let (app, tenant) = (self.app(), self.tenant());
        app.determine(self, tenant, &determining.loaded, &new)?;
        Ok(())
    }
}

fn outcome_of(answer: CaseOutcome) -> Option<DeterminedOutcome> {
    DeterminedOutcome::ALL
        .into_iter()
        .find(|outcome| outcome.as_str() == answer.as_str())
}
