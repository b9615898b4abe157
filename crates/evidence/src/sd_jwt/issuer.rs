//! Whose key signed: a key that was handed in, the issuer's metadata, or a certificate that a trust anchor vouches for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Timestamp;
use serde_json::Value;

use crate::chain;
use crate::context::{Anchor, Reader};
use crate::jose::{jwk, jws::Jws};
use crate::keys::PublicKey;
use crate::verdict::{Code, Reason};

/// The issuers that a verifier trusts.
pub(crate) struct Issuers<'a> {
    /// Whom it expects, if anybody in particular.
    names: Option<Vec<&'a str>>,
    /// Keys handed in: one, or a set.
    keys: Option<&'a Value>,
    /// The document at `/.well-known/jwt-vc-issuer`, or several.
    metadata: Vec<&'a Value>,
    anchors: &'a [Anchor],
}

impl<'a> Issuers<'a> {
    pub(crate) fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        let one = context.optional("issuer_jwk");
        let set = context.optional("issuer_jwks");
        if one.is_some() && set.is_some() {
            let text = "`issuer_jwk` and `issuer_jwks` are the same thing: give one";
            return Err(Reason::new(Code::Context, text));
        }
        let metadata = match context.optional("issuer_metadata") {
            None => Vec::new(),
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
        };
        Ok(Self {
            names: context.optional_texts("issuer")?,
            keys: one.or(set),
            metadata,
            anchors: context.trust(),
        })
    }

    /// The key that the token must be signed with.
    pub(super) fn key(&self, token: &Jws<'_>, now: Timestamp) -> Result<PublicKey, Reason> {
        let iss = token.payload.get("iss").and_then(Value::as_str);
        if let Some(names) = &self.names
            && !iss.is_some_and(|iss| names.contains(&iss))
        {
            let text = format!("the credential was issued by {}", crate::quoted(iss));
            return Err(Reason::new(Code::Issuer, text));
        }
        let chain = token.header.get("x5c");
        if let Some(chain) = chain
            && !self.anchors.is_empty()
        {
            return self.certified(chain, iss, now);
        }
        if let Some(keys) = self.keys {
            return jwk::select(keys, token);
        }
        if let Some(metadata) = self
            .metadata
            .iter()
            .find(|metadata| iss.is_some() && metadata.get("issuer").and_then(Value::as_str) == iss)
        {
            let keys = metadata.get("jwks").ok_or_else(|| {
                let text =
                    "the issuer's metadata hold no `jwks`: put the set in place of `jwks_uri`";
                Reason::new(Code::Context, text)
            })?;
            return jwk::select(keys, token);
        }
        if !self.metadata.is_empty() {
            let text = format!("no metadata of the issuer {} are known", crate::quoted(iss));
            return Err(Reason::new(Code::Issuer, text));
        }
        let text = "no issuer is trusted: give `issuer_jwk`, `issuer_metadata` or trust anchors";
        Err(Reason::new(Code::Untrusted, text))
    }

    /// The key of the first certificate, if an anchor vouches for it and it is the issuer's.
    fn certified(
        &self,
        chain: &Value,
        iss: Option<&str>,
        now: Timestamp,
    ) -> Result<PublicKey, Reason> {
        let malformed = || {
            Reason::new(
                Code::Malformed,
                "`x5c` is not a list of certificates in base64",
            )
        };
        let texts = chain.as_array().ok_or_else(malformed)?;
        let ders: Option<Vec<Vec<u8>>> = texts
            .iter()
            .map(|text| STANDARD.decode(text.as_str()?).ok())
            .collect();
        let ders = ders.ok_or_else(malformed)?;
        let ders: Vec<&[u8]> = ders.iter().map(Vec::as_slice).collect();
        let signer = chain::trust(&ders, self.anchors, now)?;
        if let Some(iss) = iss.filter(|iss| iss.contains("://")) {
            let host = iss.split_once("://").map_or(iss, |(_, rest)| rest);
            let host = host.split(['/', ':', '?', '#']).next().unwrap_or(host);
            if !signer.goes_by(iss, host)? {
                let text = format!(
                    "the certificate is not that of the issuer {}",
                    crate::quoted(Some(iss))
                );
                return Err(Reason::new(Code::Issuer, text));
            }
        }
        Ok(signer.key)
    }
}
