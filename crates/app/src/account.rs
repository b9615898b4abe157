//! Reading accounts: the judgement as it stands now, as it was known, the entitlements, lists.

use bonafide_model::{AccountId, Timestamp};
use bonafide_policy::{Assessment, assess};
use bonafide_store::{AccountFilter, ApplyError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::{AccountSummary, JudgedAccount, Page};
use crate::error::AppError;
use crate::event::{AccountState, Event, EventKind};
use crate::once::ATTEMPTS_MAX;
use crate::party::PAGE_MAX;
use crate::recorder::Recorder;
use crate::sign_up::RestsOn;
use crate::subject::OpenAccount;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// What a provisioner reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntitlementsAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The decision that they follow from.
    pub decision: String,
    /// The limits.
    #[schema(value_type = Object)]
    pub entitlements: serde_json::Value,
    /// Until when they stand, if time alone can change them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub review_at: Option<Timestamp>,
}

/// What judging an account again came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedAgain {
    /// Where the account stood.
    pub before: String,
    /// Where it stands.
    pub after: String,
    /// Whether there was anything new to record.
    pub recorded: bool,
}

impl JudgedAgain {
    fn unchanged(standing: String) -> Self {
        Self {
            before: standing.clone(),
            after: standing,
            recorded: false,
        }
    }
}

/// Which accounts to list.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// With this decision.
    pub decision: Option<String>,
    /// With this risk band.
    pub risk: Option<String>,
    /// With this product.
    pub product: Option<String>,
    /// Due for review before this instant.
    pub review_before: Option<Timestamp>,
}

impl App {
    /// The judgement of an account: the recorded one while it is good, else made and recorded anew. With `known_at`, what
    /// was judged at that instant, which records nothing.
    pub async fn assessment(
        &self,
        actor: &Actor,
        account: AccountId,
        known_at: Option<Timestamp>,
    ) -> Result<JudgedAccount, AppError> {
        actor.may(Action::ReadAccounts)?;
        self.judgement(actor, account, known_at).await
    }

    async fn judgement(
        &self,
        actor: &Actor,
        account: AccountId,
        known_at: Option<Timestamp>,
    ) -> Result<JudgedAccount, AppError> {
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.open_account(&tenant, account).await?;
            let engine = tenant.engine();
            if let Some(known_at) = known_at {
                let assessment = self
                    .as_known_at(&tenant, &loaded, &engine, known_at)
                    .await?;
                return Ok(JudgedAccount {
                    account,
                    assessment,
                });
            }
            if !loaded.is_judgeable() {
                return Err(self.no_dossier(&tenant, &loaded).await);
            }
            let now = self.now();
            if let Some(good) = standing(&loaded, &engine, now) {
                return Ok(JudgedAccount {
                    account,
                    assessment: serde_json::from_str(good).map_err(AppError::internal)?,
                });
            }
            match self.judge_now(actor, &tenant, &loaded, now).await {
                Ok(assessment) => {
                    return Ok(JudgedAccount {
                        account,
                        assessment,
                    });
                }
                Err(AppError::Busy) => {}
                Err(other) => return Err(other),
            }
        }
        Err(AppError::Busy)
    }

    /// What was judged at an instant: the assessment that stood then; where none did, what today's packs say of what was
    /// known then.
    async fn as_known_at(
        &self,
        tenant: &Tenant,
        loaded: &OpenAccount,
        engine: &crate::Engine,
        known_at: Timestamp,
    ) -> Result<serde_json::Value, AppError> {
        if known_at > self.now() {
            return Err(AppError::invalid(
                "known_at",
                "nothing is known yet of the future",
            ));
        }
        let stood = loaded
            .assessments
            .iter()
            .rev()
            .find(|(at, _)| *at <= known_at);
        if let Some((_, items)) = stood
            && let Some(item) = items.iter().find(|i| i.name() == "assessment")
        {
            let assessment: serde_json::Value =
                serde_json::from_str(item.value.get()).map_err(AppError::internal)?;
            let review_at = assessment
                .get("review_at")
                .and_then(serde_json::Value::as_str);
            let review_at: Option<Timestamp> = review_at
                .map(str::parse)
                .transpose()
                .map_err(AppError::internal)?;
            if review_at.is_none_or(|review| known_at < review) {
                return Ok(assessment);
            }
        }
        self.nothing_gone_since(tenant, loaded, known_at).await?;
        let none = || AppError::NotFound {
            what: "account known by then",
            id: loaded.row.account.to_string(),
        };
        let dossier = loaded.dossier(Some(known_at)).ok_or_else(none)?;
        json(&assess(&engine.inputs(&dossier, known_at)))
    }

    pub(crate) async fn judge_now(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        loaded: &OpenAccount,
        now: Timestamp,
    ) -> Result<serde_json::Value, AppError> {
        let mut recorder = Recorder::new(self, tenant, actor, tenant.engine().digests.clone(), now);
        let assessment = self.judge_within(&mut recorder, tenant, loaded, &[], None, now)?;
        if loaded.row.review_at.is_some_and(|review| review <= now) {
            let decision = assessment
                .get("decision")
                .and_then(serde_json::Value::as_str);
            let state = AccountState {
                account: loaded.row.account,
                holder: loaded.row.holder,
                decision: decision.unwrap_or_default(),
                version: loaded.row.version + 1,
            };
            recorder.announce(Event::account(EventKind::ReviewDue, &state));
        }
        match self.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(assessment),
            Err(ApplyError::Conflict { .. }) => Err(AppError::Busy),
            Err(other) => Err(other.into()),
        }
    }

    /// Judges an account again, because time, rules or lists may have changed what is said of it: provisional terms that
    /// ended, a determination that expired, an assurance that lapsed. What has not changed is not
    /// recorded again, so that it can be called at any time and any number of times.
    pub async fn judge_again(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<JudgedAgain, AppError> {
        let actor = Actor::worker(tenant);
        let tenant = self.tenant(tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.open_account(&tenant, account).await?;
            let engine = tenant.engine();
            let now = self.now();
            let before = loaded.row.state.clone();
            if standing(&loaded, &engine, now).is_some() {
                return Ok(JudgedAgain::unchanged(before));
            }
            let (dossier, judgement) = self.judge_loaded(&tenant, &loaded, &[], now)?;
            if judgement.learned.is_empty() && is_recorded(&loaded, &judgement.assessment)? {
                return Ok(JudgedAgain::unchanged(before));
            }
            let mut recorder = Recorder::new(self, &tenant, &actor, engine.digests.clone(), now);
            self.record_judgement(&mut recorder, &loaded, &dossier, &judgement, None)?;
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => {
                    return Ok(JudgedAgain {
                        before,
                        after: judgement.assessment.standing.as_str().to_owned(),
                        recorded: true,
                    });
                }
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    /// The limits for the provisioner.
    pub async fn entitlements(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<EntitlementsAnswer, AppError> {
        actor.may(Action::ReadEntitlements)?;
        let judged = self.judgement(actor, account, None).await?;
        let mut assessment = judged.assessment;
        let mut take = |name: &str| {
            assessment
                .get_mut(name)
                .map(serde_json::Value::take)
                .unwrap_or_default()
        };
        Ok(EntitlementsAnswer {
            account,
            decision: take("decision").as_str().unwrap_or_default().to_owned(),
            entitlements: take("entitlements"),
            review_at: serde_json::from_value(take("review_at")).map_err(AppError::internal)?,
        })
    }

    /// Accounts, a page at a time, oldest first.
    pub async fn accounts(
        &self,
        actor: &Actor,
        which: &Accounts,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Page<AccountSummary>, AppError> {
        actor.may(Action::ReadAccounts)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let filter = AccountFilter {
            state: None,
            decision: which.decision.clone(),
            risk: which.risk.clone(),
            product: which.product.clone(),
            review_before: which.review_before,
        };
        let rows = self
            .store()
            .list_accounts(&tenant.name, &filter, after, limit + 1)
            .await?;
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.account.to_string()))
            .flatten();
        let items = rows.into_iter().take(limit).map(|r| AccountSummary {
            id: r.account,
            holder: r.holder,
            product: r.product,
            decision: r.decision,
            standing: r.state,
            risk: r.risk,
            opened_at: r.created_at,
            review_at: r.review_at,
        });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }
}

/// The exact text of the recorded judgement, if it still stands: the same packs, lists and engine, nothing learned since, and time has not
/// changed it.
pub(crate) fn standing<'a>(
    loaded: &'a OpenAccount,
    engine: &crate::Engine,
    now: Timestamp,
) -> Option<&'a str> {
    let (at, items) = loaded.assessments.last()?;
    let item = |name: &str| {
        items
            .iter()
            .find(|i| i.name() == name)
            .map(|i| i.value.get())
    };
    let rests: RestsOn = serde_json::from_str(item("inputs")?).ok()?;
    let same_rules = rests.digests.iter().eq(engine
        .digests
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .iter());
    let learned_since = loaded
        .parties
        .values()
        .flat_map(|p| &p.facts)
        .any(|f| f.recorded_at() > *at);
    let due = loaded.row.review_at.is_some_and(|review| review <= now);
    let stands = same_rules && !learned_since && !due;
    stands.then(|| item("assessment")).flatten()
}

/// Whether the last judgement that was recorded says the same, but for the instant at which it was made.
fn is_recorded(loaded: &OpenAccount, made: &Assessment) -> Result<bool, AppError> {
    let item = loaded.assessments.last().and_then(|(_, items)| {
        let item = items.iter().find(|i| i.name() == "assessment")?;
        Some(item.value.get())
    });
    let Some(text) = item else { return Ok(false) };
    let timeless = |mut value: serde_json::Value| {
        if let Some(fields) = value.as_object_mut() {
            fields.remove("assessed_at");
        }
        value
    };
    let recorded = serde_json::from_str(text).map_err(AppError::internal)?;
    Ok(timeless(recorded) == timeless(json(made)?))
}

fn json(assessment: &Assessment) -> Result<serde_json::Value, AppError> {
    serde_json::to_value(assessment).map_err(AppError::internal)
}
