//! The judgement that an account stands under, in a form that answers orders: the recorded one while it is good, else made
//! and recorded anew.
//!
//! What was read is remembered. On SQLite, where this process alone writes, a memory is good until something it was read
//! from is changed; on PostgreSQL one read of versions tells. Either way it is given up when the rules or lists are not the
//! same any more, and at `review_at`.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bonafide_ledger::sha256;
use bonafide_model::{Account, AccountId, Timestamp};
use bonafide_policy::{Assessment, Decision, Limits, Plan};
use bonafide_policy::{Missing, Reason};
use bonafide_store::{AccountVersions, Mark, Subject};

use crate::account::standing;
use crate::engine::Engine;
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::subject::OpenAccount;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// What is remembered of a tenant, in units of about a kilobyte: 32 MiB.
const MEMORY_MAX: usize = 32 * 1024;
/// What an account that runs weighs, and one of which something is missing, whose plan is kept too.
const LIGHT: usize = 1;
const HEAVY: usize = 16;

/// What was judged, as far as orders need it.
pub(crate) struct Judged {
    pub(crate) decision: Decision,
    pub(crate) limits: Limits,
    pub(crate) assessed_at: Timestamp,
    pub(crate) review_at: Option<Timestamp>,
    /// SHA-256 of the assessment as it was recorded; none for what was only thought through.
    pub(crate) digest: Option<String>,
    /// What stands in the way; none when the account runs without it.
    pub(crate) open: Option<Open>,
}

/// What stands in the way of an account that does not simply run.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) reasons: Vec<Reason>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) plan: Plan,
}

impl Judged {
    pub(crate) fn new(assessment: Assessment, digest: Option<String>) -> Self {
        let runs = assessment.decision == Decision::Approve;
        Self {
            decision: assessment.decision,
            limits: assessment.entitlements,
            assessed_at: assessment.assessed_at,
            review_at: assessment.review_at,
            digest,
            open: (!runs).then_some(Open {
                reasons: assessment.reasons,
                missing: assessment.missing,
                plan: assessment.plan,
            }),
        }
    }
}

/// An account and the judgement it stands under.
pub(crate) struct Standing {
    pub(crate) account: Account,
    pub(crate) judged: Judged,
    engine: Arc<Engine>,
    versions: AccountVersions,
    mark: Option<Mark>,
}

impl Standing {
    fn weight(&self) -> usize {
        self.judged.open.as_ref().map_or(LIGHT, |_| HEAVY)
    }
}

/// The standings of a tenant that were read lately.
#[derive(Default)]
pub(crate) struct Memory(RwLock<Remembered>);

#[derive(Default)]
struct Remembered {
    by_account: HashMap<AccountId, Arc<Standing>>,
    weight: usize,
}

impl Memory {
    fn get(&self, account: AccountId) -> Option<Arc<Standing>> {
        let remembered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        remembered.by_account.get(&account).cloned()
    }

    fn put(&self, standing: &Arc<Standing>) {
        let mut remembered = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.weight >= MEMORY_MAX {
            *remembered = Remembered::default();
        }
        remembered.weight += standing.weight();
        let before = remembered
            .by_account
            .insert(standing.account.id, Arc::clone(standing));
        remembered.weight -= before.map_or(0, |before| before.weight());
    }
}

impl App {
    /// The judgement that an account stands under now; one that has to be made is recorded.
    pub(crate) async fn standing(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        account: AccountId,
    ) -> Result<Arc<Standing>, AppError> {
        if let Some(remembered) = tenant.memory.get(account)
            && self.is_good(tenant, &remembered).await?
        {
            return Ok(remembered);
        }
        for _ in 0..ATTEMPTS_MAX {
            let before = self.store().before();
            let loaded = self.open_account(tenant, account).await?;
            let (engine, now) = (tenant.engine(), self.now());
            if let Some(text) = standing(&loaded, &engine, now) {
                let subjects = loaded.parties.keys().map(|id| Subject::Party(*id));
                let subjects = subjects.chain([Subject::Account(account)]);
                let mark = self.store().mark(before, &tenant.name, subjects);
                let standing = Arc::new(read(&loaded, text, engine, mark)?);
                tenant.memory.put(&standing);
                return Ok(standing);
            }
            match self.judge_now(actor, tenant, &loaded, now).await {
                // What was recorded is read back, so that the digest is of the bytes that can be proven.
                Ok(_) | Err(AppError::Busy) => {}
                Err(other) => return Err(other),
            }
        }
        Err(AppError::Busy)
    }

    /// Whether a memory is still the truth.
    async fn is_good(&self, tenant: &Tenant, known: &Standing) -> Result<bool, AppError> {
        let due = known.judged.review_at.is_some_and(|at| at <= self.now());
        if due || !Arc::ptr_eq(&known.engine, &tenant.engine()) {
            return Ok(false);
        }
        if let Some(mark) = &known.mark {
            return Ok(self.store().is_unchanged(mark));
        }
        let versions = self
            .store()
            .account_versions(&tenant.name, known.account.id)
            .await?;
        Ok(versions == Some(known.versions))
    }
}

fn read(
    loaded: &OpenAccount,
    text: &str,
    engine: Arc<Engine>,
    mark: Option<Mark>,
) -> Result<Standing, AppError> {
    let dossier = loaded.dossier(None).ok_or_else(|| {
        AppError::Internal(format!(
            "account `{}` has no first fact",
            loaded.row.account
        ))
    })?;
    let assessment: Assessment = serde_json::from_str(text).map_err(AppError::internal)?;
    let versions = loaded.parties.values().map(|p| p.row.version);
    Ok(Standing {
        account: dossier.account,
        judged: Judged::new(assessment, Some(sha256(text.as_bytes()).to_string())),
        engine,
        versions: AccountVersions {
            account: loaded.row.version,
            parties: i64::try_from(loaded.parties.len()).unwrap_or(i64::MAX),
            party_versions: versions.sum(),
        },
        mark,
    })
}
