//! The application: storage, keys, clock and chance, held together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use bonafide_connect::{HttpSender, Mailer};
use bonafide_model::purpose::Purposes;
use bonafide_model::{Clock, Entropy, JobId, RecordId, Registry, Timestamp};
use bonafide_seal::Keyring;
use bonafide_store::{Counts, Store, Writer};

use crate::error::AppError;
use crate::history::Histories;
use crate::keyring_dir::KeyringDir;
use crate::tenant::Tenant;

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// The embedded default: one file.
    Sqlite(PathBuf),
    /// PostgreSQL, or what speaks it.
    Postgres(String),
}

/// What an application is made of.
pub struct Config {
    /// Where the data is.
    pub location: Location,
    /// Where the keyring and the last signed heads are.
    pub keyring: PathBuf,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    writer: Writer,
    keys: KeyringDir,
    keyring: RwLock<Keyring>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    registry: Registry,
    purposes: Purposes,
    tenants: RwLock<BTreeMap<String, Arc<Tenant>>>,
    last_record: Mutex<RecordId>,
    last_job: Mutex<JobId>,
    mailer: OnceLock<Mailer>,
    scrub_due: AtomicBool,
    outbound: OnceLock<HttpSender>,
    histories: Histories,
}

impl App {
    /// Opens storage and keys. A new place gets a new keyring; a database that has tenants without one is refused, since
    /// nothing in it could be read.
    pub async fn open(config: Config) -> Result<Self, AppError> {
        let app = Self::open_for_audit(config).await?;
        match app.check_ledgers().await {
            Ok(()) => Ok(app),
            Err(error) => {
                // Another may open it at once; that the closing fails too adds nothing to the error.
                app.close().await.ok();
                Err(error)
            }
        }
    }

    async fn check_ledgers(&self) -> Result<(), AppError> {
        for tenant in self.tenants() {
            self.check_kept_head(&tenant).await?;
            self.check_tail(&tenant).await?;
        }
        for tenant in self.tenants() {
            let service = crate::Actor::worker(&tenant.name);
            self.record_erased_again(&tenant, &service).await?;
            self.record_restorations(&tenant).await?;
        }
        self.settle_erasures().await
    }

    /// Opens storage and keys without looking at the ledger, so that the whole of it can be audited when it is damaged.
    pub async fn open_for_audit(config: Config) -> Result<Self, AppError> {
        let keys = KeyringDir::open(&config.keyring)?;
        let store = match &config.location {
            Location::Sqlite(path) => Store::open_sqlite(path).await?,
            Location::Postgres(url) => Store::open_postgres(url).await?,
        };
        let known = store.tenants().await?;
        let fresh = known
            .is_empty()
            .then(|| (config.clock.now(), &*config.entropy as &dyn Entropy));
        let (keyring, ()) = keys.update(fresh, |_| Ok(()))?;
        let app = Self(Arc::new(Inner {
            writer: Writer::start(store.clone()),
            store,
            keys,
            keyring: RwLock::new(keyring),
            clock: config.clock,
            entropy: config.entropy,
            purposes: Purposes::builtin(&Registry::builtin()),
            registry: Registry::builtin(),
            tenants: RwLock::default(),
            last_record: Mutex::new(RecordId::from_bits(0)),
            last_job: Mutex::new(JobId::from_bits(0)),
            mailer: OnceLock::new(),
            scrub_due: AtomicBool::new(false),
            outbound: OnceLock::new(),
            histories: Histories::default(),
        }));
        for row in known {
            app.load_tenant(&row.tenant).await?;
        }
        Ok(app)
    }

    /// How other systems are reached, once that is settled.
    pub(crate) fn outbound_cell(&self) -> &OnceLock<HttpSender> {
        &self.0.outbound
    }

    /// The access histories that are open.
    pub(crate) fn histories(&self) -> &Histories {
        &self.0.histories
    }

    /// The store, for reading.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The one way to change the store.
    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    /// The directory of the keyring and heads.
    #[must_use]
    pub fn keyring_dir(&self) -> &KeyringDir {
        &self.0.keys
    }

    /// The keyring as it is now.
    pub(crate) fn keyring(&self) -> RwLockReadGuard<'_, Keyring> {
        self.0
            .keyring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a changed keyring in the place of the present one; it must be on disk already.
    pub(crate) fn set_keyring(&self, keyring: Keyring) {
        *self
            .0
            .keyring
            .write()
            .unwrap_or_else(PoisonError::into_inner) = keyring;
    }

    /// Reads the keyring again: another process may have begun or ended an epoch.
    pub(crate) fn reload_keyring(&self) -> Result<(), AppError> {
        let kept = self.keyring_dir().read()?;
        let kept = kept.ok_or_else(|| AppError::Refused("the keyring is gone".to_owned()))?;
        if kept.generation() > self.keyring().generation() {
            self.set_keyring(kept);
        }
        Ok(())
    }

    /// Whether something that was erased is still to be overwritten.
    pub(crate) fn is_scrub_due(&self) -> bool {
        self.0.scrub_due.load(Ordering::Relaxed)
    }

    pub(crate) fn set_scrub_due(&self, due: bool) {
        self.0.scrub_due.store(due, Ordering::Relaxed);
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Chance, for what lives longer than a call.
    pub(crate) fn shared_entropy(&self) -> Arc<dyn Entropy> {
        self.0.entropy.clone()
    }

    /// Chance.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    /// An id for a record that sorts after every id this process gave before, since facts of one millisecond are folded in
    /// the order of their records.
    pub(crate) fn next_record(&self, now: Timestamp) -> RecordId {
        let mut last = self
            .0
            .last_record
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fresh = RecordId::new(now, self.entropy());
        *last = if fresh > *last {
            fresh
        } else {
            last.following()
        };
        *last
    }

    /// An id for a job that sorts after every id this process gave before, since jobs of a lane are done in that order.
    pub(crate) fn next_job(&self, now: Timestamp) -> JobId {
        let mut last = self
            .0
            .last_job
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fresh = JobId::new(now, self.entropy());
        *last = if fresh > *last {
            fresh
        } else {
            last.following()
        };
        *last
    }

    /// The place of what sends e-mail.
    pub(crate) fn mailer_place(&self) -> &OnceLock<Mailer> {
        &self.0.mailer
    }

    /// The attribute registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// What sealed fields may be opened for.
    #[must_use]
    pub fn purposes(&self) -> &Purposes {
        &self.0.purposes
    }

    /// The tenants that are open.
    #[must_use]
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// The tenant of that name.
    pub fn tenant(&self, name: &str) -> Result<Arc<Tenant>, AppError> {
        let tenants = self
            .0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        tenants
            .get(name)
            .cloned()
            .ok_or_else(|| AppError::NotFound {
                what: "tenant",
                id: name.to_owned(),
            })
    }

    pub(crate) fn add_tenant(&self, tenant: Arc<Tenant>) {
        self.0
            .tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.name.clone(), tenant);
    }

    /// Closes every connection; nothing can be asked afterwards.
    pub async fn close(&self) -> Result<(), AppError> {
        Ok(self.store().close().await?)
    }

    /// Whether the storage answers.
    pub async fn is_reachable(&self) -> bool {
        self.store().tenants().await.is_ok()
    }

    /// Counts of a tenant, for metrics and the doctor.
    pub async fn counts(&self, tenant: &str) -> Result<Counts, AppError> {
        Ok(self.store().counts(tenant).await?)
    }

    /// Whether the writer still takes changes; after a failed sync it does not, and the process must end.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.0.writer.is_alive()
    }
}
