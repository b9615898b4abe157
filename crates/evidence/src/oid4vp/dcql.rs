//! The query language of OpenID4VP: which credentials, which claims of them, and in which combinations.
//!
//! Source: OpenID4VP 1.0, sections 6 and 7.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::verdict::{Code, Reason};

/// Queries for credentials in a query; people are not shown more.
const CREDENTIALS_MAX: usize = 64;
/// Claims of one credential that are asked for.
const CLAIMS_MAX: usize = 256;

/// A query that the standard allows.
pub(crate) struct Query {
    pub(crate) credentials: Vec<CredentialQuery>,
    sets: Vec<CredentialSet>,
}

/// One credential that is asked for.
pub(crate) struct CredentialQuery {
    pub(crate) id: String,
    pub(crate) format: Format,
    pub(crate) multiple: bool,
    /// Whether its holder must be bound.
    pub(crate) holder: bool,
    pub(crate) authorities: Vec<(String, Vec<String>)>,
    claims: Vec<ClaimQuery>,
    claim_sets: Vec<Vec<String>>,
}

/// The format, and which credentials of it.
pub(crate) enum Format {
    SdJwt(Vec<String>),
    Mdoc(String),
    /// Credentials of the W3C model: sets of types, each of which will do.
    W3c(String, Vec<Vec<String>>),
}

struct ClaimQuery {
    id: Option<String>,
    path: Vec<Step>,
    values: Option<Vec<Value>>,
}

enum Step {
    Name(String),
    Index(usize),
    Every,
}

struct CredentialSet {
    options: Vec<Vec<String>>,
    required: bool,
}

fn refuse(text: impl Into<String>) -> Reason {
    Reason::new(Code::Query, text)
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Reason> {
    match value.as_array() {
        Some(list) if !list.is_empty() => Ok(list),
        _ => Err(refuse(format!("`{name}` must be a list that is not empty"))),
    }
}

fn text(value: &Value, name: &str) -> Result<String, Reason> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(refuse(format!("`{name}` must be a text that is not empty"))),
    }
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, Reason> {
    list(value, name)?
        .iter()
        .map(|item| text(item, name))
        .collect()
}

fn flag(value: Option<&Value>, name: &str, otherwise: bool) -> Result<bool, Reason> {
    match value {
        None => Ok(otherwise),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(refuse(format!("`{name}` must be true or false"))),
    }
}

/// An id of a credential or claim: letters, digits, `_` and `-`.
fn id(value: &Value) -> Result<String, Reason> {
    let found = text(value, "id")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !found.chars().all(allowed) {
        return Err(refuse("an `id` has letters, digits, `_` and `-` alone"));
    }
    Ok(found)
}

impl Query {
    /// Reads a query.
    pub(crate) fn read(value: &Value) -> Result<Self, Reason> {
        let map = value
            .as_object()
            .ok_or_else(|| refuse("a query is an object"))?;
        let wanted = map.get("credentials");
        let wanted = wanted.ok_or_else(|| refuse("a query has `credentials`"))?;
        let wanted = list(wanted, "credentials")?;
        if wanted.len() > CREDENTIALS_MAX {
            return Err(refuse(format!(
                "more than {CREDENTIALS_MAX} credentials are asked for"
            )));
        }
        let mut credentials = Vec::new();
        let mut ids = HashSet::new();
        for value in wanted {
            let query = CredentialQuery::read(value)?;
            if !ids.insert(query.id.clone()) {
                return Err(refuse(format!(
                    "two credentials have the id `{}`",
                    query.id
                )));
            }
            credentials.push(query);
        }
        let mut sets = Vec::new();
        if let Some(value) = map.get("credential_sets") {
            for set in list(value, "credential_sets")? {
                sets.push(CredentialSet::read(set, &ids)?);
            }
        }
        Ok(Self { credentials, sets })
    }

    /// What the query asks for, in short.
    pub(crate) fn summary(&self) -> Value {
        let ids: Vec<&str> = self.credentials.iter().map(|c| c.id.as_str()).collect();
        json!({"credentials": ids})
    }

    /// Whether what is there is what was required.
    pub(crate) fn satisfied(&self, met: impl Fn(&str) -> bool) -> bool {
        if self.sets.is_empty() {
            return self.credentials.iter().all(|c| met(&c.id));
        }
        let one_of = |set: &CredentialSet| {
            set.options
                .iter()
                .any(|option| option.iter().all(|id| met(id)))
        };
        self.sets.iter().filter(|set| set.required).all(one_of)
    }
}

impl CredentialSet {
    fn read(value: &Value, ids: &HashSet<String>) -> Result<Self, Reason> {
        let options = value.get("options");
        let options = options.ok_or_else(|| refuse("a set of credentials has `options`"))?;
        let options: Vec<Vec<String>> = list(options, "options")?
            .iter()
            .map(|option| texts(option, "options"))
            .collect::<Result<_, _>>()?;
        if let Some(unknown) = options.iter().flatten().find(|id| !ids.contains(*id)) {
            let text = format!(
                "a set of credentials names {}, which is not asked for",
                crate::quoted(Some(unknown))
            );
            return Err(refuse(text));
        }
        Ok(Self {
            options,
            required: flag(value.get("required"), "required", true)?,
        })
    }
}

impl Format {
    fn read(format: &str, meta: &Value) -> Result<Self, Reason> {
        let part = |name: &str| {
            meta.get(name)
                .ok_or_else(|| refuse(format!("`meta` of `{format}` has `{name}`")))
        };
        Ok(match format {
            "dc+sd-jwt" => Self::SdJwt(texts(part("vct_values")?, "vct_values")?),
            "mso_mdoc" => Self::Mdoc(text(part("doctype_value")?, "doctype_value")?),
            "jwt_vc_json" | "ldp_vc" => {
                let types = list(part("type_values")?, "type_values")?;
                let types = types.iter().map(|t| texts(t, "type_values"));
                Self::W3c(format.to_owned(), types.collect::<Result<_, _>>()?)
            }
            other => {
                let text = format!(
                    "the format {} is not one of OpenID4VP 1.0",
                    crate::quoted(Some(other))
                );
                return Err(refuse(text));
            }
        })
    }
}

impl CredentialQuery {
    fn read(value: &Value) -> Result<Self, Reason> {
        let map = value.as_object();
        let map = map.ok_or_else(|| refuse("a query for a credential is an object"))?;
        let part = |name: &str| {
            map.get(name)
                .ok_or_else(|| refuse(format!("a query for a credential has `{name}`")))
        };
        let meta = part("meta")?;
        if !meta.is_object() {
            return Err(refuse("`meta` is an object"));
        }
        let format = Format::read(&text(part("format")?, "format")?, meta)?;
        let mut authorities = Vec::new();
        if let Some(value) = map.get("trusted_authorities") {
            for authority in list(value, "trusted_authorities")? {
                let kind = text(authority.get("type").unwrap_or(&Value::Null), "type")?;
                let values = texts(authority.get("values").unwrap_or(&Value::Null), "values")?;
                authorities.push((kind, values));
            }
        }
        let mut query = Self {
            id: id(part("id")?)?,
            format,
            multiple: flag(map.get("multiple"), "multiple", false)?,
            holder: flag(
                map.get("require_cryptographic_holder_binding"),
                "require_cryptographic_holder_binding",
                true,
            )?,
            authorities,
            claims: Vec::new(),
            claim_sets: Vec::new(),
        };
        query.read_claims(map.get("claims"), map.get("claim_sets"))?;
        Ok(query)
    }

    fn read_claims(&mut self, claims: Option<&Value>, sets: Option<&Value>) -> Result<(), Reason> {
        let mut ids = HashSet::new();
        if let Some(value) = claims {
            let claims = list(value, "claims")?;
            if claims.len() > CLAIMS_MAX {
                return Err(refuse(format!(
                    "more than {CLAIMS_MAX} claims are asked for"
                )));
            }
            for claim in claims {
                let claim = ClaimQuery::read(claim, &self.format)?;
                if let Some(id) = &claim.id
                    && !ids.insert(id.clone())
                {
                    return Err(refuse(format!("two claims have the id `{id}`")));
                }
                self.claims.push(claim);
            }
        }
        let Some(sets) = sets else {
            return Ok(());
        };
        if claims.is_none() {
            return Err(refuse("`claim_sets` without `claims`"));
        }
        if self.claims.iter().any(|claim| claim.id.is_none()) {
            return Err(refuse("with `claim_sets` every claim has an `id`"));
        }
        for set in list(sets, "claim_sets")? {
            let set = texts(set, "claim_sets")?;
            if let Some(unknown) = set.iter().find(|id| !ids.contains(*id)) {
                let text = format!(
                    "a set of claims names {}, which is not asked for",
                    crate::quoted(Some(unknown))
                );
                return Err(refuse(text));
            }
            self.claim_sets.push(set);
        }
        Ok(())
    }

    /// Whether the claims that were asked for are there, with the values that were asked for.
    pub(crate) fn claims_in(&self, claims: &Value) -> bool {
        let met = |claim: &ClaimQuery| claim.is_in(claims);
        if self.claim_sets.is_empty() {
            return self.claims.iter().all(met);
        }
        self.claim_sets.iter().any(|set| {
            let wanted = |id: &String| self.claims.iter().find(|c| c.id.as_ref() == Some(id));
            set.iter().all(|id| wanted(id).is_some_and(met))
        })
    }
}

impl ClaimQuery {
    fn read(value: &Value, format: &Format) -> Result<Self, Reason> {
        let map = value
            .as_object()
            .ok_or_else(|| refuse("a query for a claim is an object"))?;
        let path = map
            .get("path")
            .ok_or_else(|| refuse("a query for a claim has a `path`"))?;
        let path: Vec<Step> = list(path, "path")?
            .iter()
            .map(Step::read)
            .collect::<Result<_, _>>()?;
        if matches!(format, Format::Mdoc(_))
            && !matches!(path.as_slice(), [Step::Name(_), Step::Name(_)])
        {
            return Err(refuse(
                "the `path` in a mobile document is a namespace and an element",
            ));
        }
        let values = map
            .get("values")
            .map(|values| list(values, "values"))
            .transpose()?;
        let scalar = |v: &Value| v.is_string() || v.is_boolean() || v.is_i64() || v.is_u64();
        if values.is_some_and(|values| !values.iter().all(scalar)) {
            return Err(refuse("`values` are texts, integers, or true and false"));
        }
        flag(map.get("intent_to_retain"), "intent_to_retain", false)?;
        Ok(Self {
            id: map.get("id").map(id).transpose()?,
            path,
            values: values.map(<[Value]>::to_vec),
        })
    }

    /// Section 7: the path selects something, of which one is among the values.
    fn is_in(&self, claims: &Value) -> bool {
        let mut selected = vec![claims];
        for step in &self.path {
            let mut next = Vec::new();
            for value in selected {
                match (step, value) {
                    (Step::Name(name), Value::Object(map)) => next.extend(map.get(name)),
                    (Step::Index(index), Value::Array(list)) => next.extend(list.get(*index)),
                    (Step::Every, Value::Array(list)) => next.extend(list),
                    _ => return false,
                }
            }
            selected = next;
        }
        match &self.values {
            None => !selected.is_empty(),
            Some(values) => selected.iter().any(|found| values.contains(found)),
        }
    }
}

impl Step {
    fn read(value: &Value) -> Result<Self, Reason> {
        match value {
            Value::String(name) if !name.is_empty() => Ok(Self::Name(name.clone())),
            Value::Null => Ok(Self::Every),
            Value::Number(number) => number
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .map(Self::Index)
                .ok_or_else(|| refuse("a number in a `path` is an index from 0")),
            _ => Err(refuse("a `path` has names, indices and null")),
        }
    }
}
