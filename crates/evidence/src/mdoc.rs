//! Mobile documents: the response of a wallet as ISO/IEC 18013-5 defines it.
//!
//! For each document: the issuer's signature and the way from its certificate to a trust anchor; the digest of every
//! element that was sent; the times; and the proof, by signature or MAC, that the device is the one the document was issued
//! to and that it answers this very session. Refuses: CBOR that can be read in two ways, elements without a digest, digests
//! of weak algorithms, certificates that are not for mobile documents, elements that the device signed and may not, and
//! anything made for another session. Source: ISO/IEC 18013-5:2021, sections 8.3.2, 9.1, 9.3 and annex B; OpenID4VP 1.0,
//! appendix B.2.

mod device;
mod issuer;
pub(crate) mod session;

use bonafide_model::{Strength, Timestamp};
use serde_json::{Map, Value, json};

use crate::cbor::{self, Item};
use crate::context::{Anchor, Reader};
use crate::verdict::{Code, Reason, Verdict};
use crate::{status, value};

/// Bytes of a response: a document with a portrait has below 100 KiB.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// Documents in a response.
const DOCUMENTS_MAX: usize = 16;

/// What a verifier expects of documents.
pub(crate) struct Expected<'a> {
    /// Types of document, if only some are wanted.
    pub(crate) types: Option<Vec<&'a str>>,
    pub(crate) anchors: Vec<Anchor>,
    /// The session that the device must have answered; without it the device cannot be bound.
    pub(crate) session: Option<Vec<u8>>,
    /// The reader's private key on P-256, for devices that answer with a MAC.
    pub(crate) reader_key: Option<Vec<u8>>,
    pub(crate) device_required: bool,
    pub(crate) statuses: status::Lists<'a>,
}

impl<'a> Expected<'a> {
    fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        let session = session::from_context(context)?;
        let reader_key = session::reader_key(context)?;
        let mut expected = Self::of(context, session, reader_key)?;
        expected.types = context.optional_texts("doc_type")?;
        expected.device_required = context.flag("device_authentication_required", true)?;
        Ok(expected)
    }

    /// Documents of any type, for a session that is known.
    pub(crate) fn of(
        context: &mut Reader<'a>,
        session: Option<Vec<u8>>,
        reader_key: Option<Vec<u8>>,
    ) -> Result<Self, Reason> {
        let mut anchors = context.trust().to_vec();
        for name in ["iaca_pem", "issuer_certificate"] {
            for text in context.optional_texts(name)?.unwrap_or_default() {
                let read = Anchor::from_text(text)
                    .map_err(|error| Reason::new(Code::Context, error.to_string()))?;
                anchors.extend(read);
            }
        }
        Ok(Self {
            types: None,
            anchors,
            session,
            reader_key,
            device_required: true,
            statuses: status::Lists::from_context(context)?,
        })
    }
}

/// A document that holds.
pub(crate) struct Document {
    pub(crate) doc_type: String,
    /// Elements by namespace.
    pub(crate) namespaces: Map<String, Value>,
    pub(crate) bound: bool,
    signer: String,
    valid_until: String,
    status: status::Outcome,
}

impl Document {
    /// What is said of the document itself.
    pub(crate) fn about(&self) -> Value {
        let names: Map<String, Value> = self
            .namespaces
            .iter()
            .map(|(name, elements)| {
                let elements = elements.as_object().into_iter().flat_map(Map::keys);
                (name.clone(), elements.cloned().collect())
            })
            .collect();
        json!({
            "format": "mso_mdoc",
            "type": self.doc_type,
            "issuer": self.signer,
            "expires_at": self.valid_until,
            "namespaces": names,
            "holder_bound": self.bound,
            "status": self.status.as_str(),
        })
    }

    /// Bound to its device it is as strong as evidence gets; a copy of it shows no holder.
    pub(crate) fn strength(&self) -> Strength {
        if self.bound {
            Strength::Superior
        } else {
            Strength::Fair
        }
    }
}

/// The kind `mdoc`.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let expected = Expected::from_context(context)?;
    let now = context
        .optional_instant("check_at")?
        .unwrap_or(context.now());
    let documents = respond(input, &expected, now)?;
    let mut claims = Map::new();
    for document in &documents {
        merge(&mut claims, &document.namespaces);
    }
    let about: Vec<Value> = documents.iter().map(Document::about).collect();
    let about = match <[Value; 1]>::try_from(about) {
        Ok([one]) => one,
        Err(several) => Value::Array(several),
    };
    claims.insert("credential".into(), about);
    let strength = documents.iter().map(Document::strength).min();
    Ok(Verdict::valid(strength, Value::Object(claims)))
}

/// Elements by their names; one whose name is taken by another namespace keeps its namespace before it.
pub(crate) fn merge(claims: &mut Map<String, Value>, namespaces: &Map<String, Value>) {
    for (namespace, elements) in namespaces {
        for (name, value) in elements.as_object().into_iter().flatten() {
            let name = if claims.contains_key(name) {
                format!("{namespace}/{name}")
            } else {
                name.clone()
            };
            claims.insert(name, value.clone());
        }
    }
}

fn malformed(what: &str) -> Reason {
    Reason::new(
        Code::Malformed,
        format!("{what} is missing, or not of its form"),
    )
}

/// Verifies every document of a response.
pub(crate) fn respond(
    input: &[u8],
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Vec<Document>, Reason> {
    let response = cbor::read(input)?;
    let version = response.get("version").and_then(Item::text);
    if !version.is_some_and(|v| v.starts_with("1.")) {
        return Err(malformed("the `version` of the response, 1.0,"));
    }
    if response.get("status").and_then(Item::integer) != Some(0) {
        let text = "the wallet did not answer with success (`status` 0)";
        return Err(Reason::new(Code::Malformed, text));
    }
    let documents = response.get("documents").and_then(Item::array);
    let documents = documents.filter(|d| !d.is_empty() && d.len() <= DOCUMENTS_MAX);
    let documents = documents.ok_or_else(|| malformed("the list of `documents`"))?;
    documents
        .iter()
        .map(|document| self::document(document, expected, now))
        .collect()
}

fn document(item: &Item<'_>, expected: &Expected<'_>, now: Timestamp) -> Result<Document, Reason> {
    let doc_type = item.get("docType").and_then(Item::text);
    let doc_type = doc_type.ok_or_else(|| malformed("`docType`"))?;
    if let Some(types) = &expected.types
        && !types.contains(&doc_type)
    {
        let text = format!("the document is of type {}", crate::quoted(Some(doc_type)));
        return Err(Reason::new(Code::Type, text));
    }
    let signed = item.get("issuerSigned");
    let signed = signed.ok_or_else(|| malformed("`issuerSigned`"))?;
    let issued = issuer::verify(signed, doc_type, &expected.anchors, now)?;
    let mut namespaces = issued.namespaces;
    let bound = match (item.get("deviceSigned"), &expected.session) {
        (Some(device), Some(session)) => {
            let said = device::verify(
                device,
                &issued.device,
                doc_type,
                session,
                expected.reader_key.as_deref(),
            )?;
            for (name, elements) in said {
                if let Some(Value::Object(there)) = namespaces.get_mut(&name) {
                    // What the issuer signed goes before what the device says of itself.
                    for (element, value) in elements {
                        there.entry(element).or_insert(value);
                    }
                } else {
                    namespaces.insert(name, Value::Object(elements));
                }
            }
            true
        }
        (_, None) if expected.device_required => {
            let text = "give the session in the context (`session_transcript` or `openid4vp`): without it the device cannot be checked";
            return Err(Reason::new(Code::Context, text));
        }
        (None, _) if expected.device_required => {
            return Err(Reason::new(
                Code::KeyBinding,
                "the device's proof is missing (`deviceSigned`)",
            ));
        }
        _ => false,
    };
    let status = issued.status.map(|status| value::from_cbor(&status));
    let claims: Map<String, Value> = status
        .map(|s| ("status".to_owned(), s))
        .into_iter()
        .collect();
    Ok(Document {
        doc_type: doc_type.to_owned(),
        namespaces,
        bound,
        signer: issued.signer,
        valid_until: issued.valid_until,
        status: expected.statuses.check(&claims, None, now)?,
    })
}
