//! Whether an order may go ahead: asked before anything is provisioned, free and trial orders alike.
//!
//! For an account and the product it was opened for, the answer follows from the judgement that the account stands under;
//! if that is no longer good, the account is judged anew and the new judgement is recorded. For anything else (a party
//! without such an account, another product or region) an account that there is not is thought through over what is
//! recorded: it says what a sign-up would be answered, and records nothing, since nothing is decided.
//!
//! How much an account uses is not kept here: whoever provisions knows it, and says it with the order
//! (`docs/decisions/0013-orders.md`). A cap that cannot be held for want of a number is a mistake in the request and never
//! a yes.

use std::sync::Arc;

use bonafide_model::{Account, AccountId, Dossier, Fact, OpeningMethod, PartyId};
use bonafide_policy::{Decision, Reason};

use crate::engine::Engine;
use crate::error::AppError;
use crate::judge::judge;
use crate::standing::{Judged, Open, Standing};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

mod answer;
mod caps;
mod request;

pub use answer::{Basis, OrderAnswer, Outcome, Passed};
pub use request::{InUse, Money, Order};

use caps::Caps;

/// Accounts of one product and party that are looked at for one of the region asked for.
const HELD_MAX: usize = 8;

/// Whose order it is, once it is known.
enum Asked {
    /// Of an account for what it was opened for.
    Standing(Arc<Standing>),
    /// Of an account that there is not.
    WhatIf(Box<WhatIf>),
}

/// An account that there is not.
struct WhatIf {
    holder: PartyId,
    judged: Judged,
    /// Whether it would be the first of its kind, so that nothing of it is in use.
    fresh: bool,
    closed: bool,
}

impl App {
    /// Whether an order may go ahead: the outcome, the limits, and what is missing.
    pub async fn authorize_order(
        &self,
        actor: &Actor,
        order: &Order,
    ) -> Result<OrderAnswer, AppError> {
        actor.may(Action::AuthorizeOrder)?;
        let tenant = self.tenant(&actor.tenant)?;
        let engine = tenant.engine();
        order.check(&engine.catalogue).map_err(AppError::Invalid)?;
        let asked = match (order.account, order.party) {
            (Some(account), None) => self.of_account(actor, &tenant, account, order).await?,
            (None, Some(party)) => self.of_party(actor, &tenant, party, order).await?,
            _ => {
                let message = "say either `account` or `party`";
                return Err(AppError::invalid("account", message));
            }
        };
        let mut answer = answer(order, &asked)?;
        if let Asked::Standing(standing) = &asked
            && order.token
        {
            answer.token = Some(self.token_of(&tenant, standing).await?.token);
        }
        Ok(answer)
    }

    async fn of_account(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        account: AccountId,
        order: &Order,
    ) -> Result<Asked, AppError> {
        let standing = self.standing(actor, tenant, account).await?;
        if order.is_for(&standing.account) {
            return Ok(Asked::Standing(standing));
        }
        // The account's own parties stand to the other product too, but what runs out with the account runs out for it.
        let loaded = self.open_account(tenant, account).await?;
        let dossier = loaded.dossier(None);
        let mut dossier = dossier
            .ok_or_else(|| AppError::Internal(format!("account `{account}` has no first fact")))?;
        dossier.account.product.clone_from(&order.product);
        dossier.account.region.clone_from(&order.region);
        dossier.account.trial = order.trial;
        Ok(self.what_if(&tenant.engine(), dossier, false))
    }

    async fn of_party(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        party: PartyId,
        order: &Order,
    ) -> Result<Asked, AppError> {
        let held = self
            .store()
            .open_accounts_held(&tenant.name, party, &order.product, HELD_MAX)
            .await?;
        for account in held {
            let standing = self.standing(actor, tenant, account).await?;
            if order.is_for(&standing.account) {
                return Ok(Asked::Standing(standing));
            }
        }
        let known = self.open_with_owners(tenant, [party]).await?;
        if !known.contains_key(&party) {
            return Err(self.no_party(tenant, party).await);
        }
        let now = self.now();
        let account = Account {
            id: AccountId::new(now, self.entropy()),
            holder: party,
            product: order.product.clone(),
            region: order.region.clone(),
            trial: order.trial,
            opening_method: OpeningMethod::Online,
            opened_at: now,
            closed_at: None,
            last_access_at: None,
            verify_by: None,
            recorded_at: now,
        };
        let facts = known.values().flat_map(|p| p.facts.iter().cloned());
        let dossier = Dossier::fold(facts.chain([Fact::Account(account)]), None);
        let dossier = dossier
            .ok_or_else(|| AppError::internal("a dossier with an account that was not folded"))?;
        Ok(self.what_if(&tenant.engine(), dossier, true))
    }

    /// Judges an account that there is not. What screening finds is used and not recorded: whoever opens the account is
    /// screened again then.
    fn what_if(&self, engine: &Engine, mut dossier: Dossier, fresh: bool) -> Asked {
        let judgement = judge(engine, &mut dossier, self.now(), self.entropy());
        Asked::WhatIf(Box::new(WhatIf {
            holder: dossier.holder(),
            judged: Judged::new(judgement.assessment, None),
            fresh,
            closed: dossier.account.closed_at.is_some(),
        }))
    }
}

fn answer(order: &Order, asked: &Asked) -> Result<OrderAnswer, AppError> {
    let (basis, account, holder, judged) = match asked {
        Asked::Standing(s) => (
            Basis::Recorded,
            Some(s.account.id),
            s.account.holder,
            &s.judged,
        ),
        Asked::WhatIf(what) => (Basis::WhatIf, None, what.holder, &what.judged),
    };
    let (fresh, closed) = match asked {
        Asked::Standing(standing) => (false, standing.account.closed_at.is_some()),
        Asked::WhatIf(what) => (what.fresh, what.closed),
    };
    let caps = Caps::of(&judged.limits, order, fresh);
    let caps = caps.map_err(|e| AppError::Invalid(vec![e]))?;
    let shown = |open: &Open| (open.reasons.clone(), open.missing.clone());
    let (mut reasons, missing) = judged.open.as_ref().map(shown).unwrap_or_default();
    let mut outcome = outcome(judged, &caps);
    if closed {
        outcome = Outcome::Refused;
        reasons.insert(0, account_closed());
    }
    let plan = judged.open.as_ref().filter(|_| !missing.is_empty());
    Ok(OrderAnswer {
        outcome,
        basis,
        account,
        party: holder,
        product: order.product.clone(),
        region: order.region.clone(),
        quantity: order.quantity,
        decision: judged.decision,
        limits: judged.limits.clone(),
        passed: caps.passed,
        reasons,
        plan: plan.map(|open| open.plan.clone()),
        missing,
        assessed_at: judged.assessed_at,
        review_at: judged.review_at,
        assessment_sha256: judged.digest.clone(),
        token: None,
    })
}

fn account_closed() -> Reason {
    Reason {
        effect: Decision::Refuse,
        rule: "engine/account-closed".into(),
        subject: None,
        public_reason: "account_closed".into(),
        text: "the account is closed: a new one is opened by a sign-up".into(),
        citations: Vec::new(),
        human_review: false,
        appeal: false,
        measure: None,
        determination: None,
    }
}

/// What a judgement means for an order.
fn outcome(judged: &Judged, caps: &Caps) -> Outcome {
    let limits = &judged.limits;
    let fits = limits.provision && caps.passed.is_empty();
    match judged.decision {
        Decision::Refuse => Outcome::Refused,
        Decision::Refer if judged.open.as_ref().is_some_and(only_missing) => Outcome::Missing,
        Decision::Refer => Outcome::Referred,
        Decision::Provisional if fits => Outcome::AllowedWithLimits,
        Decision::Provisional if judged.open.as_ref().is_some_and(wants_something) => {
            Outcome::Missing
        }
        Decision::Provisional if limits.provision => Outcome::Refused,
        Decision::Provisional => Outcome::Referred,
        Decision::Approve if !fits => Outcome::Refused,
        Decision::Approve if caps.any => Outcome::AllowedWithLimits,
        Decision::Approve => Outcome::Allowed,
    }
}

/// Whether the customer can supply something that counts.
fn wants_something(open: &Open) -> bool {
    open.missing.iter().any(|missing| !missing.proposed)
}

/// Whether everything that wants a human to look is something that the customer could supply.
fn only_missing(open: &Open) -> bool {
    let asks = |rule: &str, subject: Option<PartyId>| {
        open.missing.iter().any(|m| {
            Some(m.subject) == subject
                && m.sources
                    .iter()
                    .any(|s| rule.split_once('/') == Some((&*s.pack, &*s.requirement)))
        })
    };
    let mut referring = open
        .reasons
        .iter()
        .filter(|r| r.effect == Decision::Refer)
        .peekable();
    referring.peek().is_some() && referring.all(|r| asks(&r.rule, r.subject))
}

#[cfg(test)]
mod tests;
