//! Holds: what must be kept although a term has run, on what basis, and until when.
//!
//! A hold is placed on a party, for everything or narrowly: one account, classes of records, attributes, what was recorded
//! in a time. It ends by itself when it expires, and by release; both are recorded. Basis and scope are sealed under the
//! party's key for answers, which outlives every class.

use bonafide_ledger::Kind;
use bonafide_model::{AccountId, HoldId, PartyId, Timestamp};
use bonafide_policy::keeping::{Hold, HoldScope};
use bonafide_seal::{Aad, SubjectKeys};
use bonafide_store::{ApplyError, Change, HoldRow, Op, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Page;
use crate::error::AppError;
use crate::keeping::PartyKeeping;
use crate::once::{ATTEMPTS_MAX, Once, Reply};
use crate::party::PAGE_MAX;
use crate::recorder::{Entry, Recorder};
use crate::sealed;
use crate::submission::FieldError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Classes or attributes that one hold names: more than there are classes; who needs more holds everything.
const NAMED_MAX: usize = 64;

/// What is to be held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The party; the holder of `account` when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub party: Option<PartyId>,
    /// Only records about this account, and those about the party that every account uses.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub account: Option<AccountId>,
    /// Only records of these classes.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub classes: Vec<String>,
    /// Only these attributes.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub fields: Vec<String>,
    /// Only what was recorded at this instant or later.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub from: Option<Timestamp>,
    /// Only what was recorded before this instant.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub to: Option<Timestamp>,
    /// On what basis.
    #[schema(min_length = 1, max_length = 500)]
    pub basis: String,
    /// When it ends by itself; released by hand when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
}

/// A hold, as it is listed. Its basis may be a secret of the process that ordered it, and is not shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoldSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: HoldId,
    /// The party.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// `holds`, `expired` or `released`.
    pub state: String,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
    /// When it was released.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub released_at: Option<Timestamp>,
}

/// What is sealed of a hold.
#[derive(Serialize, Deserialize)]
struct Sealed {
    basis: String,
    scope: HoldScope,
}

impl PartyKeeping {
    /// Holds that have not ended, whatever they cover.
    pub(crate) fn live_holds(&self, now: Timestamp) -> usize {
        let live = |h: &&Hold| h.ends_at().is_none_or(|end| now < end);
        self.holds.iter().filter(live).count()
    }
}

impl App {
    /// Places a hold.
    pub async fn place_hold(
        &self,
        actor: &Actor,
        new: &NewHold,
        once: Option<&Once<'_, HoldSummary>>,
    ) -> Result<Reply<HoldSummary>, AppError> {
        actor.may(Action::HoldParty)?;
        let tenant = self.tenant(&actor.tenant)?;
        let sealed = self.read_hold(new)?;
        self.decide(&tenant, once, |now| {
            self.decide_hold(actor, &tenant, new, &sealed, once, now)
        })
        .await
    }

    async fn decide_hold(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        new: &NewHold,
        sealed: &Sealed,
        once: Option<&Once<'_, HoldSummary>>,
        now: Timestamp,
    ) -> Result<(Change, HoldSummary), AppError> {
        let party = self.held_party(tenant, new).await?;
        let open = self.open_party(tenant, party).await?;
        let hold = HoldId::new(now, self.entropy());
        let id = hold.to_string();
        let plain = serde_json::to_vec(sealed).map_err(AppError::internal)?;
        let (keys, registry) = (&open.keys, self.registry());
        let aad = aad(&tenant.name, &id);
        let row = HoldRow {
            hold,
            party,
            starts_at: now,
            expires_at: new.until,
            released_at: None,
            envelope: sealed::seal_answer(&plain, keys, registry, &aad, self.entropy())?,
        };
        let answer = summary(&row, now);
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        recorder.expect(Subject::Party(party), open.row.version);
        recorder.push(Op::PutHold(row));
        let told = entry(party, Kind::Hold, keys);
        recorder.decision(&told, &[("hold", &hold)])?;
        if let Some(once) = once {
            recorder.push(once.remember(self, tenant, party, keys, &answer, now)?);
        }
        Ok((recorder.finish(), answer))
    }

    fn read_hold(&self, new: &NewHold) -> Result<Sealed, AppError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push(FieldError::new(field, message));
        let basis = bonafide_model::value::text(&new.basis);
        let basis = basis.unwrap_or_else(|e| {
            wrong("basis", e.message);
            String::new()
        });
        if new.until.is_some_and(|until| until <= self.now()) {
            wrong("until", "a hold cannot end in the past".to_owned());
        }
        if let (Some(from), Some(to)) = (new.from, new.to)
            && to <= from
        {
            wrong(
                "to",
                "it must be after `from`: nothing lies between".to_owned(),
            );
        }
        for (field, names) in [("classes", &new.classes), ("fields", &new.fields)] {
            if names.len() > NAMED_MAX {
                wrong(field, format!("at most {NAMED_MAX} can be named"));
            }
        }
        let classes = self.registry().classes();
        for class in new.classes.iter().filter(|c| !classes.contains_key(*c)) {
            let known: Vec<&str> = classes.keys().map(String::as_str).collect();
            let message = format!("`{class}` is no record class: use {}", known.join(", "));
            wrong("classes", message);
        }
        for field in new
            .fields
            .iter()
            .filter(|f| self.registry().get(f).is_none())
        {
            wrong("fields", self.registry().unknown(field));
        }
        if new.party.is_none() && new.account.is_none() {
            wrong(
                "party",
                "say whose records are held: a party or an account".to_owned(),
            );
        }
        if !errors.is_empty() {
            return Err(AppError::Invalid(errors));
        }
        Ok(Sealed {
            basis,
            scope: HoldScope {
                account: new.account,
                classes: new.classes.clone(),
                fields: new.fields.clone(),
                from: new.from,
                to: new.to,
            },
        })
    }

    async fn held_party(&self, tenant: &Tenant, new: &NewHold) -> Result<PartyId, AppError> {
        let Some(account) = new.account else {
            return new
                .party
                .ok_or_else(|| AppError::invalid("party", "say whose records are held"));
        };
        let Some(row) = self.store().account(&tenant.name, account).await? else {
            return Err(self.no_account(tenant, account).await);
        };
        Ok(new.party.unwrap_or(row.holder))
    }

    /// Holds, a page at a time, oldest first; of one party or of all.
    pub async fn holds(
        &self,
        actor: &Actor,
        party: Option<PartyId>,
        live: bool,
        after: Option<HoldId>,
        limit: usize,
    ) -> Result<Page<HoldSummary>, AppError> {
        actor.may(Action::ReadKeeping)?;
        let tenant = self.tenant(&actor.tenant)?;
        let (now, limit) = (self.now(), limit.clamp(1, PAGE_MAX));
        let rows = match party {
            Some(party) => {
                let rows = self.store().holds(&tenant.name, party).await?;
                let wanted = rows
                    .into_iter()
                    .filter(|r| after.is_none_or(|a| r.hold > a));
                wanted
                    .filter(|r| !live || r.released_at.is_none())
                    .collect()
            }
            None => {
                self.store()
                    .list_holds(&tenant.name, live, after, limit + 1)
                    .await?
            }
        };
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.hold.to_string()))
            .flatten();
        let items = rows.iter().take(limit).map(|row| summary(row, now));
        Ok(Page {
            items: items.collect(),
            next,
        })
    }

    /// Ends a hold.
    pub async fn release_hold(&self, actor: &Actor, hold: HoldId) -> Result<HoldSummary, AppError> {
        actor.may(Action::ReleaseHold)?;
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let row = self.store().hold(&tenant.name, hold).await?;
            let live = row.filter(|row| row.released_at.is_none());
            let mut row = live.ok_or_else(|| AppError::NotFound {
                what: "live hold",
                id: hold.to_string(),
            })?;
            let now = self.now();
            match self.end_hold(actor, &tenant, &row, now).await {
                Err(AppError::Busy) => {}
                Err(other) => return Err(other),
                Ok(()) => {
                    row.released_at = Some(now);
                    return Ok(summary(&row, now));
                }
            }
        }
        Err(AppError::Busy)
    }

    /// Ends a hold that was read, and records it.
    pub(crate) async fn end_hold(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        row: &HoldRow,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let open = self.open_party(tenant, row.party).await?;
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        recorder.expect(Subject::Party(row.party), open.row.version);
        recorder.push(Op::ReleaseHold {
            hold: row.hold,
            party: row.party,
            at: now,
        });
        let told = entry(row.party, Kind::HoldReleased, &open.keys);
        recorder.decision(&told, &[("hold", &row.hold)])?;
        match self.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(()),
            Err(ApplyError::Conflict { .. }) => Err(AppError::Busy),
            Err(other) => Err(other.into()),
        }
    }

    /// The holds on a party, ended ones too, with what they cover.
    pub(crate) async fn holds_on(
        &self,
        tenant: &Tenant,
        party: PartyId,
        keys: &SubjectKeys,
    ) -> Result<Vec<Hold>, AppError> {
        let rows = self.store().holds(&tenant.name, party).await?;
        let read = rows.into_iter().map(|row| {
            let id = row.hold.to_string();
            let aad = aad(&tenant.name, &id);
            let plain = sealed::open_answer(&row.envelope, keys, self.registry(), &aad)?;
            // Until scopes were kept, the basis stood there alone and everything was held.
            let sealed = serde_json::from_slice(&plain).ok();
            Ok(Hold {
                id: row.hold,
                scope: sealed.map(|s: Sealed| s.scope).unwrap_or_default(),
                expires_at: row.expires_at,
                released_at: row.released_at,
            })
        });
        read.collect()
    }
}

fn aad<'a>(tenant: &'a str, id: &'a str) -> Aad<'a> {
    Aad {
        tenant,
        record: id,
        field: "hold",
        version: 1,
    }
}

fn entry(party: PartyId, kind: Kind, keys: &SubjectKeys) -> Entry<'_> {
    Entry {
        party,
        account: None,
        kind,
        keys,
    }
}

fn summary(row: &HoldRow, now: Timestamp) -> HoldSummary {
    let state = match (row.released_at, row.expires_at) {
        (Some(_), _) => "released",
        (None, Some(end)) if end <= now => "expired",
        _ => "holds",
    };
    HoldSummary {
        id: row.hold,
        party: row.party,
        state: state.to_owned(),
        placed_at: row.starts_at,
        until: row.expires_at,
        released_at: row.released_at,
    }
}
