//! Opening sealed fields of a party: for a purpose, in a case, no more than the purpose needs, and recorded first.
//!
//! The record of an opening, its entry in the party's history and the row that lists it are committed before any value is
//! answered: who does not get the answer has opened the fields all the same. Refused are a purpose that does not
//! need the field, a case that is over, about somebody else or of another kind, and more in a day than one person's
//! measure unless a second person allowed it. Values stand in the answer alone: not in a log, a URL or a metric.

use bonafide_ledger::Kind;
use bonafide_model::purpose::{NATIONAL, OpeningPurpose};
use bonafide_model::{
    AccountId, CaseId, CaseState, Claim, Fact, PartyId, RecordId, Registry, Timestamp,
};
use bonafide_store::{AccessOp, ApplyError, Op, OpeningRow, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Action, Matter};
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::party::ACCOUNTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenParty;
use crate::tenant::Tenant;
use crate::{Actor, App};

mod list;
mod measure;

pub use list::{OpeningItem, Openings, SearchItem};
pub use measure::OPENINGS_A_DAY;

/// Fields of one opening: no purpose needs more than the registry's attributes, and a list of all is not a question.
const FIELDS_MAX: usize = 40;

/// What is to be opened, what for, and in which case.
#[derive(Debug, Clone)]
pub struct ToOpen {
    /// The purpose.
    pub purpose: String,
    /// The case that carries it.
    pub case: CaseId,
    /// Names of attributes.
    pub fields: Vec<String>,
}

/// Fields that were opened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OpenedFields {
    /// The record of the opening.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// Whose fields.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// What for.
    pub purpose: String,
    /// In which case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What is recorded of the fields; a field of which nothing is recorded is absent.
    pub fields: Vec<OpenedField>,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OpenedField {
    /// The claim.
    pub claim: String,
    /// The attribute.
    pub attribute: String,
    /// The value, in the form in which claims are sent.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
    /// Who asserted it.
    pub source: String,
    /// When it was asserted.
    #[schema(value_type = String, format = DateTime)]
    pub asserted_at: Timestamp,
}

/// What is opened, what for, and in which case; whether the purpose needs the fields was looked at.
pub(crate) struct Allowed<'a> {
    pub(crate) purpose: &'a OpeningPurpose,
    pub(crate) case: CaseId,
    pub(crate) fields: Vec<String>,
    /// Whether national numbers are among them.
    pub(crate) special: bool,
    /// The account that it is about, where it is about one.
    pub(crate) account: Option<AccountId>,
}

/// What the sealed entry of an opening says.
#[derive(Serialize)]
struct Sealed<'a> {
    case: CaseId,
    purpose: &'a str,
    fields: &'a [String],
    door: &'a str,
}

impl App {
    /// Opens fields of a party; that it was done is recorded before the values are answered.
    pub async fn open_fields(
        &self,
        actor: &Actor,
        party: PartyId,
        to_open: &ToOpen,
    ) -> Result<OpenedFields, AppError> {
        actor.may(Action::OpenFields)?;
        let tenant = self.tenant(&actor.tenant)?;
        let purpose = self.purpose(&to_open.purpose)?;
        let fields = self.fields_needed(purpose, &to_open.fields)?;
        let of_class = |f: &String| self.registry().get(f).is_some_and(|a| a.class == NATIONAL);
        let opening = Allowed {
            special: fields.iter().any(of_class),
            purpose,
            case: to_open.case,
            fields,
            account: None,
        };
        let (open, record, at) = self.opened_as(actor, &tenant, party, &opening).await?;
        Ok(OpenedFields {
            record,
            party,
            purpose: purpose.name.clone(),
            case: to_open.case,
            at,
            fields: values(&open, &opening.fields, at, self.registry()),
        })
    }

    /// Checks that an actor may open it now and records that they did; gives the party, which nobody may be shown before.
    pub(crate) async fn opened_as(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        party: PartyId,
        opening: &Allowed<'_>,
    ) -> Result<(OpenParty, RecordId, Timestamp), AppError> {
        let restricted = self
            .case_carries(actor, tenant, party, opening.purpose, opening.case)
            .await?;
        let matter = Matter {
            restricted,
            special: opening.special,
            purpose: Some(opening.purpose.name.clone()),
        };
        actor.may_about(Action::OpenFields, &matter)?;
        // One after another: openings sent at once must not all find the day's measure unspent.
        let _turn = tenant.openings.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let now = self.now();
            self.within_measure(tenant, actor, now).await?;
            let open = self.open_party(tenant, party).await?;
            match self
                .record_opening(actor, tenant, &open, opening, now)
                .await
            {
                Ok(record) => return Ok((open, record, now)),
                Err(AppError::Busy) => {}
                Err(other) => return Err(other),
            }
        }
        Err(AppError::Busy)
    }

    async fn record_opening(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        open: &OpenParty,
        opening: &Allowed<'_>,
        now: Timestamp,
    ) -> Result<RecordId, AppError> {
        let party = open.row.party;
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        recorder.expect(Subject::Party(party), open.row.version);
        let entry = Entry {
            party,
            account: opening.account,
            kind: Kind::Opening,
            keys: &open.keys,
        };
        let sealed = Sealed {
            case: opening.case,
            purpose: &opening.purpose.name,
            fields: &opening.fields,
            door: actor.door().as_str(),
        };
        let record = recorder.decision(&entry, &[("opening", &sealed)])?;
        recorder.push(Op::Access(AccessOp::AddOpening(OpeningRow {
            party,
            record,
            actor: actor.name.clone(),
            purpose: opening.purpose.name.clone(),
            case: opening.case.to_string(),
            fields: opening.fields.join(" "),
            at: now,
        })));
        match self.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(record),
            Err(ApplyError::Conflict { .. }) => Err(AppError::Busy),
            Err(other) => Err(other.into()),
        }
    }

    /// The purpose of that name.
    pub(crate) fn purpose(&self, name: &str) -> Result<&OpeningPurpose, AppError> {
        self.purposes().get(name).ok_or_else(|| {
            let all: Vec<String> = self
                .purposes()
                .all()
                .iter()
                .map(|p| format!("`{}`", p.name))
                .collect();
            AppError::invalid(
                "purpose",
                format!("say what for: one of {}", all.join(", ")),
            )
        })
    }

    /// The fields, each once, if the purpose needs every one of them.
    fn fields_needed(
        &self,
        purpose: &OpeningPurpose,
        asked: &[String],
    ) -> Result<Vec<String>, AppError> {
        if asked.is_empty() || asked.len() > FIELDS_MAX {
            let message = format!("name 1 to {FIELDS_MAX} attributes to open");
            return Err(AppError::invalid("fields", message));
        }
        let mut errors = Vec::new();
        let mut fields: Vec<String> = Vec::new();
        for (position, name) in asked.iter().enumerate() {
            let message = if self.registry().get(name).is_none() {
                self.registry().unknown(name)
            } else if !purpose.needs(name, self.registry()) {
                format!("`{name}` is not needed for `{}`", purpose.name)
            } else {
                if !fields.contains(name) {
                    fields.push(name.clone());
                }
                continue;
            };
            errors.push(crate::submission::FieldError::new(
                format!("fields[{position}]"),
                message,
            ));
        }
        if errors.is_empty() {
            return Ok(fields);
        }
        Err(AppError::Invalid(errors))
    }

    /// Refuses unless the case is open, about the party, and of a kind that carries the purpose; says whether it is
    /// restricted. A restricted case is for others as if it were not there.
    async fn case_carries(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        party: PartyId,
        purpose: &OpeningPurpose,
        case: CaseId,
    ) -> Result<bool, AppError> {
        let wrong = |message: String| Err(AppError::invalid("case", message));
        let row = self.store().case(&tenant.name, case).await?;
        let visible = |restricted| {
            let matter = Matter {
                restricted,
                ..Matter::default()
            };
            actor.may_about(Action::OpenFields, &matter).is_ok()
        };
        let Some(row) = row.filter(|r| visible(r.restricted)) else {
            return wrong(format!("there is no case `{case}`"));
        };
        let about = match (row.party, row.account) {
            (Some(one), _) if one == party => true,
            (_, Some(account)) => {
                let accounts = self
                    .store()
                    .accounts_of_party(&tenant.name, party, ACCOUNTS_MAX);
                accounts.await?.contains(&account)
            }
            _ => false,
        };
        if !about {
            return wrong(format!("case `{case}` is not about `{party}`"));
        }
        if !matches!(row.state, CaseState::Open | CaseState::Proposed) {
            return wrong(format!("case `{case}` is {}: open a new one", row.state));
        }
        if !purpose.cases.contains(&row.kind) {
            let kinds: Vec<String> = purpose.cases.iter().map(|k| format!("`{k}`")).collect();
            return wrong(format!(
                "a case of kind `{}` does not carry the purpose `{}`: it is carried by {}",
                row.kind,
                purpose.name,
                if kinds.is_empty() {
                    "none".to_owned()
                } else {
                    kinds.join(", ")
                }
            ));
        }
        Ok(row.restricted)
    }
}

/// The values of the fields that hold today; of attributes that have one value, the latest.
fn values(
    open: &OpenParty,
    fields: &[String],
    now: Timestamp,
    registry: &Registry,
) -> Vec<OpenedField> {
    let mut holding: Vec<&Claim> = Vec::new();
    for fact in &open.facts {
        let Fact::Claim(claim) = fact else { continue };
        if !fields.contains(&claim.attribute) || !claim.holds_on(now.date()) {
            continue;
        }
        if registry.get(&claim.attribute).is_none_or(|a| !a.many) {
            holding.retain(|c| c.attribute != claim.attribute);
        }
        holding.push(claim);
    }
    let opened = holding.into_iter().map(|c| OpenedField {
        claim: c.id.to_string(),
        attribute: c.attribute.clone(),
        value: c.value.to_json(),
        source: c.source.clone(),
        asserted_at: c.asserted_at,
    });
    opened.collect()
}
