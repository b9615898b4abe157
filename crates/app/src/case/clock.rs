//! The clock of a case: set with it, moved with a reason, and marked when it has run out.

use bonafide_model::{CaseClock, CaseId};
use bonafide_store::CaseRow;

use super::answer::CaseAnswer;
use super::said::{Said, What, text};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::work::{Enqueue, Outcome, Task};
use crate::{Action, Actor, App};

impl Recorder<'_> {
    /// Puts the timer of a case that is pending and has a clock, and takes it back otherwise.
    pub(super) fn set_case_timer(&mut self, row: &CaseRow) -> Result<(), AppError> {
        let timer = format!("case:{}", row.case);
        match row.clock.latest {
            Some(latest) if row.state.is_pending() && row.overdue_at.is_none() => {
                let how = Enqueue {
                    timer: Some(timer),
                    lane: None,
                    party: row.party,
                };
                self.enqueue(&Task::CaseOverdue { case: row.case }, latest, how)
            }
            _ => {
                self.cancel_timer(&timer);
                Ok(())
            }
        }
    }
}

impl App {
    /// Moves the clock of a case, and says why.
    pub async fn set_case_clock(
        &self,
        actor: &Actor,
        case: CaseId,
        clock: CaseClock,
        grounds: &str,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        let grounds = text("grounds", grounds)?;
        if !clock.is_possible() {
            return Err(AppError::invalid(
                "due_at",
                "the case would be over before it may be decided",
            ));
        }
        let now = self.now();
        if clock.is_over(now) {
            return Err(AppError::invalid(
                "due_at",
                "a case cannot be due in the past",
            ));
        }
        self.on_case(actor, case, |file| {
            file.must_be_pending()?;
            file.row.clock = clock;
            file.row.overdue_at = None;
            Ok((What::Clock, Said::text(grounds)))
        })
        .await
    }

    /// Marks a case whose clock has run out. One that is answered, gone, or was given more time needs no mark.
    pub(crate) async fn case_overdue(
        &self,
        tenant: &Tenant,
        case: CaseId,
    ) -> Result<Outcome, AppError> {
        let actor = Actor::worker(&tenant.name);
        let now = self.now();
        let needs_mark = |row: &CaseRow| {
            row.state.is_pending() && row.clock.is_over(now) && row.overdue_at.is_none()
        };
        let row = self.store().case(&tenant.name, case).await?;
        if !row.is_some_and(|row| needs_mark(&row)) {
            return Ok(Outcome::Done);
        }
        let marked = self.on_case(&actor, case, |file| {
            if needs_mark(&file.row) {
                file.row.overdue_at = Some(now);
            }
            Ok((What::Overdue, Said::text("the clock has run out")))
        });
        match marked.await {
            Ok(_) | Err(AppError::NotFound { .. }) => Ok(Outcome::Done),
            Err(other) => Err(other),
        }
    }
}
