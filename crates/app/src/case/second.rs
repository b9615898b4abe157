//! The second person: who must not decide alone, and who stands in where a firm has one person only.

use bonafide_model::{CaseId, CaseKind, SecondPerson};
use bonafide_store::CaseRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::CaseFile;
use super::open::{CaseSubject, NewCase};
use super::rules::CaseRules;
use super::said::text;
use crate::App;
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;

/// Who or what stands in for the second person of a firm that has one person only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Second {
    /// The person outside the firm whom the settings name has confirmed it; how, such as a letter and its date.
    Outside(String),
    /// Nobody could be asked, and it cannot wait; why. The decision is reviewed afterwards.
    BreakGlass(String),
}

/// Who stood beside the one who decides.
pub(super) struct Beside {
    pub(super) second: SecondPerson,
    pub(super) handle: Option<String>,
    pub(super) text: String,
}

impl App {
    /// Whether somebody must not decide a case alone: they decided what it contests, or made alone what it reviews, or
    /// decided it before it was opened again.
    pub(super) async fn is_barred(
        &self,
        tenant: &Tenant,
        row: &CaseRow,
        who: &str,
    ) -> Result<bool, AppError> {
        let had_part = |row: &CaseRow| {
            [&row.proposed_by, &row.decided_by, &row.approved_by]
                .into_iter()
                .flatten()
                .any(|handle| handle == who)
        };
        if row.decided_by.as_deref() == Some(who) || row.approved_by.as_deref() == Some(who) {
            return Ok(true);
        }
        let contests = matches!(row.kind, CaseKind::Appeal | CaseKind::BreakGlassReview);
        let Some(parent) = row.parent.filter(|_| contests) else {
            return Ok(false);
        };
        let parent = self.store().case(&tenant.name, parent).await?;
        Ok(parent.is_some_and(|parent| had_part(&parent)))
    }

    /// The stand-in for a second person, if the settings and the case allow it.
    pub(super) fn beside(
        rules: &CaseRules,
        row: &CaseRow,
        second: &Second,
    ) -> Result<Beside, AppError> {
        let sole = rules.sole_operator().ok_or_else(|| {
            AppError::Refused(
                "only a firm of one person may decide without a second one: say so with `[sole_operator]` in the setting \
                 `cases`"
                    .to_owned(),
            )
        })?;
        match second {
            Second::Outside(how) => {
                let outside = sole.outside.as_ref().ok_or_else(|| {
                    AppError::Refused(
                        "the setting `cases` names nobody outside the firm: add `outside` under `[sole_operator]`"
                            .to_owned(),
                    )
                })?;
                Ok(Beside {
                    second: SecondPerson::Outside,
                    handle: Some(format!("outside:{outside}")),
                    text: text("second.outside", how)?.to_owned(),
                })
            }
            Second::BreakGlass(_) if row.kind == CaseKind::BreakGlassReview => {
                Err(AppError::Refused(
                    "what was done alone cannot be reviewed alone: let the person outside the firm confirm it".to_owned(),
                ))
            }
            Second::BreakGlass(why) => Ok(Beside {
                second: SecondPerson::BreakGlass,
                handle: None,
                text: text("second.break_glass", why)?.to_owned(),
            }),
        }
    }
}

impl Recorder<'_> {
    /// Opens the review of a decision that was made alone, in the same change.
    pub(super) fn review_break_glass(
        &mut self,
        rules: &CaseRules,
        file: &CaseFile,
    ) -> Result<CaseId, AppError> {
        let subject = file.subject.as_ref().map(|(row, keys)| CaseSubject {
            party: row.party,
            account: file.row.account,
            keys,
        });
        let review = self.open_case(&NewCase {
            kind: CaseKind::BreakGlassReview,
            subject,
            parent: Some(file.row.case),
            clock: rules.clock(CaseKind::BreakGlassReview, self.now()),
            restricted: file.row.restricted,
            grounds: "a decision was made without a second person",
        })?;
        Ok(review.case)
    }
}
