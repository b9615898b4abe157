//! What is answered about somebody who was erased: when, and on what ground; never a part of what was.

use bonafide_model::{AccountId, PartyId, RecordId, Timestamp};
use bonafide_store::{ErasedRow, StoreError};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::subject::OpenAccount;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// A party that was erased, as it is listed to be erased again in a restored copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedParty {
    /// Its id, which names nobody any more.
    pub party: PartyId,
    /// When.
    pub erased_at: Timestamp,
    /// On what ground.
    pub ground: String,
    /// The record of the erasure.
    pub record: RecordId,
}

impl App {
    /// Parties that were erased, in the order of their ids: what a restored copy must erase again.
    pub async fn erased_parties(
        &self,
        actor: &Actor,
        after: Option<PartyId>,
        limit: usize,
    ) -> Result<Vec<ErasedParty>, AppError> {
        actor.may(Action::ReadKeeping)?;
        let tenant = self.tenant(&actor.tenant)?;
        let rows = self.store().erased(&tenant.name, after, limit).await?;
        let listed = rows.into_iter().map(|row| ErasedParty {
            party: row.party,
            erased_at: row.erased_at,
            ground: row.ground,
            record: row.record,
        });
        Ok(listed.collect())
    }

    /// Erases parties again that a restored copy brought back, whatever would keep them now: they were erased by right. A
    /// party that is not there is passed over. Gives how many were erased.
    pub async fn erase_again(
        &self,
        actor: &Actor,
        erased: &[ErasedParty],
    ) -> Result<usize, AppError> {
        actor.may(Action::EraseParty)?;
        let tenant = self.tenant(&actor.tenant)?;
        let mut count = 0;
        for one in erased {
            let kept = match self.keeping_of(&tenant, one.party).await {
                Ok(kept) => kept,
                Err(AppError::Gone(_) | AppError::NotFound { .. }) => continue,
                Err(other) => return Err(other),
            };
            self.erase_whole(actor, &tenant, &kept, one.erased_at, &one.ground)
                .await?;
            count += 1;
        }
        Ok(count)
    }

    /// Why there is no such party: it was erased, or it never was.
    pub(crate) async fn no_party(&self, tenant: &Tenant, party: PartyId) -> AppError {
        let erased = self.store().erased_party(&tenant.name, party).await;
        because("party", party.to_string(), erased)
    }

    /// Why there is no such account: its holder was erased, or it never was.
    pub(crate) async fn no_account(&self, tenant: &Tenant, account: AccountId) -> AppError {
        let erased = self.store().erased_holder(&tenant.name, account).await;
        because("account", account.to_string(), erased)
    }

    /// Why an account that is there cannot be judged: the identity records of its holder were erased, or are damaged.
    pub(crate) async fn no_dossier(&self, tenant: &Tenant, loaded: &OpenAccount) -> AppError {
        let account = loaded.row.account;
        let expired = self.store().expired(&tenant.name, loaded.row.holder).await;
        match expired {
            Err(error) => error.into(),
            Ok(rows) => match rows.iter().rfind(|row| row.class == "identity") {
                Some(row) => AppError::Gone(format!(
                    "what account `{account}` was judged by was erased at {} on ground: {}",
                    row.at, row.ground
                )),
                None => AppError::Internal(format!("account `{account}` has no first fact")),
            },
        }
    }

    /// Refuses to say what was known at an instant when some of it was erased since.
    pub(crate) async fn nothing_gone_since(
        &self,
        tenant: &Tenant,
        loaded: &OpenAccount,
        known_at: Timestamp,
    ) -> Result<(), AppError> {
        for party in loaded.parties.keys() {
            let expired = self.store().expired(&tenant.name, *party).await?;
            if let Some(row) = expired.iter().find(|row| known_at < row.at) {
                return Err(AppError::Gone(format!(
                    "of what was known then of party `{party}`, {} was erased at {} on ground: {}",
                    row.class, row.at, row.ground
                )));
            }
        }
        Ok(())
    }
}

fn because(
    what: &'static str,
    id: String,
    erased: Result<Option<ErasedRow>, StoreError>,
) -> AppError {
    match erased {
        Ok(Some(row)) => AppError::Gone(format!(
            "{what} `{id}` was erased at {} on ground: {}",
            row.erased_at, row.ground
        )),
        Ok(None) => AppError::NotFound { what, id },
        Err(error) => error.into(),
    }
}
