//! From the id of an earlier system to the account, and back.
//!
//! The id is the provider's own handle, and often an e-mail address: it is found by its keyed hash, and shown only by an
//! opening that names its purpose and is recorded.

use std::collections::HashMap;

use bonafide_ledger::Kind;
use bonafide_model::{AccountId, PartyId};
use bonafide_store::{IMPORT_TOKENS_MAX, Subject};
use serde::{Deserialize, Serialize};

use super::prepare;
use crate::error::AppError;
use crate::recorder::{Entry, ORIGIN, Recorder};
use crate::sealed;
use crate::{Action, Actor, App};

/// Characters of a purpose.
const PURPOSE_MAX_CHARS: usize = 200;

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
    /// The account of a customer, by the id of the earlier system.
    pub async fn find_imported(
        &self,
        actor: &Actor,
        source: &str,
        external_id: &str,
    ) -> Result<Option<(PartyId, AccountId)>, AppError> {
        actor.may(Action::SearchParties)?;
        let tenant = self.tenant(&actor.tenant)?;
        let token = prepare::token(self, &tenant, source, external_id)?;
        let found = self.store().imported(&tenant.name, &[token]).await?;
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

    /// Where an account came from, each time that it was taken over or changed, oldest first. That it was opened is
    /// recorded with its purpose.
    pub async fn origins(
        &self,
        actor: &Actor,
        account: AccountId,
        purpose: &str,
    ) -> Result<Vec<Origin>, AppError> {
        actor.may(Action::OpenFields)?;
        let count = purpose.trim().chars().count();
        if count == 0 || count > PURPOSE_MAX_CHARS || purpose.chars().any(char::is_control) {
            let message =
                format!("say in 1 to {PURPOSE_MAX_CHARS} characters what it is opened for");
            return Err(AppError::invalid("purpose", message));
        }
        let tenant = self.tenant(&actor.tenant)?;
        let rows = self.store().imported_as(&tenant.name, account).await?;
        let Some(party) = rows.first().map(|row| row.party) else {
            return Ok(Vec::new());
        };
        let open = self.open_party(&tenant, party).await?;
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
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), self.now());
        recorder.expect(Subject::Party(party), open.row.version);
        let entry = Entry {
            party,
            account: Some(account),
            kind: Kind::Opening,
            keys: &open.keys,
        };
        let purpose = purpose.trim();
        recorder.decision(&entry, &[("purpose", &purpose), ("fields", &ORIGIN)])?;
        self.writer().commit(recorder.finish()).await?;
        Ok(origins)
    }
}
