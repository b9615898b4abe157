//! What an endpoint keeps sealed: its address, what it is, and the keys that sign for it.

use bonafide_ledger::webhook::SigningKey;
use bonafide_model::{EndpointId, Entropy, Timestamp};
use bonafide_seal::{Aad, ContentKey, envelope};
use bonafide_store::EndpointRow;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{WebhookKeySummary, WebhookKeys, WebhookSummary};
use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

/// What binds the envelope to its place.
const FIELD: &str = "webhook";

/// A shared secret and an Ed25519 key, made and replaced together.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyPair {
    shared: Zeroizing<String>,
    ed25519: Zeroizing<String>,
    /// Until when they sign, after they were replaced.
    until: Option<Timestamp>,
}

impl KeyPair {
    fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut());
        let shared = SigningKey::shared(&bytes).to_text();
        entropy.fill(bytes.as_mut());
        let ed25519 = SigningKey::ed25519(&bytes).to_text();
        Self {
            shared,
            ed25519,
            until: None,
        }
    }

    fn public(&self) -> Result<String, AppError> {
        let key = SigningKey::parse(&self.ed25519).map_err(AppError::internal)?;
        let public = key.verifier().map_err(AppError::internal)?.to_text();
        Ok(public.to_string())
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) url: String,
    pub(super) description: String,
    /// The newest first.
    keys: Vec<KeyPair>,
}

impl Kept {
    pub(super) fn new(url: String, description: String, entropy: &dyn Entropy) -> Self {
        Self {
            url,
            description,
            keys: vec![KeyPair::new(entropy)],
        }
    }

    /// Begins new keys; those that signed so far go on until then, and older ones end.
    pub(super) fn rotate(&mut self, until: Timestamp, entropy: &dyn Entropy) {
        self.keys.truncate(1);
        for key in &mut self.keys {
            key.until = Some(until);
        }
        self.keys.insert(0, KeyPair::new(entropy));
    }

    /// The keys that sign at an instant.
    pub(super) fn signing(&self, now: Timestamp) -> Result<Vec<SigningKey>, AppError> {
        let live = self.keys.iter().filter(|k| k.until.is_none_or(|u| u > now));
        live.flat_map(|k| [&k.shared, &k.ed25519])
            .map(|text| SigningKey::parse(text).map_err(AppError::internal))
            .collect()
    }

    /// The newest keys, for their holder to see once.
    pub(super) fn show(&self, id: EndpointId) -> Result<WebhookKeys, AppError> {
        let key = self.keys.first();
        let key = key.ok_or_else(|| AppError::internal("a webhook without keys"))?;
        Ok(WebhookKeys {
            id,
            secret: key.shared.to_string(),
            public_key: key.public()?,
        })
    }

    pub(super) fn summary(
        self,
        row: &EndpointRow,
        now: Timestamp,
    ) -> Result<WebhookSummary, AppError> {
        let live = self.keys.iter().filter(|k| k.until.is_none_or(|u| u > now));
        let keys = live.map(|k| {
            Ok(WebhookKeySummary {
                public_key: k.public()?,
                until: k.until,
            })
        });
        let keys = keys.collect::<Result<Vec<_>, AppError>>()?;
        let state = if row.disabled.is_some() {
            "disabled"
        } else {
            "enabled"
        };
        let events = row.filter.split(' ').filter(|k| *k != "*");
        Ok(WebhookSummary {
            id: row.endpoint,
            url: self.url,
            description: self.description,
            events: events.map(str::to_owned).collect(),
            state: state.to_owned(),
            disabled_because: row.disabled.clone(),
            failing_since: row.failing_since,
            sequence: row.cursor,
            keys,
            created_at: row.created_at,
        })
    }

    pub(super) fn seal(
        &self,
        app: &App,
        tenant: &Tenant,
        endpoint: EndpointId,
        version: i64,
    ) -> Result<Vec<u8>, AppError> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(AppError::internal)?);
        let (record, key) = (endpoint.to_string(), app.settings_key(tenant)?);
        let sealed = envelope::seal(&key, &aad(tenant, &record, version), &plain, app.entropy());
        sealed.map_err(AppError::internal)
    }

    pub(super) fn open(app: &App, tenant: &Tenant, row: &EndpointRow) -> Result<Self, AppError> {
        let (record, key) = (row.endpoint.to_string(), app.settings_key(tenant)?);
        let plain = envelope::open(&key, &aad(tenant, &record, row.version), &row.envelope);
        let plain = plain.map_err(|e| AppError::Internal(format!("webhook `{record}`: {e}")))?;
        // What the reader says about damaged JSON could repeat a part of it.
        serde_json::from_slice(plain.expose())
            .map_err(|_| AppError::Internal(format!("webhook `{record}` is damaged")))
    }
}

fn aad<'a>(tenant: &'a Tenant, record: &'a str, version: i64) -> Aad<'a> {
    Aad {
        tenant: &tenant.name,
        record,
        field: FIELD,
        version: version.unsigned_abs(),
    }
}

impl App {
    /// The key for what a tenant itself keeps secret.
    pub(crate) fn settings_key(&self, tenant: &Tenant) -> Result<ContentKey, AppError> {
        let keyring = self.keyring();
        let keys = keyring
            .tenant(&tenant.name)
            .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        keys.settings_key().map_err(AppError::internal)
    }
}
