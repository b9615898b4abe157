//! A tenant: one provider's data, with its own ledger, origin and index key.

use std::sync::{Arc, PoisonError, RwLock};

use bonafide_ledger::{Kind, LogKey, VerifierKey};
use bonafide_store::{IncarnationRow, Op, TenantRow};

use crate::case::CaseRules;
use crate::engine::Engine;
use crate::error::AppError;
use crate::mail::Brands;
use crate::recorder::Recorder;
use crate::standing::Memory;
use crate::token::TokenKeys;
use crate::{Access, Action, Actor, App};

/// An open tenant.
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// The origin of its ledger.
    pub origin: String,
    /// The key that signs its checkpoints.
    pub(crate) log_key: LogKey,
    /// Judgements that were read lately.
    pub(crate) memory: Memory,
    /// The keys that sign tokens, as they were read last.
    pub(crate) token_keys: RwLock<Option<Arc<TokenKeys>>>,
    /// The ledgers that ended before it, oldest first.
    pub(crate) former: Vec<IncarnationRow>,
    /// The keys that verify checkpoints of the tenant: of its ledger, and of every one that ended.
    pub(crate) verifiers: Vec<VerifierKey>,
    engine: RwLock<Arc<Engine>>,
    case_rules: RwLock<Arc<CaseRules>>,
    /// Which versions the engine was compiled from.
    stamp: RwLock<Vec<String>>,
    access: RwLock<Arc<Access>>,
    /// Openings are made one after another, so that a day's measure is one.
    pub(crate) openings: tokio::sync::Mutex<()>,
    brands: RwLock<Arc<Brands>>,
}

impl Tenant {
    /// Whether an origin is that of its ledger, or of one that it goes on from.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        self.origin == origin || self.former.iter().any(|f| f.origin == origin)
    }

    /// Packs, methods, catalogue and lists as they are active now.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The access policies as they are in force now.
    #[must_use]
    pub fn access(&self) -> Arc<Access> {
        self.access
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Under whose name letters go out.
    pub(crate) fn brands(&self) -> Arc<Brands> {
        self.brands
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Terms, calendar and second persons of cases as they are set now.
    pub(crate) fn case_rules(&self) -> Arc<CaseRules> {
        self.case_rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_brands(&self, brands: Brands) {
        *self.brands.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(brands);
    }

    pub(crate) fn set_access(&self, access: Arc<Access>) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = access;
    }

    pub(crate) fn set_case_rules(&self, rules: CaseRules) {
        *self
            .case_rules
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    pub(crate) fn is_stamped(&self, stamp: &[String]) -> bool {
        *self.stamp.read().unwrap_or_else(PoisonError::into_inner) == stamp
    }

    pub(crate) fn set_stamp(&self, stamp: Vec<String>) {
        *self.stamp.write().unwrap_or_else(PoisonError::into_inner) = stamp;
    }

    pub(crate) fn set_engine(&self, engine: Engine) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }
}

impl App {
    /// Makes a tenant and the first record of its ledger; does nothing when it is there.
    pub async fn ensure_tenant(&self, name: &str, actor: &Actor) -> Result<Arc<Tenant>, AppError> {
        if let Ok(tenant) = self.tenant(name) {
            return Ok(tenant);
        }
        actor.may(Action::Housekeep)?;
        let now = self.now();
        let (keyring, ()) = self.keyring_dir().update(None, |keyring| {
            if keyring.tenant(name).is_none() {
                let mut random = [0_u8; 8];
                self.entropy().fill(&mut random);
                let mark = random.iter().fold(0_u64, |n, b| (n << 8) | u64::from(*b));
                let origin = format!("bonafide.invalid/{name}/{mark:016x}");
                keyring
                    .add_tenant(name, &origin, self.entropy())
                    .map_err(|e| AppError::invalid("tenant", e.to_string()))?;
            }
            Ok(())
        })?;
        let keys = keyring
            .tenant(name)
            .ok_or_else(|| AppError::internal("the new tenant has no keys"))?;
        let origin = keys.origin().to_owned();
        self.set_keyring(keyring);
        let row = TenantRow {
            tenant: name.to_owned(),
            origin: origin.clone(),
            created_at: now,
        };
        let tenant = self.opened(name, &origin, Vec::new())?;
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.push(Op::PutTenant(row));
        recorder.event(Kind::LedgerOpened, Vec::new(), &[("origin", &origin)])?;
        self.writer().commit(recorder.finish()).await?;
        self.load_tenant(name).await
    }

    /// Opens a tenant that the store knows.
    pub(crate) async fn load_tenant(&self, name: &str) -> Result<Arc<Tenant>, AppError> {
        let row = self
            .store()
            .tenants()
            .await?
            .into_iter()
            .find(|t| t.tenant == name);
        let row = row.ok_or_else(|| AppError::NotFound {
            what: "tenant",
            id: name.to_owned(),
        })?;
        self.finish_reopening(name, &row.origin)?;
        let former = self.store().incarnations(name).await?;
        let tenant = Arc::new(self.opened(name, &row.origin, former)?);
        self.refresh_engine(&tenant).await?;
        self.add_tenant(tenant.clone());
        Ok(tenant)
    }

    fn opened(
        &self,
        name: &str,
        origin: &str,
        former: Vec<IncarnationRow>,
    ) -> Result<Tenant, AppError> {
        let keyring = self.keyring();
        let keys = keyring.tenant(name).ok_or_else(|| {
            AppError::Refused(format!("the keyring has no keys of tenant `{name}`: it is not the one this database was made with"))
        })?;
        // The database may be of before a reopening that the keyring knows of; then it is only looked at.
        let log_key = LogKey::from_seed(keys.origin(), keys.signing_seed().expose())
            .map_err(AppError::internal)?;
        let ended = keys.former().map(|f| f.verifier.parse());
        let ended: Result<Vec<VerifierKey>, _> = ended.collect();
        let mut verifiers = vec![log_key.verifier().clone()];
        verifiers.extend(ended.map_err(AppError::internal)?);
        Ok(Tenant {
            name: name.to_owned(),
            origin: origin.to_owned(),
            log_key,
            memory: Memory::default(),
            token_keys: RwLock::default(),
            former,
            verifiers,
            engine: RwLock::new(Arc::new(Engine::empty(self.registry())?)),
            case_rules: RwLock::new(Arc::new(CaseRules::standard()?)),
            stamp: RwLock::default(),
            brands: RwLock::default(),
            access: RwLock::new(Access::shipped()),
            openings: tokio::sync::Mutex::default(),
        })
    }
}
