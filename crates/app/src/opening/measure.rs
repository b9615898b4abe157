//! How much one person opens in a day, and what a second person allows beyond it. Reading what was said in a case opens no
//! field of an identity: it is recorded and listed, and does not count.

use bonafide_ledger::Kind;
use bonafide_model::{DAY_MS, Timestamp};
use bonafide_store::{AccessOp, AllowanceRow, Op};

use crate::access::Action;
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Openings of one person in 24 hours without a second one: a reviewer who decides a case every ten minutes of a long day
/// makes about fifty.
pub const OPENINGS_A_DAY: u64 = 100;
/// The most that one allowance adds: whoever needs more asks again.
const ALLOWED_MAX: u32 = 1000;

impl App {
    /// Lets a member of staff open more parties in the next 24 hours than a day's measure. Nobody allows it to themself.
    pub async fn allow_openings(
        &self,
        actor: &Actor,
        handle: &str,
        more: u32,
    ) -> Result<Timestamp, AppError> {
        actor.may(Action::AllowOpenings)?;
        let (tenant, now) = (self.tenant(&actor.tenant)?, self.now());
        if handle == actor.name {
            return Err(AppError::Refused(
                "nobody allows themself to open more: ask a second person".to_owned(),
            ));
        }
        if more == 0 || more > ALLOWED_MAX {
            return Err(AppError::invalid(
                "more",
                format!("a number from 1 to {ALLOWED_MAX}"),
            ));
        }
        if self
            .store()
            .staff_member(&tenant.name, handle)
            .await?
            .is_none()
        {
            return Err(AppError::NotFound {
                what: "member of staff",
                id: handle.chars().take(64).collect(),
            });
        }
        let expires_at = now.plus_millis(DAY_MS);
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        let details = [("to", handle), ("more", &more.to_string())];
        let record = recorder.event(Kind::OpeningsAllowed, Vec::new(), &details)?;
        recorder.push(Op::Access(AccessOp::Allow(AllowanceRow {
            actor: handle.to_owned(),
            record,
            allowed_by: actor.name.clone(),
            more: more.into(),
            at: now,
            expires_at,
        })));
        self.writer().commit(recorder.finish()).await?;
        Ok(expires_at)
    }

    /// Refuses more openings in a day than one person makes alone.
    pub(super) async fn within_measure(
        &self,
        tenant: &Tenant,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let since = now.plus_millis(-DAY_MS);
        let (made, allowed) = self
            .store()
            .openings_since(&tenant.name, &actor.name, since, now)
            .await?;
        if made < OPENINGS_A_DAY.saturating_add(allowed) {
            return Ok(());
        }
        tracing::warn!(
            actor = actor.name,
            made,
            "openings beyond a day's measure were refused"
        );
        Err(AppError::Refused(format!(
            "`{}` made {made} openings in 24 hours, and {OPENINGS_A_DAY} are one person's measure: a second person lets them \
             go on with `bonafide openings allow {} --more N`",
            actor.name, actor.name
        )))
    }
}
