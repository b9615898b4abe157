//! Campaigns that verify customers of an earlier system: each account of a cohort gets a date, so many a day.
//!
//! The date is a fact of the account (`verify_by`): until then it runs as it did and is asked only for what is missing, then
//! the packs' provisional terms begin, and when they end it is referred or refused as the pack says. The same assessment
//! judges before and after, and `review_at` wakes it; there is no second machinery. Opening a campaign that was
//! interrupted goes on where it stopped, and an account has a date from one campaign only.

use std::sync::Arc;

use bonafide_ledger::Kind;
use bonafide_model::{Account, AccountId, Date, Fact, Span, Timestamp};
use bonafide_store::{ApplyError, CampaignRow, CampaignTally, ImportOp, Op};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Days over which a campaign may be spread: what takes longer than two years is not a campaign.
pub const TRANCHES_MAX: i64 = 731;
/// Accounts read at once.
const PAGE: usize = 1000;
/// Accounts that are opened, judged and committed at once.
const AT_ONCE: usize = 64;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Characters of a name.
const NAME_MAX_CHARS: usize = 32;

/// What somebody wants of a campaign.
#[derive(Debug, Clone)]
pub struct CampaignOrder {
    /// Its name.
    pub name: String,
    /// Customers of this earlier system; of any when absent.
    pub source: Option<String>,
    /// The last day of the first tranche.
    pub first: Date,
    /// The last day of the last tranche.
    pub deadline: Date,
    /// Accounts a day; as many as the days need when absent.
    pub per_day: Option<u64>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub name: String,
    /// Whom it is about: `all`, or an earlier system.
    pub cohort: String,
    /// When the first accounts are due.
    pub first_at: Timestamp,
    /// When the last are.
    pub deadline: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// How far a campaign is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignProgress {
    /// The campaign.
    pub campaign: Campaign,
    /// Accounts of which nothing is missing any more.
    pub verified: u64,
    /// Accounts whose date is to come.
    pub waiting: u64,
    /// Accounts under limits, or with a reviewer.
    pub restricted: u64,
    /// Accounts that were refused or closed.
    pub closed: u64,
}

impl App {
    /// Opens a campaign, or goes on with one that was interrupted: gives each account of the cohort that lacks something
    /// its date. `told` is called with how many have one.
    pub async fn open_campaign(
        &self,
        actor: &Actor,
        order: &CampaignOrder,
        told: impl Fn(u64, u64),
    ) -> Result<CampaignProgress, AppError> {
        actor.may(Action::ImportRecords)?;
        let tenant = self.tenant(&actor.tenant)?;
        let accounts = self.cohort(&tenant, order).await?;
        let dated = self.dated(&tenant, &order.name).await?;
        let days = days(order, self.now())?;
        let total = dated + accounts.len() as u64;
        let per_day = order.per_day.unwrap_or_else(|| total.div_ceil(days)).max(1);
        if per_day.saturating_mul(days) < total {
            let least = total.div_ceil(days);
            let message = format!(
                "{total} accounts in {days} days at {per_day} a day are too many: at least {least} a day, or a later deadline"
            );
            return Err(AppError::invalid("per_day", message));
        }
        self.begin_campaign(actor, &tenant, order).await?;
        let first_at = order.first.plus(Span::days(1)).start();
        let mut at_work = JoinSet::new();
        let mut done = dated;
        for (place, account) in (dated..).zip(accounts) {
            if at_work.len() >= AT_ONCE
                && let Some(one) = at_work.join_next().await
            {
                one.map_err(AppError::internal)??;
                done += 1;
                told(done, total);
            }
            let day = i64::try_from(place / per_day).map_err(AppError::internal)?;
            let due_at = first_at.plus_millis(day * DAY_MS);
            let (app, actor, tenant) = (self.clone(), actor.clone(), Arc::clone(&tenant));
            let name = order.name.clone();
            at_work
                .spawn(async move { app.set_date(&actor, &tenant, &name, account, due_at).await });
        }
        while let Some(one) = at_work.join_next().await {
            let one: Result<(), AppError> = one.map_err(AppError::internal)?;
            one?;
            done += 1;
            told(done, total);
        }
        self.campaign(actor, &order.name).await
    }

    /// How far a campaign is.
    pub async fn campaign(&self, actor: &Actor, name: &str) -> Result<CampaignProgress, AppError> {
        actor.may(Action::ReadAccounts)?;
        let tenant = self.tenant(&actor.tenant)?;
        let rows = self.store().campaigns(&tenant.name).await?;
        let row = rows.into_iter().find(|row| row.campaign == name);
        let row = row.ok_or_else(|| AppError::NotFound {
            what: "campaign",
            id: name
                .chars()
                .filter(|c| !c.is_control())
                .take(NAME_MAX_CHARS)
                .collect(),
        })?;
        let tally = self
            .store()
            .campaign_tally(&tenant.name, name, self.now())
            .await?;
        Ok(progress(row, &tally))
    }

    /// Every campaign, the oldest first.
    pub async fn campaigns(&self, actor: &Actor) -> Result<Vec<CampaignProgress>, AppError> {
        actor.may(Action::ReadAccounts)?;
        let tenant = self.tenant(&actor.tenant)?;
        let mut found = Vec::new();
        for row in self.store().campaigns(&tenant.name).await? {
            found.push(self.campaign(actor, &row.campaign).await?);
        }
        Ok(found)
    }

    /// Open accounts of the cohort that lack something and have no date of a campaign.
    async fn cohort(
        &self,
        tenant: &Tenant,
        order: &CampaignOrder,
    ) -> Result<Vec<AccountId>, AppError> {
        let (mut accounts, mut after) = (Vec::new(), None);
        loop {
            let source = order.source.as_deref();
            let page = self
                .store()
                .accounts_to_verify(&tenant.name, source, after, PAGE)
                .await?;
            accounts.extend(&page);
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(*last),
                _ => return Ok(accounts),
            }
        }
    }

    /// How many accounts have a date of a campaign.
    async fn dated(&self, tenant: &Tenant, name: &str) -> Result<u64, AppError> {
        let tally = self
            .store()
            .campaign_tally(&tenant.name, name, self.now())
            .await?;
        Ok(tally.iter().map(|t| t.accounts).sum())
    }

    async fn begin_campaign(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        order: &CampaignOrder,
    ) -> Result<(), AppError> {
        let row = CampaignRow {
            campaign: order.name.clone(),
            cohort: order.source.clone().unwrap_or_else(|| "all".to_owned()),
            first_at: order.first.plus(Span::days(1)).start(),
            deadline: order.deadline.plus(Span::days(1)).start(),
            opened_at: self.now(),
        };
        let known = self.store().campaigns(&tenant.name).await?;
        if let Some(known) = known.iter().find(|k| k.campaign == row.campaign) {
            let same = (&known.cohort, known.first_at, known.deadline)
                == (&row.cohort, row.first_at, row.deadline);
            if same {
                return Ok(());
            }
            return Err(AppError::Refused(format!(
                "campaign `{}` was opened with other dates or another cohort: give the new one a name of its own",
                row.campaign
            )));
        }
        let digests = tenant.engine().digests.clone();
        let mut recorder = Recorder::new(self, tenant, actor, digests, self.now());
        let (first, deadline) = (row.first_at.to_string(), row.deadline.to_string());
        let details = [
            ("campaign", row.campaign.as_str()),
            ("cohort", row.cohort.as_str()),
            ("first", first.as_str()),
            ("deadline", deadline.as_str()),
        ];
        recorder.event(Kind::CampaignOpened, Vec::new(), &details)?;
        recorder.push(Op::Import(ImportOp::OpenCampaign(row)));
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    async fn set_date(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        campaign: &str,
        account: AccountId,
        due_at: Timestamp,
    ) -> Result<(), AppError> {
        for _ in 0..ATTEMPTS_MAX {
            let loaded = match self.open_account(tenant, account).await {
                Ok(loaded) => loaded,
                // Erased meanwhile.
                Err(AppError::NotFound { .. }) => return Ok(()),
                Err(other) => return Err(other),
            };
            let dossier = loaded
                .dossier(None)
                .ok_or_else(|| AppError::internal("an account without its first fact"))?;
            let now = self.now();
            let dated = Account {
                verify_by: Some(due_at),
                recorded_at: now,
                ..dossier.account
            };
            let holder = loaded.parties.get(&dated.holder);
            let holder = holder.ok_or_else(|| {
                AppError::Refused("the holder of this account was erased".to_owned())
            })?;
            let digests = tenant.engine().digests.clone();
            let mut recorder = Recorder::new(self, tenant, actor, digests, now);
            let entry = Entry {
                party: dated.holder,
                account: Some(account),
                kind: Kind::RoleChanged,
                keys: &holder.keys,
            };
            recorder.push(Op::Import(ImportOp::SetDue {
                campaign: campaign.to_owned(),
                account,
                holder: dated.holder,
                due_at,
            }));
            let facts = [Fact::Account(dated)];
            recorder.facts(&entry, &facts)?;
            self.judge_within(&mut recorder, tenant, &loaded, &facts, None, now)?;
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(()),
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }
}

/// The days of a campaign, if they are days to come and in order.
fn days(order: &CampaignOrder, now: Timestamp) -> Result<u64, AppError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let count = order.name.chars().count();
    if count == 0 || count > NAME_MAX_CHARS || !order.name.chars().all(plain) {
        let message = format!("a name has 1 to {NAME_MAX_CHARS} small letters, digits and dashes");
        return Err(AppError::invalid("name", message));
    }
    if order.first < now.date() {
        let message = format!("`{}` is over: begin today or later", order.first);
        return Err(AppError::invalid("first", message));
    }
    let span = order.deadline.start().as_millis() - order.first.start().as_millis();
    let days = span / DAY_MS + 1;
    if !(1..=TRANCHES_MAX).contains(&days) {
        let message = format!(
            "from `{}` to `{}` are {days} days: 1 to {TRANCHES_MAX} make a campaign",
            order.first, order.deadline
        );
        return Err(AppError::invalid("deadline", message));
    }
    u64::try_from(days).map_err(AppError::internal)
}

fn progress(row: CampaignRow, tally: &[CampaignTally]) -> CampaignProgress {
    let mut progress = CampaignProgress {
        campaign: Campaign {
            name: row.campaign,
            cohort: row.cohort,
            first_at: row.first_at,
            deadline: row.deadline,
            opened_at: row.opened_at,
        },
        verified: 0,
        waiting: 0,
        restricted: 0,
        closed: 0,
    };
    for one in tally {
        let count = match (one.state.as_str(), one.decision.as_str(), one.due) {
            ("closed", _, _) | (_, "refuse", _) => &mut progress.closed,
            (_, "approve", _) => &mut progress.verified,
            (_, "provisional", false) => &mut progress.waiting,
            _ => &mut progress.restricted,
        };
        *count += one.accounts;
    }
    progress
}
