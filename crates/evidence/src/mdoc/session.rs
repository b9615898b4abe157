//! The session that a device must have answered: handed in whole, or made from the parameters of an OpenID4VP request.
//!
//! Source: ISO/IEC 18013-5, section 9.1.5.1; OpenID4VP 1.0, appendix B.2.6.

use serde_json::{Map, Value};

use crate::cbor::{self, Writer};
use crate::context::Reader;
use crate::jose::{from_base64url, jwk};
use crate::keys::sha256;
use crate::verdict::{Code, Reason};

fn wrong(text: &str) -> Reason {
    Reason::new(Code::Context, text)
}

/// The session in a context: `session_transcript` (or `…_hex`, or `…_bytes` with its tag), or `openid4vp`.
pub(super) fn from_context(context: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Reason> {
    let mut given = None;
    for name in [
        "session_transcript",
        "session_transcript_hex",
        "session_transcript_bytes",
    ] {
        if let Some(bytes) = context.optional_bytes(name)? {
            if given.is_some() {
                return Err(wrong("two session transcripts are given: give one"));
            }
            given = Some(bare(&bytes)?);
        }
    }
    let Some(request) = context.optional_object("openid4vp")? else {
        return Ok(given);
    };
    let made = from_request(request)?;
    match given {
        Some(given) if given != made => Err(wrong(
            "the session transcript is not that of the `openid4vp` request",
        )),
        _ => Ok(Some(made)),
    }
}

/// The transcript without the tag that some give it with.
fn bare(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let item = cbor::read(bytes).map_err(|e| wrong(&format!("the session transcript: {e}")))?;
    let inner = item.embedded().unwrap_or(bytes);
    let parsed = cbor::read(inner).map_err(|e| wrong(&format!("the session transcript: {e}")))?;
    match parsed.array() {
        Some([_, _, _]) => Ok(inner.to_vec()),
        _ => Err(wrong("the session transcript is not an array of three")),
    }
}

fn from_request(request: &Map<String, Value>) -> Result<Vec<u8>, Reason> {
    let mut known = 0;
    let mut text = |name: &str| {
        known += usize::from(request.contains_key(name));
        request.get(name).and_then(Value::as_str)
    };
    let nonce = text("nonce").ok_or_else(|| wrong("`openid4vp` lacks `nonce`"))?;
    let (client, uri, origin) = (text("client_id"), text("response_uri"), text("origin"));
    let given = text("session_transcript_hex");
    let thumbprint = text("jwk_thumbprint").or(text("jwk_thumbprint_hex"));
    let thumbprint = thumbprint.map(thumbprint_bytes).transpose()?;
    let nulls =
        request.get("jwk_thumbprint_hex").is_some() && request.get("jwk_thumbprint").is_some();
    if known != request.len() || nulls {
        return Err(wrong(
            "`openid4vp` has keys beyond `client_id`, `nonce`, `response_uri`, `origin`, `jwk_thumbprint`, `session_transcript_hex`",
        ));
    }
    let made = match (client, uri, origin) {
        (Some(client), Some(uri), None) => redirect(client, nonce, thumbprint.as_deref(), uri),
        (None, None, Some(origin)) => dc_api(origin, nonce, thumbprint.as_deref()),
        _ => {
            return Err(wrong(
                "`openid4vp` needs `client_id` and `response_uri`, or `origin`",
            ));
        }
    };
    if let Some(given) = given
        && crate::context::from_hex(given).as_deref() != Some(&made)
    {
        return Err(wrong(
            "the session transcript is not that of the `openid4vp` request",
        ));
    }
    Ok(made)
}

fn thumbprint_bytes(text: &str) -> Result<Vec<u8>, Reason> {
    let bytes = crate::context::from_hex(text)
        .filter(|bytes| bytes.len() == 32)
        .map_or_else(|| from_base64url(text, "the thumbprint"), Ok);
    bytes
        .ok()
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(|| wrong("`jwk_thumbprint` is not 32 bytes in hexadecimal or base64url"))
}

/// The session of a request that is answered to a URI.
pub(crate) fn redirect(
    client_id: &str,
    nonce: &str,
    thumbprint: Option<&[u8]>,
    response_uri: &str,
) -> Vec<u8> {
    let info = Writer::default().array(4).text(client_id).text(nonce);
    let info = optional(info, thumbprint).text(response_uri);
    transcript("OpenID4VPHandover", &info.finish())
}

/// The session of a request through the Digital Credentials API.
pub(crate) fn dc_api(origin: &str, nonce: &str, thumbprint: Option<&[u8]>) -> Vec<u8> {
    let info = Writer::default().array(3).text(origin).text(nonce);
    transcript(
        "OpenID4VPDCAPIHandover",
        &optional(info, thumbprint).finish(),
    )
}

fn optional(writer: Writer, bytes: Option<&[u8]>) -> Writer {
    match bytes {
        Some(bytes) => writer.bytes(bytes),
        None => writer.null(),
    }
}

fn transcript(name: &str, info: &[u8]) -> Vec<u8> {
    Writer::default()
        .array(3)
        .null()
        .null()
        .array(2)
        .text(name)
        .bytes(&sha256(info))
        .finish()
}

/// The reader's private key: a JSON Web Key with `d`, or its 32 bytes.
pub(super) fn reader_key(context: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Reason> {
    match context.optional("reader_key") {
        None => context.optional_bytes("ephemeral_reader_key_d"),
        Some(key @ Value::Object(_)) => private(key).map(Some),
        Some(_) => context.optional_bytes("reader_key"),
    }
}

/// The private part of a JSON Web Key on P-256.
pub(crate) fn private(key: &Value) -> Result<Vec<u8>, Reason> {
    jwk::read(key).map_err(|error| wrong(&error.text))?;
    let d = key.get("d").and_then(Value::as_str);
    let d = d.ok_or_else(|| wrong("the private key has no `d`"))?;
    from_base64url(d, "`d`").map_err(|error| wrong(&error.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The examples of OpenID4VP 1.0, appendix B.2.6.
    #[test]
    fn transcripts_are_as_the_standard_shows() {
        let thumbprint =
            thumbprint_bytes("4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047");
        let thumbprint = thumbprint.unwrap();
        let nonce = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA";
        let made = redirect(
            "x509_san_dns:example.com",
            nonce,
            Some(&thumbprint),
            "https://example.com/response",
        );
        assert_eq!(
            hex(&made),
            "83f6f682714f70656e494434565048616e646f7665725820048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
        );
        assert_eq!(
            hex(&dc_api("https://example.com", nonce, Some(&thumbprint))),
            "83f6f682764f70656e4944345650444341504948616e646f7665725820fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a"
        );
    }
}
