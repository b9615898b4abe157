//! Who opened what of whom: by party and by actor. Names of fields, never values.

use bonafide_model::{PartyId, RecordId, Timestamp};
use bonafide_store::{OpeningRow, SearchRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Action, Matter};
use crate::answers::Page;
use crate::error::AppError;
use crate::party::PAGE_MAX;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Whose openings to list.
#[derive(Debug, Clone)]
pub enum Openings {
    /// Those of a party's fields.
    Party(PartyId),
    /// Those that somebody made.
    Actor(String),
}

/// An opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpeningItem {
    /// Its record.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// Whose fields.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// Who opened them.
    pub actor: String,
    /// What for.
    pub purpose: String,
    /// In which case.
    pub case: String,
    /// Names of the attributes; `case_entries` are what was said in the case, `origin` is where an account came from.
    pub fields: Vec<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A search by a value: neither the value nor whom it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchItem {
    /// Its record.
    pub record: RecordId,
    /// Who searched.
    pub actor: String,
    /// What for.
    pub purpose: String,
    /// By which attribute.
    pub attribute: String,
    /// How many were found.
    pub found: i64,
    /// When.
    pub at: Timestamp,
}

impl App {
    /// Openings, a page at a time, oldest first. Those in restricted cases are for the legal role alone.
    pub async fn openings(
        &self,
        actor: &Actor,
        of: &Openings,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Page<OpeningItem>, AppError> {
        actor.may(Action::ListOpenings)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let (store, name) = (self.store(), &tenant.name);
        let rows = match of {
            Openings::Party(party) => {
                store
                    .openings_of_party(name, *party, after, limit + 1)
                    .await?
            }
            Openings::Actor(who) => store.openings_by_actor(name, who, after, limit + 1).await?,
        };
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.record.to_string()))
            .flatten();
        let mut items = Vec::new();
        for row in rows.into_iter().take(limit) {
            if self.may_know(actor, &tenant, &row).await? {
                items.push(item(row));
            }
        }
        Ok(Page { items, next })
    }

    /// Searches by a value that somebody made, a page at a time, oldest first.
    pub async fn searches(
        &self,
        actor: &Actor,
        who: &str,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SearchItem>, AppError> {
        actor.may(Action::ListOpenings)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = self
            .store()
            .searches_by_actor(&tenant.name, who, after, limit)
            .await?;
        let shape = |r: SearchRow| SearchItem {
            record: r.record,
            actor: r.actor,
            purpose: r.purpose,
            attribute: r.attribute,
            found: r.found,
            at: r.at,
        };
        Ok(rows.into_iter().map(shape).collect())
    }

    async fn may_know(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        row: &OpeningRow,
    ) -> Result<bool, AppError> {
        let restricted = Matter {
            restricted: true,
            ..Matter::default()
        };
        if actor.may_about(Action::ListOpenings, &restricted).is_ok() {
            return Ok(true);
        }
        let case = row.case.parse().map_err(AppError::internal)?;
        let case = self.store().case(&tenant.name, case).await?;
        Ok(case.is_none_or(|case| !case.restricted))
    }
}

fn item(row: OpeningRow) -> OpeningItem {
    OpeningItem {
        record: row.record,
        party: row.party,
        actor: row.actor,
        purpose: row.purpose,
        case: row.case,
        fields: row.fields.split(' ').map(str::to_owned).collect(),
        at: row.at,
    }
}
