//! API keys: made here, shown once, stored as a keyed hash.

use std::collections::BTreeSet;

use bonafide_ledger::Kind;
use bonafide_model::{ApiKeyId, Timestamp};
use bonafide_seal::{ApiKey, KeyedHash};
use bonafide_store::{ApiKeyRow, Op};

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::{Action, Actor, App, Door, Role, Scope};

/// Characters of a key's label.
pub(crate) const LABEL_MAX_CHARS: usize = 100;

/// A key as it is listed; its text cannot be had again.
#[derive(Debug, Clone)]
pub struct KeySummary {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub label: String,
    /// The role it is bound to.
    pub role: String,
    /// The member of staff behind it, whose grants count.
    pub staff: Option<String>,
    /// The groups of actions that it is narrowed to; empty when it is not.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl App {
    /// Makes a key that is bound to a role and that no person stands behind, narrowed to some groups of actions unless
    /// there are none; the text is shown once and never again.
    pub async fn create_key(
        &self,
        actor: &Actor,
        label: &str,
        role: Role,
        scopes: &BTreeSet<Scope>,
    ) -> Result<String, AppError> {
        actor.may(Action::ManageKeys)?;
        self.make_key(actor, label, Some(role), None, scopes).await
    }

    /// Makes a key bound to a role, or to a member of staff.
    pub(crate) async fn make_key(
        &self,
        actor: &Actor,
        label: &str,
        role: Option<Role>,
        staff: Option<&str>,
        scopes: &BTreeSet<Scope>,
    ) -> Result<String, AppError> {
        let tenant = self.tenant(&actor.tenant)?;
        if label.is_empty()
            || label.chars().count() > LABEL_MAX_CHARS
            || label.chars().any(char::is_control)
        {
            return Err(AppError::invalid(
                "label",
                format!("a label has 1 to {LABEL_MAX_CHARS} printable characters"),
            ));
        }
        let now = self.now();
        let id = ApiKeyId::new(now, self.entropy());
        let key = ApiKey::generate(id, self.entropy());
        let hash = {
            let keyring = self.keyring();
            let keys = keyring
                .tenant(&tenant.name)
                .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
            keys.api_key_hash_key().hash(&key)
        };
        let role = role.map(Role::as_str);
        let words: Vec<&str> = scopes.iter().map(|s| s.as_str()).collect();
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.push(Op::PutApiKey(ApiKeyRow {
            key_id: id,
            hash: hash.as_bytes().to_vec(),
            label: label.to_owned(),
            role: role.unwrap_or("staff").to_owned(),
            staff: staff.map(str::to_owned),
            scopes: words.join(" "),
            created_at: now,
            revoked_at: None,
        }));
        recorder.event(
            Kind::KeyCreated,
            Vec::new(),
            &[
                ("key", &id.to_string()),
                ("bound_to", staff.or(role).unwrap_or_default()),
                ("scopes", &words.join(" ")),
            ],
        )?;
        self.writer().commit(recorder.finish()).await?;
        Ok(key.expose().to_owned())
    }

    /// Revokes a key; requests with it are refused from the next on.
    pub async fn revoke_key(&self, actor: &Actor, id: ApiKeyId) -> Result<(), AppError> {
        actor.may(Action::ManageKeys)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.store().api_key(&tenant.name, id).await?;
        if row.is_none_or(|r| r.revoked_at.is_some()) {
            return Err(AppError::NotFound {
                what: "live API key",
                id: id.to_string(),
            });
        }
        let now = self.now();
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.push(Op::RevokeApiKey {
            key_id: id,
            at: now,
        });
        recorder.event(Kind::KeyRevoked, Vec::new(), &[("key", &id.to_string())])?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// The keys of a tenant.
    pub async fn keys(&self, actor: &Actor) -> Result<Vec<KeySummary>, AppError> {
        actor.may(Action::ReadKeys)?;
        let rows = self.store().api_keys(&actor.tenant).await?;
        let summary = |r: ApiKeyRow| KeySummary {
            id: r.key_id,
            label: r.label,
            role: r.role,
            staff: r.staff,
            scopes: r.scopes,
            created_at: r.created_at,
            revoked_at: r.revoked_at,
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    /// Who presents this key. A key names its own id, never its tenant: that is looked up, so that a key of one tenant can
    /// never speak for another.
    pub async fn authenticate(&self, presented: &str) -> Result<Actor, AppError> {
        let key = ApiKey::parse(presented).map_err(|_| AppError::Unauthenticated)?;
        let found = self.store().find_api_key(key.id()).await?;
        let (tenant, row) = found.ok_or(AppError::Unauthenticated)?;
        let hash: [u8; 32] = row
            .hash
            .as_slice()
            .try_into()
            .map_err(|_| AppError::internal("a key's hash has another length"))?;
        let good = {
            let keyring = self.keyring();
            let keys = keyring
                .tenant(&tenant)
                .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
            keys.api_key_hash_key()
                .verify(&key, &KeyedHash::from_bytes(hash))
        };
        if !good || row.revoked_at.is_some() {
            return Err(AppError::Unauthenticated);
        }
        let scopes = row.scopes.split_whitespace().map(str::parse);
        let scopes: BTreeSet<Scope> = scopes
            .collect::<Result<_, _>>()
            .map_err(AppError::internal)?;
        let actor = match &row.staff {
            Some(handle) => self
                .member_actor(&tenant, handle, Door::Api)
                .await?
                .ok_or(AppError::Unauthenticated)?,
            None => {
                let role = row.role.parse().map_err(AppError::internal)?;
                let access = self.tenant(&tenant)?.access();
                Actor::key(&tenant, &row.key_id.to_string(), role, access)
            }
        };
        Ok(if scopes.is_empty() {
            actor
        } else {
            actor.narrowed(scopes)
        })
    }
}
