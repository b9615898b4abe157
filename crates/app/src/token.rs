//! Tokens of entitlements: what an account may use, signed and expiring, so that a provisioner checks it offline and
//! knows what to do while Bonafide cannot be reached.
//!
//! A token says what the recorded judgement says, and names it by its digest; nothing is decided by issuing one, so nothing
//! is recorded. It never outlives `review_at`, and its grace never outlives provisional terms. It holds the
//! account's handle and nothing of a person.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use bonafide_ledger::Kind;
use bonafide_ledger::jwt::TokenKey;
use bonafide_ledger::verify::ENTITLEMENTS_TYPE;
use bonafide_model::{AccountId, Timestamp};
use bonafide_policy::Decision;
use bonafide_policy::provider::{OnUnreachable, TokenTerms};
use bonafide_store::{Mark, Op};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::standing::Standing;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// The setting that says which key signs.
const SETTING: &str = "token-keys";
/// Retired keys that are published at once: one a day for the longest life and grace there is.
const RETIRED_MAX: usize = 32;
/// What every issuer's name starts with.
const ISSUER: &str = "urn:bonafide:issuer:";

/// A token of entitlements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The token, a JSON Web Token in compact form.
    pub token: String,
    /// When it expires; fetch a new one before.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Which key signs, and which signed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Numbers {
    current: u32,
    #[serde(default)]
    retired: Vec<Retired>,
}

/// A key that signs no more, and until when its tokens may be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Retired {
    number: u32,
    until: Timestamp,
}

/// The keys of a tenant, made from their numbers.
pub(crate) struct TokenKeys {
    numbers: Numbers,
    current: TokenKey,
    next: TokenKey,
    retired: Vec<(TokenKey, Timestamp)>,
    issuer: String,
    /// What had been changed when they were read; none where other processes may have changed them.
    mark: Option<Mark>,
}

impl App {
    /// What an account may use, as a token.
    pub async fn entitlements_token(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<TokenAnswer, AppError> {
        actor.may(Action::AuthorizeOrder)?;
        let tenant = self.tenant(&actor.tenant)?;
        let standing = self.standing(actor, &tenant, account).await?;
        self.token_of(&tenant, &standing).await
    }

    /// The token of what an account stands under.
    pub(crate) async fn token_of(
        &self,
        tenant: &Tenant,
        standing: &Standing,
    ) -> Result<TokenAnswer, AppError> {
        let keys = self.token_keys(tenant).await?;
        let now = self.now();
        let terms = &tenant.engine().profile.token;
        let (claims, expires) = self.claims(&keys.issuer, terms, standing, now);
        let token = keys.current.sign(ENTITLEMENTS_TYPE, &claims);
        Ok(TokenAnswer {
            account: standing.account.id,
            token: token.map_err(AppError::internal)?,
            expires_at: Timestamp::from_millis(expires * 1000).unwrap_or(now),
        })
    }

    /// The claims, and when they expire in seconds.
    fn claims(
        &self,
        issuer: &str,
        terms: &TokenTerms,
        standing: &Standing,
        now: Timestamp,
    ) -> (Value, i64) {
        let (account, judged) = (&standing.account, &standing.judged);
        let issued = now.as_millis().div_euclid(1000);
        let seconds = |at: Timestamp| at.as_millis().div_euclid(1000);
        let life = issued + i64::from(terms.lifetime_seconds);
        let expires = judged.review_at.map_or(life, |at| life.min(seconds(at)));
        let unreachable = if judged.decision == Decision::Approve {
            terms.approved
        } else {
            terms.provisional
        };
        let grace = i64::from(unreachable.grace_seconds);
        let ends = judged.limits.expires_at;
        let grace = ends.map_or(grace, |at| grace.min((seconds(at) - expires).max(0)));
        let mut on_unreachable = unreachable.on_unreachable;
        if ends.is_some() && on_unreachable == OnUnreachable::Keep {
            on_unreachable = OnUnreachable::DenyNew;
        }
        let mut id = [0_u8; 16];
        self.entropy().fill(&mut id);
        let mut claims = json!({
            "iss": issuer, "aud": terms.audience, "sub": account.id,
            "iat": issued, "nbf": issued, "exp": expires, "jti": hex(&id),
            "product": account.product,
            "entitlements": judged.limits,
            "assessment_sha256": judged.digest,
            "on_unreachable": on_unreachable.as_str(), "grace_seconds": grace,
        });
        if let Some(claims) = claims.as_object_mut() {
            let region = account.region.as_ref().map(|r| json!(r));
            let review = judged.review_at.map(|at| json!(at));
            claims.extend(region.map(|r| ("region".to_owned(), r)));
            claims.extend(review.map(|at| ("review_at".to_owned(), at)));
        }
        (claims, expires)
    }

    /// The public keys that check a tenant's tokens, as a set of RFC 7517: the one that signs, the one that will after it,
    /// and those whose tokens may still be met.
    pub async fn token_jwks(&self, tenant: &Tenant) -> Result<Value, AppError> {
        let keys = self.token_keys(tenant).await?;
        let now = self.now();
        let retired = keys.retired.iter().filter(|(_, until)| now < *until);
        let all = [&keys.current, &keys.next].into_iter();
        let all: Vec<Value> = all
            .chain(retired.map(|(key, _)| key))
            .map(|key| key.public().to_json())
            .collect();
        Ok(json!({ "keys": all }))
    }

    /// The issuer that a tenant's tokens name; its last part is the tenant's place under `/.well-known/bonafide/`.
    pub fn token_issuer(&self, tenant: &Tenant) -> Result<String, AppError> {
        Ok(format!("{ISSUER}{}", self.issuer_id(&tenant.name)?))
    }

    /// The tenant of an issuer's id; without an id, the only tenant there is.
    pub fn tenant_of_issuer(&self, id: Option<&str>) -> Result<Arc<Tenant>, AppError> {
        let none = || AppError::NotFound {
            what: "issuer",
            id: id.unwrap_or("of the only tenant").to_owned(),
        };
        let tenants = self.tenants();
        let Some(id) = id else {
            let mut tenants = tenants.into_iter();
            let only = tenants.next().filter(|_| tenants.next().is_none());
            return only.ok_or_else(none);
        };
        for tenant in tenants {
            if self.issuer_id(&tenant.name)? == id {
                return Ok(tenant);
            }
        }
        Err(none())
    }

    /// Lets the next key sign from now on. The present one stays published until its last token and the grace after it are
    /// over; `at_once` when it leaked, so that what it signed is refused by whoever fetches the keys again.
    pub async fn rotate_token_key(&self, actor: &Actor, at_once: bool) -> Result<String, AppError> {
        actor.may(Action::ManageKeys)?;
        let tenant = self.tenant(&actor.tenant)?;
        let before = self.token_keys(&tenant).await?;
        let now = self.now();
        let terms = &tenant.engine().profile.token;
        let grace = terms
            .approved
            .grace_seconds
            .max(terms.provisional.grace_seconds);
        let met = i64::from(terms.lifetime_seconds) + i64::from(grace);
        let mut numbers = before.numbers.clone();
        numbers.retired.retain(|r| now < r.until && !at_once);
        if !at_once {
            numbers.retired.push(Retired {
                number: numbers.current,
                until: now.plus_millis(met * 1000),
            });
        }
        if numbers.retired.len() > RETIRED_MAX {
            return Err(AppError::Refused(format!(
                "{RETIRED_MAX} keys are still met by whoever checks tokens: wait until one is over, or retire them all at once"
            )));
        }
        numbers.current = numbers.current.saturating_add(1);
        let text = serde_json::to_string(&numbers).map_err(AppError::internal)?;
        let kid = before.next.public().kid();
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.push(Op::PutSetting {
            name: SETTING.to_owned(),
            text,
            at: now,
        });
        recorder.event(Kind::KeysRotated, Vec::new(), &[("token_key", &kid)])?;
        self.writer().commit(recorder.finish()).await?;
        Ok(kid)
    }

    async fn token_keys(&self, tenant: &Tenant) -> Result<Arc<TokenKeys>, AppError> {
        let known = tenant.token_keys.read();
        let known = known.unwrap_or_else(PoisonError::into_inner).clone();
        let is_good = |keys: &Arc<TokenKeys>| {
            let mark = keys.mark.as_ref();
            mark.is_some_and(|mark| self.store().is_unchanged(mark))
        };
        if let Some(keys) = known.filter(is_good) {
            return Ok(keys);
        }
        let before = self.store().before();
        let text = self.store().setting(&tenant.name, SETTING).await?;
        let numbers = text.map(|text| serde_json::from_str(&text)).transpose();
        let numbers = numbers.map_err(AppError::internal)?.unwrap_or(Numbers {
            current: 1,
            retired: Vec::new(),
        });
        let keys = Arc::new(self.make_keys(tenant, numbers, self.store().setup_mark(before))?);
        let mut known = tenant
            .token_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&keys));
        Ok(keys)
    }

    fn make_keys(
        &self,
        tenant: &Tenant,
        numbers: Numbers,
        mark: Option<Mark>,
    ) -> Result<TokenKeys, AppError> {
        let issuer = self.token_issuer(tenant)?;
        let keyring = self.keyring();
        let keys = keyring
            .tenant(&tenant.name)
            .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        let key = |number: u32| {
            let seed = keys.token_seed(number).map_err(AppError::internal)?;
            TokenKey::from_seed(seed.expose()).map_err(AppError::internal)
        };
        let retired = numbers.retired.iter();
        Ok(TokenKeys {
            current: key(numbers.current)?,
            next: key(numbers.current.saturating_add(1))?,
            retired: retired
                .map(|r| Ok((key(r.number)?, r.until)))
                .collect::<Result<_, AppError>>()?,
            numbers,
            issuer,
            mark,
        })
    }

    fn issuer_id(&self, tenant: &str) -> Result<String, AppError> {
        let keyring = self.keyring();
        let keys = keyring
            .tenant(tenant)
            .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        Ok(hex(&keys.issuer_id().map_err(AppError::internal)?))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
