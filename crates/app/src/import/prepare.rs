//! A row before it is judged: who it is in the earlier system, what it says, and the facts it becomes.

use bonafide_model::{Fact, OpeningMethod, PartyId, Timestamp};
use serde_json::value::RawValue;

use super::{ImportDates, ImportPlan, ImportRow};
use crate::App;
use crate::engine::Engine;
use crate::error::AppError;
use crate::submission::{Draft, FactContext, FieldError, SKEW_MAX_MS};
use crate::tenant::Tenant;

/// What is kept in place of a row: keyed hashes, of whose it is and of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) token: Vec<u8>,
    pub(super) content: Vec<u8>,
}

/// The keyed hash of a source's own id.
pub(super) fn token(
    app: &App,
    tenant: &Tenant,
    source: &str,
    external_id: &str,
) -> Result<Vec<u8>, AppError> {
    keyed(app, tenant, "import/id", source, external_id.as_bytes())
}

/// The name of a run: the same for the same file and mapping.
pub(super) fn run(app: &App, tenant: &Tenant, plan: &ImportPlan) -> Result<String, AppError> {
    let mapping = plan.mapping.to_string();
    let hash = keyed(app, tenant, "import/run", &mapping, plan.file.as_bytes())?;
    let short = hash.iter().take(8);
    Ok(short.fold("run_".to_owned(), |text, b| format!("{text}{b:02x}")))
}

fn keyed(
    app: &App,
    tenant: &Tenant,
    what: &str,
    name: &str,
    bytes: &[u8],
) -> Result<Vec<u8>, AppError> {
    let keyring = app.keyring();
    let keys = keyring
        .tenant(&tenant.name)
        .ok_or_else(|| AppError::Internal("the tenant has no keys".to_owned()))?;
    Ok(keys
        .body_mac_key()
        .hash(what, name, bytes)
        .as_bytes()
        .to_vec())
}

impl ImportRow {
    /// The source's own id of the customer.
    pub(super) fn external_id(&self) -> &str {
        self.sign_up.external_id.as_deref().unwrap_or_default()
    }

    pub(super) fn marks(
        &self,
        app: &App,
        tenant: &Tenant,
        source: &str,
    ) -> Result<Marks, AppError> {
        let said = serde_json::to_vec(&(&self.sign_up, &self.dates));
        let said = said.map_err(AppError::internal)?;
        Ok(Marks {
            token: token(app, tenant, source, self.external_id())?,
            content: keyed(app, tenant, "import/row", source, &said)?,
        })
    }

    /// What goes beside the facts: where they came from.
    pub(super) fn origin(&self, plan: &ImportPlan, run: &str) -> Result<Box<RawValue>, AppError> {
        let origin = super::Origin {
            source: plan.source.clone(),
            external_id: self.external_id().to_owned(),
            run: run.to_owned(),
            file: plan.file.to_string(),
            line: self.line,
            mapping: plan.mapping.to_string(),
            contracts: self.contracts.clone(),
        };
        serde_json::value::to_raw_value(&origin).map_err(AppError::internal)
    }

    /// The row as facts, with the dates of the earlier system; `known` is the party that it is an account of.
    pub(super) fn draft(
        &self,
        app: &App,
        engine: &Engine,
        plan: &ImportPlan,
        known: Option<PartyId>,
        now: Timestamp,
    ) -> Result<Draft, Vec<FieldError>> {
        let context = FactContext {
            registry: app.registry(),
            methods: &engine.methods,
            catalogue: &engine.catalogue,
            now,
            entropy: app.entropy(),
        };
        let mut errors = self.dates.errors(now);
        if self.external_id().is_empty() {
            let message = "the customer has no id in the earlier system: without one it would be taken over again each time";
            errors.push(FieldError::new("external_id", message));
        }
        let mut sign_up = self.sign_up.clone();
        if let Some(first) = sign_up.parties.first_mut() {
            first.id = known;
        }
        let draft = match sign_up.draft(&context) {
            Ok(draft) if errors.is_empty() => draft,
            Ok(_) => return Err(errors),
            Err(more) => {
                errors.extend(more);
                return Err(errors);
            }
        };
        Ok(self.dated(draft, plan, now))
    }

    fn dated(&self, mut draft: Draft, plan: &ImportPlan, now: Timestamp) -> Draft {
        let dates = &self.dates;
        let account = &mut draft.account;
        account.opening_method = OpeningMethod::Imported;
        account.opened_at = dates.opened_at.unwrap_or(now);
        account.closed_at = dates.closed_at.or(dates.closed.then_some(now));
        account.last_access_at = dates.last_access_at;
        account.verify_by = account.closed_at.is_none().then_some(plan.verify_by);
        for fact in draft.parties.iter_mut().flat_map(|(_, facts)| facts) {
            match fact {
                Fact::Account(in_facts) => in_facts.clone_from(account),
                Fact::Claim(claim) => claim.asserted_at = dates.asserted(now),
                _ => {}
            }
        }
        draft
    }
}

impl ImportDates {
    /// When the customer said what the row says: as far as is known, when the account was opened.
    pub(super) fn asserted(&self, now: Timestamp) -> Timestamp {
        self.asserted_at.or(self.opened_at).unwrap_or(now)
    }

    fn errors(&self, now: Timestamp) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let latest = now.plus_millis(SKEW_MAX_MS);
        for (field, at) in [
            ("account.opened_at", self.opened_at),
            ("account.closed_at", self.closed_at),
            ("account.last_access_at", self.last_access_at),
            ("account.asserted_at", self.asserted_at),
        ] {
            if let Some(at) = at.filter(|at| *at > latest) {
                errors.push(FieldError::new(
                    field,
                    format!("`{at}` is in the future: is the order of day and month right?"),
                ));
            }
        }
        if let (Some(opened), Some(closed)) = (self.opened_at, self.closed_at)
            && closed < opened
        {
            errors.push(FieldError::new(
                "account.closed_at",
                format!("`{closed}` is before the account was opened, `{opened}`"),
            ));
        }
        errors
    }
}
