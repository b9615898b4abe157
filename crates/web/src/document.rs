//! The API's document: OpenAPI 3.1 made from the routes, with what no route says for itself.
//!
//! What every operation shares (problems, the key, the idempotency header) is added here in one place and not repeated in
//! twenty attributes; what a type of the use cases leaves open because it holds JSON is closed with [`crate::schema`].

use serde_json::{Map, Value, json};
use utoipa::openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use crate::problem::{Kind, ProblemBody};
use crate::{idempotency, routes, schema};

mod examples;
mod webhooks;

/// The document as text.
#[must_use]
pub fn openapi() -> String {
    let (_, raw) = routes::all().split_for_parts();
    let mut document = serde_json::to_value(raw).unwrap_or_default();
    close(&mut document);
    share(&mut document);
    examples::add(&mut document);
    list_words(&mut document);
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// What a reader needs before the first request, in Markdown.
const DESCRIPTION: &str = "\
Sign-ups are recorded and judged; answers say what is missing and the least intrusive way to supply it. \
Answers carry handles and never values. Every error is an RFC 9457 problem.

**Keys.** Every path under `/v1` wants `Authorization: Bearer bf_…`. Make a key with `bonafide key create`, press *Authorize* \
on the page at `/docs` and paste the whole key there, without the word Bearer; the page forgets it when it is closed. A key is \
bound to a role, or is that of a member of staff, and can be narrowed to scopes: `sign-ups` opens accounts and adds parties to \
them, `orders` asks whether an order may go ahead, `records` adds claims, evidence and checks and closes accounts, `read` reads \
and searches, `cases` works on cases, `identity` opens sealed fields, `keeping` holds and erases, `ledger` reads checkpoints and \
proofs, `operate` is for lists, webhooks and other set-up.

**A first try.** Send the example of `POST /v1/sign-ups`; with the ids of its answer read the assessment, then post the result \
of a check that its plan names.

**Repeating.** A request that opens or adds something may carry an `Idempotency-Key`; sent again it does nothing twice.";

/// What stands around the paths.
pub(crate) fn frame() -> OpenApi {
    let license = LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"))
        .build();
    let info = InfoBuilder::new()
        .title("Bonafide")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(
            ContactBuilder::new()
                .name(Some("The operator of this service"))
                .build(),
        ))
        .license(Some(license));
    OpenApiBuilder::new().info(info.build()).build()
}

/// Closes what the types of the use cases leave open.
fn close(document: &mut Value) {
    let schemas = schema::all().into_iter().chain(schema::of::<ProblemBody>());
    for (name, schema) in schemas {
        set(document, &["components", "schemas", &name], schema);
    }
    let assessment = json!({ "$ref": "#/components/schemas/AssessmentOut" });
    for owner in ["SignUpAnswer", "JudgedAccount"] {
        set(
            document,
            &["components", "schemas", owner, "properties", "assessment"],
            assessment.clone(),
        );
    }
    let entitlements = json!({ "$ref": "#/components/schemas/EntitlementsOut" });
    set(
        document,
        &[
            "components",
            "schemas",
            "EntitlementsAnswer",
            "properties",
            "entitlements",
        ],
        entitlements,
    );
    let order = ["components", "schemas", "OrderAnswer", "properties"];
    for (name, items, shape) in [
        ("decision", false, "DecisionOut"),
        ("limits", false, "EntitlementsOut"),
        ("reasons", true, "ReasonOut"),
        ("missing", true, "MissingOut"),
        ("plan", false, "PlanOut"),
    ] {
        let shape = json!({ "$ref": format!("#/components/schemas/{shape}") });
        let place = [&order[..], &[name, "items"]].concat();
        let place = if items {
            &place[..]
        } else {
            place.get(..5).unwrap_or_default()
        };
        set(document, place, shape);
    }
    set(
        document,
        &["components", "schemas", "ClaimIn", "properties", "value"],
        claim_value(),
    );
    set(
        document,
        &[
            "components",
            "schemas",
            "PartyIn",
            "properties",
            "id",
            "pattern",
        ],
        id_pattern("pty"),
    );
}

fn id_pattern(prefix: &str) -> Value {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$").into()
}

/// The value of a claim, whose type the attribute registry knows.
fn claim_value() -> Value {
    let text = json!({ "type": "string", "maxLength": 500 });
    json!({
        "description": "A text, a date as text, `true` or `false`, a whole number, or an address.",
        "oneOf": [
            { "type": "string", "minLength": 1, "maxLength": 500 },
            { "type": "boolean" },
            { "type": "integer", "minimum": -9_007_199_254_740_992_i64, "maximum": 9_007_199_254_740_992_i64 },
            {
                "type": "object",
                "description": "A postal address.",
                "additionalProperties": false,
                "required": ["country"],
                "properties": {
                    "lines": { "type": "array", "maxItems": 6, "items": text },
                    "city": text,
                    "region": text,
                    "postal_code": text,
                    "country": { "type": "string", "pattern": "^[A-Z]{2}$" },
                },
            },
        ],
    })
}

/// A pattern that is a choice of words becomes the list of the words.
fn list_words(at: &mut Value) {
    match at {
        Value::Object(entries) => {
            let words = entries
                .get("pattern")
                .and_then(Value::as_str)
                .and_then(words_of);
            if let Some(words) = words {
                entries.remove("pattern");
                entries.insert("enum".to_owned(), words);
            }
            entries.values_mut().for_each(list_words);
        }
        Value::Array(items) => items.iter_mut().for_each(list_words),
        _ => {}
    }
}

fn words_of(pattern: &str) -> Option<Value> {
    let words = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = words
        .chars()
        .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '|'));
    plain.then(|| words.split('|').collect::<Vec<_>>().into())
}

/// Adds what operations share.
fn share(document: &mut Value) {
    let scheme = json!({
        "type": "http", "scheme": "bearer",
        "description": "The whole API key, `bf_…`, made by `bonafide key create`. Its role and its scopes decide which paths it opens.",
    });
    set(document, &["components", "securitySchemes", "key"], scheme);
    set(document, &["tags"], tags());
    webhooks::add(document);
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths {
        let Some(operations) = item.as_object_mut() else {
            continue;
        };
        for (method, operation) in operations {
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            share_with(operation, path, method);
        }
    }
}

fn tags() -> Value {
    json!([
        { "name": "sign-ups", "description": "Taking sign-ups, at once or in steps. Scope `sign-ups`." },
        { "name": "accounts", "description": "Judgements and what follows from them. Scope `read`; to close, `records`." },
        { "name": "orders", "description": "Whether an order may go ahead, asked before anything is provisioned, and the keys that check tokens of entitlements. Scope `orders`; the keys are open." },
        { "name": "parties", "description": "Persons and organisations: what is known, without the values. Scope `read`; to add, `records`." },
        { "name": "identity", "description": "Opening sealed fields for a purpose in a case, and who did. Scope `identity`." },
        { "name": "keeping", "description": "What is kept, why and until when, and what is held. Scope `keeping`." },
        { "name": "cases", "description": "Questions for people: queues, notes, decisions, appeals. Scope `cases`." },
        { "name": "ledger", "description": "Checkpoints and proofs, in published formats. Scope `ledger`." },
        { "name": "webhooks", "description": "Other systems that are told of events: endpoints, deliveries, the feed. Scope `operate`; for the feed, `read`." },
        { "name": "operation", "description": "Health, metrics and this document; open to whoever reaches the listener." },
    ])
}

fn share_with(operation: &mut Map<String, Value>, path: &str, method: &str) {
    let guarded = path.starts_with("/v1/");
    let body = operation.contains_key("requestBody");
    let once = guarded
        && method == "post"
        && !path.starts_with("/v1/webhooks")
        && (!path.starts_with("/v1/cases")
            || matches!(
                path,
                "/v1/cases" | "/v1/cases/{id}/notes" | "/v1/cases/{id}/appeal"
            ))
        && !matches!(
            path,
            "/v1/parties/search"
                | "/v1/parties/{id}/openings"
                | "/v1/openings/allowances"
                | "/v1/accounts/{id}/close"
                | "/v1/accounts/{id}/accesses"
                | "/v1/parties/{id}/erasure"
                | "/v1/orders/authorize"
                | "/v1/holds/{id}/release"
        );
    let mut parameters = operation
        .remove("parameters")
        .and_then(|p| p.as_array().cloned())
        .unwrap_or_default();
    let stands_in = |place: &str| {
        parameters
            .iter()
            .any(|p| p.get("in").is_some_and(|i| i == place))
    };
    let (ids, queried) = (stands_in("path"), stands_in("query"));
    let mut problems = vec![Kind::Internal, Kind::Unavailable, Kind::MethodNotAllowed];
    if guarded {
        problems.extend([
            Kind::Unauthenticated,
            Kind::Forbidden,
            Kind::Busy,
            Kind::Refused,
        ]);
    }
    if ids {
        problems.extend([Kind::NotFound, Kind::Gone, Kind::Invalid]);
        give_ids_their_form(&mut parameters, path);
    }
    if path == "/.well-known/jwks.json" {
        problems.push(Kind::NotFound);
    }
    if path.starts_with("/v1/orders/")
        || (path == "/v1/holds" && body)
        || path == "/v1/openings/allowances"
    {
        problems.extend([Kind::NotFound, Kind::Gone]);
    }
    if body {
        problems.extend([
            Kind::Malformed,
            Kind::TooLarge,
            Kind::UnsupportedMediaType,
            Kind::Invalid,
        ]);
    }
    if queried {
        problems.extend([Kind::Malformed, Kind::Invalid]);
    }
    if once {
        problems.extend([Kind::IdempotencyMismatch, Kind::Invalid]);
        parameters.push(idempotency_parameter());
    }
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    operation.insert(
        "security".to_owned(),
        if guarded {
            json!([{ "key": [] }])
        } else {
            json!([])
        },
    );
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    add_problems(responses, &problems);
    for (_, answer) in responses
        .iter_mut()
        .filter(|(status, _)| once && status.starts_with('2'))
    {
        let header = json!({
            "description": "`true` if it is the answer to an earlier request with this key.",
            "schema": { "type": "string", "enum": ["true"] },
        });
        set(answer, &["headers", "Idempotent-Replayed"], header);
    }
}

/// Gives the id in a path its form.
fn give_ids_their_form(parameters: &mut [Value], path: &str) {
    let prefix = match path {
        _ if path.starts_with("/v1/accounts/") => "acc",
        _ if path.starts_with("/v1/parties/") => "pty",
        _ if path.starts_with("/.well-known/") => return,
        _ if path.starts_with("/v1/cases/") => "cas",
        _ if path.starts_with("/v1/jobs/") => "job",
        _ if path.starts_with("/v1/holds/") => "hld",
        _ if path.starts_with("/v1/webhooks/") => "whk",
        _ => "rec",
    };
    for parameter in parameters
        .iter_mut()
        .filter(|p| p.get("in").is_some_and(|place| place == "path"))
    {
        set(
            parameter,
            &["schema"],
            json!({ "type": "string", "pattern": id_pattern(prefix) }),
        );
    }
}

fn idempotency_parameter() -> Value {
    json!({
        "name": idempotency::HEADER, "in": "header", "required": false,
        "description": "A name for this request, new for every new one: sent again within 24 hours it gives the same answer and does nothing.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
    })
}

/// One response for each status, naming the types that it comes with.
fn add_problems(responses: &mut Map<String, Value>, problems: &[Kind]) {
    for status in problems.iter().map(|kind| kind.status()) {
        let kinds: Vec<Kind> = Kind::ALL
            .into_iter()
            .filter(|k| k.status() == status && problems.contains(k))
            .collect();
        let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
        let uris: Vec<String> = kinds
            .iter()
            .map(|kind| format!("`{}`", kind.uri()))
            .collect();
        let response = json!({
            "description": format!("{}: {}", titles.join("; or: "), uris.join(", ")),
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
        responses.insert(status.as_u16().to_string(), response);
    }
}

/// Sets what stands at the end of a path of names, making the objects on the way.
fn set(at: &mut Value, path: &[&str], value: Value) {
    let Some((name, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if !at.is_object() {
        *at = json!({});
    }
    if let Some(object) = at.as_object_mut() {
        set(object.entry(*name).or_insert(Value::Null), rest, value);
    }
}

#[cfg(test)]
mod tests;
