//! Whether a credential that a wallet holds is one that was asked for.

use serde_json::Value;

use super::dcql::{CredentialQuery, Format};

/// Whether the credential, in the flat form of wallets' libraries, answers the query: `credential_format`,
/// `cryptographic_holder_binding`, `vct` with `claims` or `doctype` with `namespaces`, and `authority`.
pub(super) fn matches(query: &CredentialQuery, credential: &Value) -> bool {
    let text = |name: &str| credential.get(name).and_then(Value::as_str);
    let bound = credential
        .get("cryptographic_holder_binding")
        .and_then(Value::as_bool);
    if query.holder && bound == Some(false) {
        return false;
    }
    let format = text("credential_format").or(text("format"));
    let (of_type, claims) = match &query.format {
        Format::SdJwt(types) => (
            format == Some("dc+sd-jwt")
                && text("vct").is_some_and(|t| types.iter().any(|v| v == t)),
            "claims",
        ),
        Format::Mdoc(doctype) => (
            format == Some("mso_mdoc") && text("doctype") == Some(doctype),
            "namespaces",
        ),
        Format::W3c(name, types) => (
            format == Some(name) && has_types(credential, types),
            "claims",
        ),
    };
    of_type
        && authority(query, credential)
        && query.claims_in(credential.get(claims).unwrap_or(&Value::Null))
}

fn has_types(credential: &Value, wanted: &[Vec<String>]) -> bool {
    let types = credential.get("type").and_then(Value::as_array);
    let has = |name: &String| types.is_some_and(|t| t.iter().any(|t| t.as_str() == Some(name)));
    wanted.iter().any(|set| set.iter().all(has))
}

/// Whether the credential is of one of the authorities that the query trusts.
fn authority(query: &CredentialQuery, credential: &Value) -> bool {
    if query.authorities.is_empty() {
        return true;
    }
    let stated = credential.get("authority");
    let kind = stated.and_then(|a| a.get("type")).and_then(Value::as_str);
    let values = stated
        .and_then(|a| a.get("values"))
        .and_then(Value::as_array);
    let has = |value: &String| values.is_some_and(|v| v.iter().any(|v| v.as_str() == Some(value)));
    query
        .authorities
        .iter()
        .any(|(wanted, ids)| kind == Some(wanted) && ids.iter().any(has))
}
