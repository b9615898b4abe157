//! Decisions by Cedar policies: what no policy permits is refused, what one forbids is refused whatever others permit.
//!
//! Policies are checked against the schema when they are loaded, strictly: a misspelt role, action or attribute is refused
//! with its place. Each carries an `@id`, and a refusal names the policy that decided. A decision depends on who asks,
//! what for and what about, a small set of answers in practice: they are remembered, within a bound.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr as _;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bonafide_ledger::{Hash, sha256};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::{Action, Door, Role};

/// The policies shipped with the product.
pub const POLICIES: &str = include_str!("../../data/access.cedar");
/// What policies may speak of.
pub const SCHEMA: &str = include_str!("../../data/access.cedarschema");

/// Decisions remembered: staff and keys in the hundreds, each with a dozen actions. When it is full it begins anew.
const REMEMBERED_MAX: usize = 16_384;
/// Bytes of policies: the shipped ones have five thousand.
const TEXT_MAX_BYTES: usize = 256 * 1024;

/// Policies that cannot be used, and where they are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("access policies: {0}")]
pub struct PolicyError(String);

/// What a request is about, as far as policies look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Matter {
    /// Known to the legal role alone.
    pub restricted: bool,
    /// National numbers are among the fields.
    pub special: bool,
    /// The purpose of an opening or a search.
    pub purpose: Option<String>,
}

/// Who asks for what about which matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) person: bool,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) door: Door,
    pub(crate) action: Action,
    pub(crate) matter: Matter,
}

/// A set of policies in force, with the decisions made so far.
pub struct Access {
    text: String,
    digest: Hash,
    policies: PolicySet,
    actions: Entities,
    schema: Schema,
    known: RwLock<HashMap<Question, Result<(), Arc<str>>>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.digest)
    }
}

static SHIPPED: LazyLock<Arc<Access>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "constants of the build, loaded by a test"
    )]
    Arc::new(Access::parse(POLICIES).expect("the shipped policies are valid"))
});

impl Access {
    /// The policies shipped with the product.
    #[must_use]
    pub fn shipped() -> Arc<Self> {
        SHIPPED.clone()
    }

    /// Reads policies and checks them against the schema.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(PolicyError(format!(
                "{} bytes, at most {TEXT_MAX_BYTES}",
                text.len()
            )));
        }
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(wrong)?;
        let policies = named(&PolicySet::from_str(text).map_err(|e| placed(text, &e))?)?;
        let report = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        let errors: Vec<String> = report
            .validation_errors()
            .map(ToString::to_string)
            .collect();
        if !errors.is_empty() {
            return Err(PolicyError(errors.join("; ")));
        }
        Ok(Self {
            text: text.to_owned(),
            digest: sha256(text.as_bytes()),
            actions: schema.action_entities().map_err(wrong)?,
            policies,
            schema,
            known: RwLock::default(),
        })
    }

    /// The policies as they were written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// Whether it is allowed; else why not, in words.
    pub(crate) fn decide(&self, question: &Question) -> Result<(), Arc<str>> {
        let remembered = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered.get(question) {
            return known.clone();
        }
        drop(remembered);
        let made = self
            .evaluate(question)
            .unwrap_or_else(|why| Err(format!("it could not be decided: {why}").into()));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(question.clone(), made.clone());
        made
    }

    fn evaluate(&self, question: &Question) -> Result<Result<(), Arc<str>>, PolicyError> {
        let member = uid("Member", &question.name)?;
        let matter = uid("Matter", "matter")?;
        let roles: HashSet<EntityUid> = question
            .roles
            .iter()
            .map(|r| uid("Role", r.as_str()))
            .collect::<Result<_, _>>()?;
        let truth = |name: &str, value| (name.to_owned(), RestrictedExpression::new_bool(value));
        let person = HashMap::from([truth("person", question.person)]);
        let about = HashMap::from([
            truth("restricted", question.matter.restricted),
            truth("special", question.matter.special),
        ]);
        let entities = [
            Entity::new(member.clone(), person, roles).map_err(wrong)?,
            Entity::new(matter.clone(), about, HashSet::new()).map_err(wrong)?,
        ];
        let entities = self
            .actions
            .clone()
            .add_entities(entities, Some(&self.schema));
        let entities = entities.map_err(wrong)?;
        let word = |name: &str, value: &str| {
            let value = RestrictedExpression::new_string(value.to_owned());
            (name.to_owned(), value)
        };
        let mut context = vec![word("door", question.door.as_str())];
        context.extend(
            question
                .matter
                .purpose
                .as_deref()
                .map(|p| word("purpose", p)),
        );
        let context = Context::from_pairs(context).map_err(wrong)?;
        let action = uid("Action", question.action.as_str())?;
        let request = Request::new(member, action, matter, context, Some(&self.schema));
        let answer =
            Authorizer::new().is_authorized(&request.map_err(wrong)?, &self.policies, &entities);
        if let Some(error) = answer.diagnostics().errors().next() {
            return Err(wrong(error));
        }
        Ok(match answer.decision() {
            Decision::Allow => Ok(()),
            Decision::Deny => {
                let mut deciding: Vec<_> = answer
                    .diagnostics()
                    .reason()
                    .map(|id| format!("`{id}`"))
                    .collect();
                deciding.sort();
                Err(if deciding.is_empty() {
                    "no policy permits it".into()
                } else {
                    format!("forbidden by policy {}", deciding.join(", ")).into()
                })
            }
        })
    }
}

/// The same policies under the ids that they call themselves.
fn named(read: &PolicySet) -> Result<PolicySet, PolicyError> {
    if read.templates().next().is_some() {
        return Err(PolicyError(
            "templates are not supported: write the policy out".to_owned(),
        ));
    }
    let mut policies = PolicySet::new();
    for policy in read.policies() {
        let id = policy.annotation("id").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| {
            let start: String = policy.to_string().chars().take(60).collect();
            PolicyError(format!("a policy has no `@id(\"…\")`: {start}…"))
        })?;
        let policy: Policy = policy.new_id(PolicyId::new(id));
        policies
            .add(policy)
            .map_err(|_| PolicyError(format!("two policies are called `{id}`")))?;
    }
    Ok(policies)
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, PolicyError> {
    let kind = EntityTypeName::from_str(kind).map_err(wrong)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

fn wrong(error: impl std::fmt::Display) -> PolicyError {
    PolicyError(error.to_string())
}

/// A mistake of grammar with its line.
fn placed(text: &str, errors: &cedar_policy::ParseErrors) -> PolicyError {
    use miette::Diagnostic as _;
    let all = errors.iter().map(|error| {
        let label = error.labels().and_then(|mut labels| labels.next());
        let before = label.and_then(|label| text.get(..label.offset()));
        match before.map(|before| before.matches('\n').count() + 1) {
            Some(line) => format!("line {line}: {error}"),
            None => error.to_string(),
        }
    });
    PolicyError(all.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests;
