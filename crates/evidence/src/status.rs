//! Token status lists: whether the issuer has withdrawn a credential since.
//!
//! A list is compressed bits at an address; the credential names the address and its place. The list is handed in, since
//! nothing is fetched here. Refuses: a credential with a status whose list is not at hand, unless the verifier goes
//! without; a list of another address, of another signer, out of time; lists that unpack to more than their bound.
//! Source: draft-ietf-oauth-status-list; RFC 1950.

use bonafide_model::Timestamp;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde_json::{Map, Value, json};

use crate::context::Reader;
use crate::jose::{from_base64url, jwk, jws::Jws};
use crate::keys::PublicKey;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

/// Bytes of a list that is handed in: two million credentials, compressed badly.
pub(crate) const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an unpacked list: eight million credentials of two states.
const UNPACKED_MAX_BYTES: usize = 1024 * 1024;
/// Statuses that are answered when no place is asked for.
const ANSWERED_MAX: usize = 4096;

/// What was found out about a credential's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The list says that it is good.
    Good,
    /// The credential has no status.
    None,
    /// The verifier chose to go without the list.
    Unchecked,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::None => "none",
            Self::Unchecked => "unchecked",
        }
    }
}

/// The lists that a verifier has, by address.
pub(crate) struct Lists<'a> {
    lists: Option<&'a Map<String, Value>>,
    keys: Option<&'a Value>,
    required: bool,
}

impl<'a> Lists<'a> {
    pub(crate) fn from_context(context: &mut Reader<'a>) -> Result<Self, Reason> {
        Ok(Self {
            lists: context.optional_object("status_lists")?,
            keys: context.optional("status_jwk"),
            required: context.flag("status_required", true)?,
        })
    }

    /// The status of a credential, by its claims; a list without a key of its own is signed by the credential's issuer.
    pub(crate) fn check(
        &self,
        claims: &Map<String, Value>,
        issuer: Option<&PublicKey>,
        now: Timestamp,
    ) -> Result<Outcome, Reason> {
        let Some(status) = claims.get("status") else {
            return Ok(Outcome::None);
        };
        let reference = status.get("status_list");
        let uri = reference.and_then(|r| r.get("uri")).and_then(Value::as_str);
        let idx = reference.and_then(|r| r.get("idx")).and_then(Value::as_u64);
        let (Some(uri), Some(idx)) = (uri, idx) else {
            let text = "the credential has a status of a mechanism that is not known here";
            return self.without(text);
        };
        let Some(list) = self.lists.and_then(|lists| lists.get(uri)) else {
            let text = format!(
                "the status list at `{}` is not at hand: give it under `status_lists`, or set `status_required` to false",
                crate::quoted(Some(uri))
            );
            return self.without(&text);
        };
        let list = match list {
            Value::String(token) => self.signed(token, uri, issuer, now)?,
            object => List::read(object)?,
        };
        match list.get(idx) {
            Some(0) => Ok(Outcome::Good),
            Some(1) => Err(Reason::new(
                Code::Revoked,
                "the issuer has revoked the credential",
            )),
            Some(2) => Err(Reason::new(
                Code::Suspended,
                "the issuer has suspended the credential",
            )),
            Some(other) => {
                let text =
                    format!("the issuer gives the credential the status {other}, not known here");
                Err(Reason::new(Code::Revoked, text))
            }
            None => Err(Reason::new(
                Code::Status,
                "the credential's place is beyond the status list",
            )),
        }
    }

    fn without(&self, text: &str) -> Result<Outcome, Reason> {
        if self.required {
            return Err(Reason::new(Code::Status, text));
        }
        Ok(Outcome::Unchecked)
    }

    fn signed(
        &self,
        token: &str,
        uri: &str,
        issuer: Option<&PublicKey>,
        now: Timestamp,
    ) -> Result<List, Reason> {
        let what = "the status list";
        let token = Jws::read(token, what)?;
        token.require_type(&["statuslist+jwt"], what)?;
        let own = self
            .keys
            .map(|keys| jwk::select(keys, &token))
            .transpose()?;
        let key = own.as_ref().or(issuer).ok_or_else(|| {
            let text = "no key for the status list is known: give `status_jwk`";
            Reason::new(Code::Context, text)
        })?;
        token.verify(key, what)?;
        if token.payload.get("sub").and_then(Value::as_str) != Some(uri) {
            let text = "the status list is that of another address (`sub`)";
            return Err(Reason::new(Code::Status, text));
        }
        crate::sd_jwt::in_force(&token.payload, now, 0).map_err(|reason| {
            let text = format!("the status list is not in force: {}", reason.text);
            Reason::new(Code::Status, text)
        })?;
        List::read(token.payload.get("status_list").unwrap_or(&Value::Null))
    }
}

/// An unpacked list.
struct List {
    bits: u8,
    bytes: Vec<u8>,
}

impl List {
    fn read(value: &Value) -> Result<Self, Reason> {
        let refuse = |text: &str| Reason::new(Code::Malformed, text);
        let bits = value.get("bits").and_then(Value::as_u64);
        let bits = bits
            .filter(|bits| [1, 2, 4, 8].contains(bits))
            .and_then(|bits| u8::try_from(bits).ok())
            .ok_or_else(|| refuse("a status has 1, 2, 4 or 8 `bits`"))?;
        let lst = value.get("lst").and_then(Value::as_str);
        let lst = lst.ok_or_else(|| refuse("the status list has no `lst`"))?;
        let packed = from_base64url(lst, "`lst`")?;
        let bytes = decompress_to_vec_zlib_with_limit(&packed, UNPACKED_MAX_BYTES)
            .map_err(|_| refuse("`lst` is not ZLIB, or unpacks to more than 1 MiB"))?;
        Ok(Self { bits, bytes })
    }

    fn len(&self) -> usize {
        self.bytes.len() * usize::from(8 / self.bits)
    }

    /// The status at a place: the first is in the lowest bits.
    fn get(&self, index: u64) -> Option<u8> {
        let per_byte = u64::from(8 / self.bits);
        let byte = self.bytes.get(usize::try_from(index / per_byte).ok()?)?;
        let shift = u8::try_from(index % per_byte).ok()? * self.bits;
        let mask = u8::MAX >> (8 - self.bits);
        Some((byte >> shift) & mask)
    }
}

/// The kind `status-list`: a list alone, or in its token.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let text = utf8(input)?.trim();
    let index = context.optional_number("index")?;
    let list = if text.starts_with('{') {
        let value = crate::strict_json(text.as_bytes(), "the status list")?;
        List::read(value.get("status_list").unwrap_or(&value))?
    } else {
        let uri = context.text("uri")?;
        let lists = Lists {
            lists: None,
            keys: Some(context.value("status_jwk")?),
            required: true,
        };
        lists.signed(text, uri, None, context.now())?
    };
    let mut claims = json!({"bits": list.bits, "length": list.len()});
    let answer = match index.map(u64::try_from) {
        Some(index) => index
            .ok()
            .and_then(|index| list.get(index))
            .map(|s| ("status", json!(s))),
        None => {
            let shown = list.len().min(ANSWERED_MAX) as u64;
            let all: Vec<_> = (0..shown).filter_map(|index| list.get(index)).collect();
            Some(("values", json!(all)))
        }
    };
    let (name, value) =
        answer.ok_or_else(|| Reason::new(Code::Status, "`index` is beyond the status list"))?;
    if let Some(map) = claims.as_object_mut() {
        map.insert(name.into(), value);
    }
    Ok(Verdict::valid(None, claims))
}
