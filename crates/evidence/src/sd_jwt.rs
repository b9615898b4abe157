//! Credentials with selective disclosure: SD-JWT VC.
//!
//! Everything that the reference library leaves to its caller is checked here: the type of token and of credential, times,
//! unused disclosures, reserved names, the holder's key. Refuses: an issuer that is not known by key, metadata or trust
//! anchor; algorithms that are no signatures; disclosures that are unused, given twice, of reserved names, of claims that
//! must be plain, or not readable; a presentation made for another verifier, another request, or too long ago; a
//! credential whose status is not known to be good. Source: RFC 9901; draft-ietf-oauth-sd-jwt-vc; draft-ietf-oauth-status-list.

mod disclosure;
mod issuer;
mod key_binding;

use bonafide_model::{Strength, Timestamp};
use serde_json::{Map, Value, json};

use crate::context::Reader;
use crate::jose::jws::{Jws, numeric_date};
use crate::kinds::utf8;
use crate::status;
use crate::verdict::{Code, Reason, Verdict};

pub(crate) use issuer::Issuers;
pub(crate) use key_binding::Binding;

/// Bytes of a presentation: a credential with a portrait and a chain of certificates stays below.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// The type of token that the specification names.
const TYPE: &str = "dc+sd-jwt";
/// The type that drafts before it named; accepted where the verifier asks for it.
const OLD_TYPE: &str = "vc+sd-jwt";
/// Claims about the credential and not about its subject.
const TECHNICAL: [&str; 11] = [
    "iss",
    "iat",
    "nbf",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "status",
    "_sd_alg",
    "aud",
    "jti",
];

/// What a verifier expects of credentials.
pub(crate) struct Expected<'a> {
    pub(crate) issuers: Issuers<'a>,
    pub(crate) types: Vec<&'a str>,
    pub(crate) credential_types: Option<Vec<&'a str>>,
    pub(crate) binding: Binding<'a>,
    pub(crate) statuses: status::Lists<'a>,
    pub(crate) leeway_seconds: i64,
}

impl<'a> Expected<'a> {
    pub(crate) fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        Ok(Self {
            issuers: Issuers::from_context(context)?,
            types: context.optional_texts("typ")?.unwrap_or_else(|| vec![TYPE]),
            credential_types: context.optional_texts("vct")?,
            binding: Binding::from_context(context)?,
            statuses: status::Lists::from_context(context)?,
            leeway_seconds: context.optional_number("leeway_seconds")?.unwrap_or(0),
        })
    }
}

/// A credential that holds.
pub(crate) struct Presented {
    /// The issuer's payload with the disclosed claims in their places.
    pub(crate) payload: Map<String, Value>,
    /// Whether the holder proved to have the key, for this verifier and this request.
    pub(crate) bound: bool,
    status: status::Outcome,
}

impl Presented {
    /// The claims about the subject.
    pub(crate) fn attributes(&self) -> Map<String, Value> {
        let about_subject = |(name, _): &(&String, &Value)| !TECHNICAL.contains(&name.as_str());
        let attributes = self.payload.iter().filter(about_subject);
        attributes.map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// What is said of the credential itself.
    pub(crate) fn about(&self) -> Value {
        let mut about = Map::new();
        about.insert("format".into(), json!("dc+sd-jwt"));
        for (from, to) in [
            ("iss", "issuer"),
            ("vct", "type"),
            ("exp", "expires_at"),
            ("iat", "issued_at"),
        ] {
            if let Some(value) = self.payload.get(from) {
                about.insert(to.into(), value.clone());
            }
        }
        about.insert("holder_bound".into(), json!(self.bound));
        about.insert("status".into(), json!(self.status.as_str()));
        Value::Object(about)
    }

    /// Bound to its holder it is as strong as evidence gets; a copy of it shows no holder.
    pub(crate) fn strength(&self) -> Strength {
        if self.bound {
            Strength::Superior
        } else {
            Strength::Fair
        }
    }
}

/// The kind `sd-jwt-vc`.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let expected = Expected::from_context(context)?;
    let presented = present(utf8(input)?.trim(), &expected, context.now())?;
    let mut claims = presented.attributes();
    claims.insert("credential".into(), presented.about());
    Ok(Verdict::valid(presented.strength(), Value::Object(claims)))
}

/// Verifies a presentation: the issuer's token, then disclosures, the key binding and the status.
pub(crate) fn present(
    input: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Presented, Reason> {
    let malformed = |text: &str| Reason::new(Code::Malformed, text);
    let (head, last) = input
        .rsplit_once('~')
        .ok_or_else(|| malformed("not an SD-JWT: there is no `~` after the issuer's token"))?;
    let mut parts = head.split('~');
    let token = parts.next().unwrap_or_default();
    let disclosures: Vec<&str> = parts.collect();
    let token = Jws::read(token, "the credential")?;
    token.require_type(&expected.types, "the credential")?;
    let key = expected.issuers.key(&token, now)?;
    token.verify(&key, "the credential")?;
    // Profiles of SD-JWT that are no verifiable credentials, where the verifier asks for their type.
    let generic = token.require_type(&[TYPE, OLD_TYPE], "").is_err();
    require_claims(&token.payload, expected, generic)?;
    in_force(&token.payload, now, expected.leeway_seconds)?;
    let algorithm = disclosure::digest_algorithm(&token.payload)?;
    let payload = disclosure::disclose(&token.payload, &disclosures, algorithm, generic)?;
    let signed = input.get(..=head.len()).unwrap_or_default();
    let bound = expected
        .binding
        .check(last, &payload, algorithm, signed, now)?;
    let status = expected.statuses.check(&payload, Some(&key), now)?;
    Ok(Presented {
        payload,
        bound,
        status,
    })
}

/// The type of the credential, which a token of another profile need not have.
fn require_claims(
    payload: &Map<String, Value>,
    expected: &Expected<'_>,
    generic: bool,
) -> Result<(), Reason> {
    let found = payload.get("vct").and_then(Value::as_str);
    match (&expected.credential_types, found) {
        (None, None | Some("")) if !generic => {
            let text = "the credential has no type: `vct` must be a text";
            return Err(Reason::new(Code::Type, text));
        }
        (Some(types), found) if !found.is_some_and(|found| types.contains(&found)) => {
            let text = format!("the credential is of type {}", crate::quoted(found));
            return Err(Reason::new(Code::Type, text));
        }
        _ => {}
    }
    if payload.get("iss").is_some_and(|iss| !iss.is_string()) {
        return Err(Reason::new(Code::Malformed, "`iss` is not a text"));
    }
    Ok(())
}

/// The times that the issuer set.
pub(crate) fn in_force(
    payload: &Map<String, Value>,
    now: Timestamp,
    leeway_seconds: i64,
) -> Result<(), Reason> {
    let now = now.as_millis().div_euclid(1000);
    if numeric_date(payload, "exp")?.is_some_and(|exp| now >= exp.saturating_add(leeway_seconds)) {
        return Err(Reason::new(
            Code::Expired,
            "the credential has expired (`exp`)",
        ));
    }
    for name in ["nbf", "iat"] {
        if numeric_date(payload, name)?.is_some_and(|t| now < t.saturating_sub(leeway_seconds)) {
            let text = format!("the credential is not yet in force (`{name}`)");
            return Err(Reason::new(Code::NotYetValid, text));
        }
    }
    Ok(())
}
