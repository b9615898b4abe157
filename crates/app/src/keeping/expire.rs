//! The pass that ends what is over: holds that expired are released, and what may be kept no longer is destroyed.
//!
//! It scales by looking only where something can be due. Each party has an instant at which it is looked at next: the first
//! at which the calculus says that something of it is due by time alone. Every change of a party sets it back to "now", since
//! a change is what moves an anchor (a closing, an access, a decision, a hold), so nobody has to remember to. When the packs
//! change, all parties are set back, a page at a time. A pass does a bounded part and says whether there is more; stopped
//! anywhere, the next goes on, and done twice it finds nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Kind, sha256};
use bonafide_model::{PartyId, Timestamp};
use bonafide_policy::keeping::CauseKind;
use bonafide_policy::pack::ProhibitionAction;
use bonafide_store::{HoldRow, KeepAt, PartyRow};
use serde::{Deserialize, Serialize};

use super::{Cut, ItemKeeping, PartyKeeping};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Parties that are set back at once when the packs changed: one statement over a range of ids.
const SET_BACK: usize = 5_000;
/// Instants noted in one transaction.
const NOTED: usize = 500;
/// The setting that says under which terms parties were set back, and how far.
const WALK: &str = "keeping.walk";

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ExpiryReport {
    /// Parties looked at.
    pub looked_at: usize,
    /// Holds released because they had expired.
    pub holds_released: usize,
    /// Parties of which something was destroyed.
    pub cut: usize,
    /// Parties of which nothing was left, and that were erased.
    pub erased: usize,
    /// Items destroyed.
    pub items: usize,
    /// Whether there is more to look at.
    pub more: bool,
}

/// How far parties were set back.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    terms: String,
    after: Option<PartyId>,
    done: bool,
}

impl App {
    /// Ends what is over, of at most so many holds and parties.
    pub async fn expire_due(&self, actor: &Actor, limit: usize) -> Result<ExpiryReport, AppError> {
        actor.may(Action::ExpireRecords)?;
        let tenant = self.tenant(&actor.tenant)?;
        let now = self.now();
        let mut report = ExpiryReport::default();
        let over = self.store().holds_over(&tenant.name, now, limit).await?;
        report.more = over.len() == limit;
        for hold in &over {
            report.holds_released +=
                usize::from(self.release_over(actor, &tenant, hold, now).await?);
        }
        report.more |= self.set_back(&tenant).await?;
        if !ends_anything(&tenant) {
            return Ok(report);
        }
        let parties = self
            .store()
            .parties_to_look_at(&tenant.name, now, limit)
            .await?;
        report.more |= parties.len() == limit;
        let mut notes = Vec::new();
        for party in &parties {
            report.looked_at += 1;
            notes.extend(
                self.look_at(actor, &tenant, party, now, &mut report)
                    .await?,
            );
            if notes.len() == NOTED {
                self.store().note_keep_at(&tenant.name, &notes).await?;
                notes.clear();
            }
        }
        self.store().note_keep_at(&tenant.name, &notes).await?;
        if report.cut + report.erased > 0 {
            self.scrub_soon().await?;
        }
        Ok(report)
    }

    /// Releases a hold whose time is over; a party that changes meanwhile is for the next pass.
    async fn release_over(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        hold: &HoldRow,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        match self.end_hold(actor, tenant, hold, now).await {
            Ok(()) => Ok(true),
            Err(AppError::Busy | AppError::Gone(_) | AppError::NotFound { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Destroys what is due of a party, or gives when it must be looked at next.
    async fn look_at(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        party: &PartyRow,
        now: Timestamp,
        report: &mut ExpiryReport,
    ) -> Result<Option<KeepAt>, AppError> {
        let mut kept = match self.keeping_of(tenant, party.party).await {
            Ok(kept) => kept,
            Err(AppError::Gone(_) | AppError::NotFound { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let due: BTreeSet<usize> = due(&kept.items, now).map(|(place, _)| place).collect();
        if due.is_empty() {
            let next = kept.items.iter().filter_map(|i| i.keeping.due_at()).min();
            return Ok(Some(KeepAt {
                party: kept.row.party,
                version: kept.row.version,
                at: next,
            }));
        }
        let count = due.len();
        match self.expire(actor, tenant, &mut kept, due, now).await {
            Ok(true) => report.erased += 1,
            Ok(false) => report.cut += 1,
            // It changed meanwhile, and is looked at again.
            Err(AppError::Busy) => return Ok(None),
            Err(other) => return Err(other),
        }
        report.items += count;
        Ok(None)
    }

    /// Destroys what is due; true if nothing is left and the party is erased.
    async fn expire(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        kept: &mut PartyKeeping,
        due: BTreeSet<usize>,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        let grounds = grounds(&kept.items, &due);
        if due.len() == kept.items.len() && kept.live_holds(now) == 0 {
            let all: BTreeSet<String> = grounds.into_values().collect();
            let ground = all.into_iter().collect::<Vec<_>>().join(", ");
            self.erase_whole(actor, tenant, kept, now, &ground).await?;
            return Ok(true);
        }
        let mut recorder = Recorder::new(self, tenant, actor, tenant.engine().digests.clone(), now);
        let cut = Cut {
            of: kept,
            gone: due,
            kind: Kind::Expiry,
            grounds,
        };
        self.cut(&mut recorder, tenant, cut).await?;
        self.commit(recorder).await?;
        Ok(false)
    }

    /// Sets a page of parties back if the packs are not those under which all were; true if there are more.
    async fn set_back(&self, tenant: &Tenant) -> Result<bool, AppError> {
        let terms = terms(tenant);
        let stored = self.store().setting(&tenant.name, WALK).await?;
        let stored: Walk = stored
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let after = match (stored.terms == terms, stored.done) {
            (true, true) => return Ok(false),
            (true, false) => stored.after,
            (false, _) => None,
        };
        let last = self
            .store()
            .look_again(&tenant.name, after, SET_BACK)
            .await?;
        let walk = Walk {
            terms,
            after: last,
            done: last.is_none(),
        };
        let text = serde_json::to_string(&walk).map_err(AppError::internal)?;
        self.note_setting(tenant, WALK, &text).await?;
        Ok(!walk.done)
    }
}

/// The items that are due at an instant, with their places.
pub(super) fn due(
    items: &[ItemKeeping],
    now: Timestamp,
) -> impl Iterator<Item = (usize, &ItemKeeping)> {
    let items = items.iter().enumerate();
    items.filter(move |(_, item)| item.keeping.is_due(now))
}

/// By class the packs and rules that end the keeping.
fn grounds(items: &[ItemKeeping], due: &BTreeSet<usize>) -> BTreeMap<String, String> {
    let mut rules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in due.iter().filter_map(|place| items.get(*place)) {
        let causes = item.keeping.erase_from.causes.iter();
        let ends = causes.filter(|c| c.kind == CauseKind::Maximum);
        let named = ends.filter_map(|c| Some(format!("{} {}", c.pack.as_ref()?, c.rule.as_ref()?)));
        rules.entry(item.class.clone()).or_default().extend(named);
    }
    let joined = rules.into_iter().map(|(class, rules)| {
        let rules: Vec<String> = rules.into_iter().collect();
        (class, rules.join(", "))
    });
    joined.collect()
}

/// Whether any pack in force ends the keeping of anything; else there is nobody to look at.
fn ends_anything(tenant: &Tenant) -> bool {
    let engine = tenant.engine();
    let packs = engine.packs.active().iter().filter(|p| p.bites());
    packs.map(|p| &p.pack).any(|pack| {
        let bans = &pack.prohibitions;
        pack.retention.iter().any(|t| t.max.is_some())
            || bans.iter().any(|b| b.action == ProhibitionAction::Keep)
    })
}

/// What stands for the packs in force.
fn terms(tenant: &Tenant) -> String {
    let engine = tenant.engine();
    let packs = engine.packs.active().iter().filter(|p| p.bites());
    let names: Vec<String> = packs
        .map(|p| format!("{} {}\n", p.pack.id, p.pack.digest))
        .collect();
    sha256(names.concat().as_bytes()).to_string()
}
