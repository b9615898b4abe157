//! Asking a wallet: the query for what is missing and nothing else, the request that carries it, and the attributes that
//! come back.
//!
//! The request is fetched by reference: the wallet gets a short link, by a tap on the same device or from a QR code on
//! another, and from there the request object, which the verifier signs. A nonce is used once; whoever keeps requests
//! sees to that. Source: OpenID4VP 1.0, sections 5, 6 and 8; RFC 9101; the EUDI PID rulebook; ISO/IEC 18013-5, section 7.2.

mod offers;

use std::collections::BTreeSet;

use bonafide_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::jose::to_base64url;
use offers::{OFFERS, Offer};

/// The type of a signed request (RFC 9101).
pub const REQUEST_TYPE: &str = "oauth-authz-req+jwt";
/// Whom a request is for, where the wallet's address is not known beforehand.
const ANY_WALLET: &str = "https://self-issued.me/v2";

/// A request for a presentation.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The verifier's id with its prefix, such as `x509_san_dns:verifier.example`.
    pub client_id: &'a str,
    /// Where the wallet posts its response.
    pub response_uri: &'a str,
    /// The query.
    pub query: &'a Value,
    /// At least 128 bits of chance, used once.
    pub nonce: &'a str,
    /// Which request a response belongs to.
    pub state: &'a str,
    /// The public key that the response is to be encrypted to; without it the response comes in the clear over TLS.
    pub encrypt_to: Option<&'a Value>,
    /// When the request was made.
    pub issued_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Request<'_> {
    /// The name of the way in which the response comes back.
    #[must_use]
    pub fn response_mode(&self) -> &'static str {
        if self.encrypt_to.is_some() {
            "direct_post.jwt"
        } else {
            "direct_post"
        }
    }

    /// What the verifier signs. The header's `typ` is [`REQUEST_TYPE`].
    #[must_use]
    pub fn object(&self) -> Value {
        let formats = json!({
            "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256", "ES384", "ES512", "EdDSA"], "kb-jwt_alg_values": ["ES256", "ES384", "ES512", "EdDSA"]},
            "mso_mdoc": {},
        });
        let mut metadata = json!({"vp_formats_supported": formats});
        if let (Some(key), Some(metadata)) = (self.encrypt_to, metadata.as_object_mut()) {
            metadata.insert("jwks".into(), json!({"keys": [key]}));
            let ciphers = json!(["A128GCM", "A256GCM"]);
            metadata.insert("encrypted_response_enc_values_supported".into(), ciphers);
        }
        json!({
            "response_type": "vp_token",
            "response_mode": self.response_mode(),
            "client_id": self.client_id,
            "response_uri": self.response_uri,
            "nonce": self.nonce,
            "state": self.state,
            "dcql_query": self.query,
            "client_metadata": metadata,
            "aud": ANY_WALLET,
            "iat": self.issued_at.as_millis().div_euclid(1000),
            "exp": self.expires_at.as_millis().div_euclid(1000),
        })
    }

    /// The request as a token whose parts are to be signed together: what to sign, and how to put the signature to it.
    /// `chain` are the verifier's certificates in DER, its own first.
    #[must_use]
    pub fn to_sign(&self, chain: &[Vec<u8>]) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let chain: Vec<String> = chain.iter().map(|der| STANDARD.encode(der)).collect();
        let header = json!({"alg": "ES256", "typ": REQUEST_TYPE, "x5c": chain});
        let part = |value: &Value| to_base64url(value.to_string().as_bytes());
        format!("{}.{}", part(&header), part(&self.object()))
    }

    /// What [`crate::verify`] needs in its context to check the response as the kind `oid4vp`, apart from trust anchors.
    #[must_use]
    pub fn context(&self, private: Option<&Value>) -> Value {
        let mut context = json!({
            "dcql_query": self.query,
            "nonce": self.nonce,
            "state": self.state,
            "client_id": self.client_id,
            "response_uri": self.response_uri,
            "response_mode": self.response_mode(),
        });
        if let (Some(key), Some(context)) = (private, context.as_object_mut()) {
            context.insert("decryption_jwk".into(), key.clone());
        }
        context
    }
}

/// The link that a wallet opens, as a tap on the same device or as a QR code on another.
#[must_use]
pub fn link(client_id: &str, request_uri: &str) -> String {
    format!(
        "openid4vp://?client_id={}&request_uri={}",
        encode(client_id),
        encode(request_uri)
    )
}

/// Percent-encoding of everything but the letters, digits and signs that stand for themselves (RFC 3986).
fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// The query for the attributes that are missing: of each credential that can show the most of them, those and no others;
/// any one of these credentials will do. Nothing if no credential shows any.
#[must_use]
pub fn query(missing: &BTreeSet<&str>) -> Option<Value> {
    let shown = |offer: &Offer| missing.iter().filter(|name| offer.shows(name)).count();
    let most = OFFERS.iter().map(shown).max().filter(|most| *most > 0)?;
    let best: Vec<&Offer> = OFFERS.iter().filter(|offer| shown(offer) == most).collect();
    let credentials: Vec<Value> = best.iter().map(|offer| offer.query(missing)).collect();
    let options: Vec<Vec<&str>> = best.iter().map(|offer| vec![offer.id]).collect();
    Some(json!({"credentials": credentials, "credential_sets": [{"options": options}]}))
}

/// The attributes that a query can bring.
#[must_use]
pub fn shown_by(query: &Value) -> BTreeSet<&'static str> {
    let ids = query
        .get("credentials")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let ids: Vec<&str> = ids
        .filter_map(|c| c.get("id").and_then(Value::as_str))
        .collect();
    let asked = OFFERS.iter().filter(|offer| ids.contains(&offer.id));
    asked
        .flat_map(|offer| offer.attributes.iter().map(|(name, _)| *name))
        .collect()
}

/// The attributes in the claims of a verified response, in the form in which claims are sent, by name; of attributes with
/// several values each of them.
#[must_use]
pub fn attributes(claims: &Map<String, Value>) -> Vec<(&'static str, Value)> {
    let presented = claims.get("credentials").and_then(Value::as_object);
    let presented = presented.into_iter().flat_map(Map::keys);
    let mut out: Vec<(&'static str, Value)> = Vec::new();
    for id in presented {
        let Some(offer) = OFFERS.iter().find(|offer| offer.id == id) else {
            continue;
        };
        for (name, value) in offer.read(claims) {
            if !out
                .iter()
                .any(|(known, there)| *known == name && *there == value)
            {
                out.push((name, value));
            }
        }
    }
    out
}
