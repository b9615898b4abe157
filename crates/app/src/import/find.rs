//! From the id of an earlier system to the account, and back.
//!
//! The id is the provider's own handle, and often an e-mail address: it is found by its keyed hash, and shown only by an
//! opening that names its purpose and is recorded.

use std::collections::HashMap;

use bonafide_model::{AccountId, CaseId, PartyId};
use bonafide_store::IMPORT_TOKENS_MAX;
use serde::{Deserialize, Serialize};

use super::prepare;
use crate::error::AppError;
use crate::opening::Allowed;
use crate::recorder::ORIGIN;
use crate::sealed;
use crate::{Action, Actor, App};

/// What a search by the id of an earlier system is recorded as.
const EXTERNAL_ID: &str = "external_id";
/// The id of an earlier system is often an e-mail address: whoever needs that may see it.
const NEEDED_WITH: &str = "email";

/// Where an account came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The earlier system.
    pub source: String,
    /// Its id of the customer.
    pub external_id: String,
    /// The run that took the row over.
    pub run: String,
    /// SHA-256 of the file.
    pub file: String,
    /// The line in it.
    pub line: u64,
    /// SHA-256 of the mapping's text.
    pub mapping: String,
    /// The contracts under which verdicts of others were taken as evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<String>,
}

impl App {
    /// The account of a customer, by the id of the earlier system. What for is said, and that it was asked is recorded: an
    /// id leads to a person as an address does.
    pub async fn find_imported(
        &self,
        actor: &Actor,
        source: &str,
        external_id: &str,
        purpose: &str,
    ) -> Result<Option<(PartyId, AccountId)>, AppError> {
        actor.may(Action::SearchParties)?;
        let purpose = self.search_purpose(actor, purpose)?;
        let tenant = self.tenant(&actor.tenant)?;
        let token = prepare::token(self, &tenant, source, external_id)?;
        let found = self.store().imported(&tenant.name, &[token]).await?;
        self.record_search(actor, &tenant, purpose, EXTERNAL_ID, found.len())
            .await?;
        Ok(found.first().map(|row| (row.party, row.account)))
    }

    /// The accounts of customers of earlier systems that had these ids there; an id that two systems gave to different
    /// accounts stands for neither.
    pub(crate) async fn imported_accounts<'a>(
        &self,
        tenant: &crate::Tenant,
        external_ids: &[&'a str],
    ) -> Result<HashMap<&'a str, AccountId>, AppError> {
        let mut found: HashMap<&str, Option<AccountId>> = HashMap::new();
        for source in self.store().import_sources(&tenant.name).await? {
            for some in external_ids.chunks(IMPORT_TOKENS_MAX) {
                let mut tokens = HashMap::with_capacity(some.len());
                for id in some {
                    tokens.insert(prepare::token(self, tenant, &source, id)?, *id);
                }
                let asked: Vec<Vec<u8>> = tokens.keys().cloned().collect();
                for row in self.store().imported(&tenant.name, &asked).await? {
                    let Some(id) = tokens.get(&row.token) else {
                        continue;
                    };
                    let known = found.entry(id).or_insert(Some(row.account));
                    *known = known.filter(|k| *k == row.account);
                }
            }
        }
        let sure = found
            .into_iter()
            .filter_map(|(id, account)| Some((id, account?)));
        Ok(sure.collect())
    }

    /// Where an account came from, each time that it was taken over or changed, oldest first. It is opened as fields of an
    /// identity are: for a purpose, in a case, within the day's measure, and recorded and listed first.
    pub async fn origins(
        &self,
        actor: &Actor,
        account: AccountId,
        purpose: &str,
        case: CaseId,
    ) -> Result<Vec<Origin>, AppError> {
        actor.may(Action::OpenFields)?;
        let purpose = self.purpose(purpose)?;
        if !purpose.needs(NEEDED_WITH, self.registry()) {
            let message = format!(
                "where an account came from is not needed for `{}`",
                purpose.name
            );
            return Err(AppError::invalid("purpose", message));
        }
        let tenant = self.tenant(&actor.tenant)?;
        let rows = self.store().imported_as(&tenant.name, account).await?;
        let Some(party) = rows.first().map(|row| row.party) else {
            return Ok(Vec::new());
        };
        let opening = Allowed {
            purpose,
            case,
            fields: vec![ORIGIN.to_owned()],
            special: false,
            account: Some(account),
        };
        let (open, ..) = self.opened_as(actor, &tenant, party, &opening).await?;
        let bundle = self.store().party_bundle(&tenant.name, party).await?;
        let mut origins = Vec::new();
        for entry in bundle.into_iter().flat_map(|b| b.entries) {
            if entry.account != Some(account) {
                continue;
            }
            let record = entry.record.to_string();
            let parts = sealed::open_parts(
                &entry.envelope,
                &open.keys,
                self.registry(),
                &tenant.name,
                &record,
            )?;
            let items = parts.iter().flat_map(|p| &p.items);
            for item in items.filter(|i| i.name() == ORIGIN) {
                let origin = serde_json::from_str(item.value.get());
                origins.push(origin.map_err(AppError::internal)?);
            }
        }
        Ok(origins)
    }
}
