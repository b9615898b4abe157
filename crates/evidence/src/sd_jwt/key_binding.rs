//! The holder's proof: that the key in the credential is theirs, for this verifier, this request and this very
//! presentation, and now.

use bonafide_model::Timestamp;
use serde_json::{Map, Value};

use crate::context::Reader;
use crate::jose::jws::{Jws, numeric_date};
use crate::jose::{jwk, to_base64url};
use crate::keys::Digest;
use crate::verdict::{Code, Reason};

/// Seconds that a proof may be old: the time between the tap and the answer's arrival, generously.
const MAX_AGE_SECONDS: i64 = 300;
/// Seconds that a wallet's clock may be ahead.
const AHEAD_SECONDS: i64 = 60;

/// What a verifier asks of the holder's proof.
pub(crate) struct Binding<'a> {
    pub(crate) required: bool,
    /// Whom the proof must be made for: the client's id, or the origin of the page.
    pub(crate) audience: Option<Vec<&'a str>>,
    pub(crate) nonce: Option<&'a str>,
    /// Nonces that were answered before.
    pub(crate) used: Vec<&'a str>,
    pub(crate) max_age_seconds: i64,
}

impl<'a> Binding<'a> {
    pub(crate) fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        let audience = context.optional_texts("audience")?;
        let verifier = context.optional_texts("verifier")?;
        if audience.is_some() && verifier.is_some() {
            let text = "`audience` and `verifier` are the same: give one";
            return Err(Reason::new(Code::Context, text));
        }
        Ok(Self {
            required: context.flag("key_binding_required", true)?,
            audience: audience.or(verifier),
            nonce: context.optional_text("nonce")?,
            used: context.optional_texts("used_nonces")?.unwrap_or_default(),
            max_age_seconds: context
                .optional_number("max_age_seconds")?
                .unwrap_or(MAX_AGE_SECONDS),
        })
    }

    /// Checks the proof, and answers whether the holder is bound to this request.
    pub(super) fn check(
        &self,
        proof: &str,
        payload: &Map<String, Value>,
        algorithm: Digest,
        signed: &str,
        now: Timestamp,
    ) -> Result<bool, Reason> {
        let refuse = |code, text: &str| Err(Reason::new(code, text));
        if proof.is_empty() {
            if self.required {
                let text = "the holder's proof (key binding) is missing";
                return refuse(Code::KeyBinding, text);
            }
            return Ok(false);
        }
        if self.required && (self.nonce.is_none() || self.audience.is_none()) {
            let text =
                "`nonce` and `audience` are needed in the context to check the holder's proof";
            return refuse(Code::Context, text);
        }
        let what = "the holder's proof";
        let token = Jws::read(proof, what)?;
        token.require_type(&["kb+jwt"], what)?;
        let Some(key) = payload.get("cnf").and_then(|cnf| cnf.get("jwk")) else {
            return refuse(
                Code::KeyBinding,
                "the credential names no key of its holder",
            );
        };
        token
            .verify(&jwk::read(key)?, what)
            .map_err(|reason| match reason.code {
                Code::BadSignature => Reason::new(Code::KeyBinding, reason.text),
                _ => reason,
            })?;
        let text = |name: &str| token.payload.get(name).and_then(Value::as_str);
        if text("sd_hash") != Some(to_base64url(&algorithm.of(signed.as_bytes())).as_str()) {
            let text = "the holder's proof is of another presentation (`sd_hash`)";
            return refuse(Code::KeyBinding, text);
        }
        self.request(text("aud"), text("nonce"))?;
        let now = now.as_millis().div_euclid(1000);
        let Some(made) = numeric_date(&token.payload, "iat")? else {
            return refuse(
                Code::KeyBinding,
                "the holder's proof does not say when it was made (`iat`)",
            );
        };
        if now.saturating_sub(made) > self.max_age_seconds
            || made.saturating_sub(now) > AHEAD_SECONDS
        {
            return refuse(
                Code::Stale,
                "the holder's proof was not made just now (`iat`)",
            );
        }
        if numeric_date(&token.payload, "exp")?.is_some_and(|exp| now >= exp) {
            return refuse(Code::Expired, "the holder's proof has expired (`exp`)");
        }
        Ok(self.nonce.is_some() && self.audience.is_some())
    }

    /// Whether the proof answers this verifier's request.
    fn request(&self, aud: Option<&str>, nonce: Option<&str>) -> Result<(), Reason> {
        let (Some(aud), Some(nonce)) = (aud, nonce) else {
            let text = "the holder's proof has no `aud` or no `nonce`";
            return Err(Reason::new(Code::KeyBinding, text));
        };
        if let Some(audience) = &self.audience
            && !audience.contains(&aud)
        {
            let text = format!(
                "the holder's proof was made for {}",
                crate::quoted(Some(aud))
            );
            return Err(Reason::new(Code::Audience, text));
        }
        if self.used.contains(&nonce) {
            let text = "the request with this nonce has been answered";
            return Err(Reason::new(Code::Replayed, text));
        }
        if self.nonce.is_some_and(|expected| expected != nonce) {
            let text = "the holder's proof answers another request (`nonce`)";
            return Err(Reason::new(Code::Nonce, text));
        }
        Ok(())
    }
}
