//! The response of a wallet: decrypted if it must be, each presentation verified for this request, and all of it compared
//! with what was asked.

use bonafide_model::{Strength, Timestamp};
use serde_json::{Map, Value, json};

use super::dcql::{CredentialQuery, Format, Query};
use crate::context::Reader;
use crate::jose::{from_base64url, jwe, jwk, object};
use crate::mdoc::{self, session};
use crate::sd_jwt;
use crate::verdict::{Code, Reason, Verdict};

/// Presentations in a response.
const PRESENTATIONS_MAX: usize = 64;
/// Modes in which a response is encrypted.
const ENCRYPTED: [&str; 2] = ["direct_post.jwt", "dc_api.jwt"];

/// The request that a response must answer.
struct Request<'a> {
    query: Query,
    nonce: &'a str,
    /// The client's id and the address of the response, or the origin of the page.
    to: Address<'a>,
    state: Option<&'a str>,
    mode: Option<&'a str>,
    key: Option<&'a Value>,
}

#[derive(Clone, Copy)]
enum Address<'a> {
    Redirect {
        client_id: &'a str,
        response_uri: Option<&'a str>,
    },
    Browser {
        origin: &'a str,
    },
}

impl<'a> Request<'a> {
    fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        let query = match context.optional("dcql_query") {
            Some(query) => query,
            None => context.value("query")?,
        };
        let to = match (
            context.optional_text("client_id")?,
            context.optional_text("origin")?,
        ) {
            (Some(client_id), None) => Address::Redirect {
                client_id,
                response_uri: context.optional_text("response_uri")?,
            },
            (None, Some(origin)) => Address::Browser { origin },
            _ => {
                let text = "give `client_id` (and `response_uri`), or `origin`, in the context";
                return Err(Reason::new(Code::Context, text));
            }
        };
        Ok(Self {
            query: Query::read(query)?,
            nonce: context.text("nonce")?,
            to,
            state: context.optional_text("state")?,
            mode: context.optional_text("response_mode")?,
            key: context.optional("decryption_jwk"),
        })
    }

    /// Whom a holder's proof in a token must name.
    fn audience(&self) -> String {
        match self.to {
            Address::Redirect { client_id, .. } => client_id.to_owned(),
            Address::Browser { origin } => format!("origin:{origin}"),
        }
    }

    /// The session that a device must have answered.
    fn session(&self, encrypted: bool) -> Result<Option<Vec<u8>>, Reason> {
        let thumbprint = match self.key {
            Some(key) if encrypted => Some(jwk::thumbprint(key)?),
            _ => None,
        };
        let thumbprint = thumbprint.as_deref();
        Ok(match self.to {
            Address::Redirect {
                client_id,
                response_uri,
            } => response_uri.map(|uri| session::redirect(client_id, self.nonce, thumbprint, uri)),
            Address::Browser { origin } => Some(session::dc_api(origin, self.nonce, thumbprint)),
        })
    }
}

/// Checks a response against its request in the context.
pub(super) fn check(
    parameters: &Map<String, Value>,
    context: &mut Reader<'_>,
) -> Result<Verdict, Reason> {
    let request = Request::from_context(context)?;
    let mut sd_jwt = sd_jwt::Expected::from_context(context)?;
    let reader_key = request.key.map(session::private).transpose()?;
    let now = context.now();
    let opened = open(parameters, &request, reader_key.as_deref())?;
    let answer = opened.as_ref().unwrap_or(parameters);
    if let Some(error) = answer.get("error") {
        let text = format!(
            "the wallet answered with the error {}",
            crate::quoted(error.as_str())
        );
        return Err(Reason::new(Code::Unsatisfied, text));
    }
    let state = answer.get("state").and_then(Value::as_str);
    if request.state.is_some() && state != request.state {
        return Err(Reason::new(
            Code::Nonce,
            "the response belongs to another request (`state`)",
        ));
    }
    let audience = request.audience();
    let session = request.session(opened.is_some())?;
    sd_jwt.binding.audience = Some(vec![&audience]);
    sd_jwt.binding.nonce = Some(request.nonce);
    if sd_jwt.binding.used.contains(&request.nonce) {
        let text = "the request with this nonce has been answered";
        return Err(Reason::new(Code::Replayed, text));
    }
    let mdoc = mdoc::Expected::of(context, session, reader_key)?;
    Checked {
        request: &request,
        sd_jwt,
        mdoc,
        now,
    }
    .answer(answer)
}

/// The parameters inside an encrypted response; nothing if it is not encrypted and need not be.
fn open(
    parameters: &Map<String, Value>,
    request: &Request<'_>,
    key: Option<&[u8]>,
) -> Result<Option<Map<String, Value>>, Reason> {
    let must = request.mode.is_some_and(|mode| ENCRYPTED.contains(&mode));
    let Some(token) = parameters.get("response") else {
        if must {
            let text = "the response is not encrypted, and encryption was asked for";
            return Err(Reason::new(Code::Decryption, text));
        }
        return Ok(None);
    };
    if request.mode.is_some() && !must {
        let text = "the response is encrypted, and encryption was not asked for";
        return Err(Reason::new(Code::Decryption, text));
    }
    let token = token.as_str().unwrap_or_default();
    let key = key.ok_or_else(|| {
        let text = "`decryption_jwk` is needed in the context to decrypt the response";
        Reason::new(Code::Context, text)
    })?;
    let kid = request
        .key
        .and_then(|k| k.get("kid"))
        .and_then(Value::as_str);
    let opened = jwe::open(token, key, kid)?;
    object(&opened, "the decrypted response").map(Some)
}

struct Checked<'a> {
    request: &'a Request<'a>,
    sd_jwt: sd_jwt::Expected<'a>,
    mdoc: mdoc::Expected<'a>,
    now: Timestamp,
}

/// What was presented for one query.
struct Answer {
    attributes: Map<String, Value>,
    about: Value,
    strength: Strength,
}

impl Checked<'_> {
    fn answer(&mut self, answer: &Map<String, Value>) -> Result<Verdict, Reason> {
        let token = tokens(answer)?;
        let mut credentials = Map::new();
        let mut claims = Map::new();
        let mut strength = Strength::Superior;
        let mut count = 0;
        for (id, presentations) in &token {
            let query = self.request.query.credentials.iter().find(|q| q.id == *id);
            let query = query.ok_or_else(|| {
                let text = format!(
                    "the wallet answers {}, which was not asked",
                    crate::quoted(Some(id))
                );
                Reason::new(Code::Unsatisfied, text)
            })?;
            let list = presentations.as_array().filter(|list| !list.is_empty());
            let list = list.ok_or_else(|| {
                Reason::new(
                    Code::Malformed,
                    "presentations are lists that are not empty",
                )
            })?;
            count += list.len();
            if count > PRESENTATIONS_MAX || (list.len() > 1 && !query.multiple) {
                let text = format!("more credentials than asked for answer `{id}`");
                return Err(Reason::new(Code::Unsatisfied, text));
            }
            let mut about = Vec::new();
            for presentation in list {
                let answer = self.presentation(query, presentation)?;
                for (name, value) in answer.attributes {
                    claims.entry(name).or_insert(value);
                }
                strength = strength.min(answer.strength);
                about.push(answer.about);
            }
            credentials.insert(id.clone(), Value::Array(about));
        }
        if !self
            .request
            .query
            .satisfied(|id| credentials.contains_key(id))
        {
            let text = "the wallet left out a credential that was required";
            return Err(Reason::new(Code::Unsatisfied, text));
        }
        claims.insert("credentials".into(), Value::Object(credentials));
        Ok(Verdict::valid(strength, Value::Object(claims)))
    }

    fn presentation(&mut self, query: &CredentialQuery, given: &Value) -> Result<Answer, Reason> {
        let text = given.as_str().ok_or_else(|| {
            Reason::new(Code::Malformed, "a presentation of this format is a text")
        })?;
        let (found, answer) = match &query.format {
            Format::SdJwt(types) => self.token(text, types, query.holder)?,
            Format::Mdoc(doctype) => self.document(text, doctype, query.holder)?,
            Format::W3c(format, _) => {
                let text = format!("presentations of format `{format}` are not verified here");
                return Err(Reason::new(Code::Type, text));
            }
        };
        if !query.claims_in(&found) {
            let text = format!(
                "the credential for `{}` lacks claims that were asked for",
                query.id
            );
            return Err(Reason::new(Code::Unsatisfied, text));
        }
        Ok(answer)
    }

    fn token(
        &mut self,
        text: &str,
        types: &[String],
        holder: bool,
    ) -> Result<(Value, Answer), Reason> {
        self.sd_jwt.binding.required = holder;
        let presented = sd_jwt::present(text, &self.sd_jwt, self.now)?;
        let vct = presented.payload.get("vct").and_then(Value::as_str);
        if !vct.is_some_and(|vct| types.iter().any(|t| t == vct)) {
            let text = format!(
                "the credential is of type {}, which was not asked for",
                crate::quoted(vct)
            );
            return Err(Reason::new(Code::Type, text));
        }
        let answer = Answer {
            attributes: presented.attributes(),
            about: presented.about(),
            strength: presented.strength(),
        };
        Ok((Value::Object(presented.payload), answer))
    }

    fn document(
        &mut self,
        text: &str,
        doctype: &str,
        holder: bool,
    ) -> Result<(Value, Answer), Reason> {
        let bytes = from_base64url(text, "the device response")?;
        self.mdoc.device_required = holder;
        let documents = mdoc::respond(&bytes, &self.mdoc, self.now)?;
        let Ok([document]) = <[mdoc::Document; 1]>::try_from(documents) else {
            let text = "a device response in OpenID4VP holds one document";
            return Err(Reason::new(Code::Malformed, text));
        };
        if document.doc_type != doctype {
            let text = format!(
                "the document is of type {}, which was not asked for",
                crate::quoted(Some(&document.doc_type))
            );
            return Err(Reason::new(Code::Type, text));
        }
        let mut attributes = Map::new();
        mdoc::merge(&mut attributes, &document.namespaces);
        let answer = Answer {
            attributes,
            about: document.about(),
            strength: document.strength(),
        };
        Ok((json!(document.namespaces), answer))
    }
}

/// The presentations by query: an object, or its text where it came in a form.
fn tokens(answer: &Map<String, Value>) -> Result<Map<String, Value>, Reason> {
    match answer.get("vp_token") {
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(Value::String(text)) => object(text.as_bytes(), "`vp_token`"),
        _ => Err(Reason::new(
            Code::Malformed,
            "the response has no `vp_token`",
        )),
    }
}
