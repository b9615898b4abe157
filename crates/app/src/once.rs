//! Doing something at most once: `Idempotency-Key`.
//!
//! The scope of a key is tenant and route, for 24 hours. The reply is kept in the same change as what it answers, sealed
//! under a party's key (an answer about nobody under one of the tenant's), and the request only as a keyed hash, so that no
//! body lies about in clear.

use bonafide_model::{PartyId, Timestamp};
use bonafide_seal::{Aad, ContentKey, SubjectKeys, envelope};
use bonafide_store::{ApplyError, Change, IdempotencyRow, Op};

use crate::App;
use crate::error::AppError;
use crate::sealed;
use crate::tenant::Tenant;

/// How long a key is remembered.
pub(crate) const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;
/// Times that a change is decided anew because somebody else changed what it rests on.
pub(crate) const ATTEMPTS_MAX: usize = 5;
/// Characters of a key.
pub(crate) const KEY_MAX_CHARS: usize = 128;

/// A request that must happen at most once, and how its answer is written.
pub struct Once<'a, T> {
    /// The route, such as `POST /v1/sign-ups`; ids of the path included.
    pub route: &'a str,
    /// The key that the client chose.
    pub key: &'a str,
    /// The exact body.
    pub body: &'a [u8],
    /// Writes the answer as it goes out: status and body.
    pub write: fn(&T) -> (u16, Vec<u8>),
}

/// An answer, made now or remembered.
#[derive(Debug)]
pub enum Reply<T> {
    /// Made now.
    Fresh(T),
    /// What an earlier request with this key was answered.
    Replayed {
        /// HTTP status.
        status: u16,
        /// The exact body.
        body: Vec<u8>,
    },
}

impl<T> Reply<T> {
    /// What was made now; an earlier answer is given only where a key was.
    pub(crate) fn made(self) -> Result<T, AppError> {
        match self {
            Self::Fresh(answer) => Ok(answer),
            Self::Replayed { .. } => Err(AppError::internal("an answer to no key was remembered")),
        }
    }
}

impl<T> Once<'_, T> {
    /// The answer remembered for this key, if there is one; refused when it was used with another body.
    pub(crate) async fn recall(
        &self,
        app: &App,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Option<Reply<T>>, AppError> {
        if self.key.is_empty()
            || self.key.chars().count() > KEY_MAX_CHARS
            || self.key.chars().any(char::is_control)
        {
            let message =
                format!("an idempotency key has 1 to {KEY_MAX_CHARS} printable characters");
            return Err(AppError::invalid("Idempotency-Key", message));
        }
        let row = app
            .store()
            .idempotency(&tenant.name, self.route, self.key)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let oldest = now.plus_millis(-REMEMBERED_MS);
        if row.at < oldest {
            // The key is free again; the row must go, or it would stand in the way of the new one.
            app.store().purge_idempotency(oldest).await?;
            return Ok(None);
        }
        if row.body_mac != self.mac(app, tenant)? {
            return Err(AppError::IdempotencyMismatch);
        }
        let aad = aad(tenant, self.route, self.key);
        let body = match row.party {
            Some(party) => {
                let Some(keys) = app.subject_keys(tenant, party).await? else {
                    return Ok(None);
                };
                sealed::open_answer(&row.envelope, &keys, app.registry(), &aad)?
            }
            None => {
                let opened = envelope::open(&answer_key(app, tenant)?, &aad, &row.envelope);
                opened.map_err(AppError::internal)?.expose().clone()
            }
        };
        Ok(Some(Reply::Replayed {
            status: row.status,
            body,
        }))
    }

    /// The row that remembers an answer.
    pub(crate) fn remember(
        &self,
        app: &App,
        tenant: &Tenant,
        party: PartyId,
        keys: &SubjectKeys,
        answer: &T,
        now: Timestamp,
    ) -> Result<Op, AppError> {
        self.remember_of(app, tenant, Some((party, keys)), answer, now)
    }

    /// The row that remembers an answer about a party, or about nobody.
    pub(crate) fn remember_of(
        &self,
        app: &App,
        tenant: &Tenant,
        about: Option<(PartyId, &SubjectKeys)>,
        answer: &T,
        now: Timestamp,
    ) -> Result<Op, AppError> {
        let (status, body) = (self.write)(answer);
        let aad = aad(tenant, self.route, self.key);
        let envelope = match about {
            Some((_, keys)) => {
                sealed::seal_answer(&body, keys, app.registry(), &aad, app.entropy())?
            }
            None => envelope::seal(&answer_key(app, tenant)?, &aad, &body, app.entropy())
                .map_err(AppError::internal)?,
        };
        Ok(Op::AddIdempotency(IdempotencyRow {
            route: self.route.to_owned(),
            key: self.key.to_owned(),
            body_mac: self.mac(app, tenant)?,
            status,
            party: about.map(|(party, _)| party),
            envelope,
            at: now,
        }))
    }

    fn mac(&self, app: &App, tenant: &Tenant) -> Result<Vec<u8>, AppError> {
        let keyring = app.keyring();
        let keys = keyring
            .tenant(&tenant.name)
            .ok_or_else(|| AppError::Internal("the tenant has no keys".to_owned()))?;
        Ok(keys
            .body_mac_key()
            .hash(self.route, self.key, self.body)
            .as_bytes()
            .to_vec())
    }
}

impl App {
    /// Decides and commits: at most once when `once` says so, and anew when somebody else changed meanwhile what the
    /// decision rests on.
    pub(crate) async fn decide<T, F>(
        &self,
        tenant: &Tenant,
        once: Option<&Once<'_, T>>,
        decision: impl Fn(Timestamp) -> F,
    ) -> Result<Reply<T>, AppError>
    where
        F: Future<Output = Result<(Change, T), AppError>>,
    {
        for _ in 0..ATTEMPTS_MAX {
            let now = self.now();
            if let Some(once) = once
                && let Some(reply) = once.recall(self, tenant, now).await?
            {
                return Ok(reply);
            }
            let (change, answer) = match decision(now).await {
                // What was read at two instants does not go together.
                Err(AppError::Busy) => continue,
                other => other?,
            };
            match self.writer().commit(change).await {
                Ok(()) => return Ok(Reply::Fresh(answer)),
                // Somebody changed a subject, or sent the same key, while this was decided: look again.
                Err(ApplyError::Conflict { .. } | ApplyError::Duplicate { .. }) => {}
                // Another process began an epoch: wrap the keys under it.
                Err(ApplyError::EpochOver { .. }) => self.reload_keyring()?,
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }
}

fn answer_key(app: &App, tenant: &Tenant) -> Result<ContentKey, AppError> {
    let keyring = app.keyring();
    let keys = keyring
        .tenant(&tenant.name)
        .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
    keys.answer_key().map_err(AppError::internal)
}

fn aad<'a>(tenant: &'a Tenant, route: &'a str, key: &'a str) -> Aad<'a> {
    Aad {
        tenant: &tenant.name,
        record: key,
        field: route,
        version: 1,
    }
}
