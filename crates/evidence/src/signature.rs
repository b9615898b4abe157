//! A signature over bytes by a public key, for whatever is signed outside of the formats that have a kind of their own:
//! a register's extract, a vendor's answer, an attestation.
//!
//! Refuses what the infrastructure of certificates refuses: weak hashes, short keys, unknown curves, algorithms that do
//! not fit the key. Source: RFC 5280, RFC 7518, RFC 8032.

use serde_json::json;

use crate::context::{Anchor, Reader};
use crate::jose::jwk;
use crate::keys::Algorithm;
use crate::pki::hash::Hash;
use crate::pki::key::Key;
use crate::pki::signature::Scheme;
use crate::verdict::{Code, Reason, Verdict};

/// Bytes of what is signed.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The kind `signature`.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let name = context.value("algorithm")?;
    let algorithm = Algorithm::from_jose(Some(name), "the context")?;
    let signature = context.optional_bytes("signature")?;
    let signature = signature
        .ok_or_else(|| Reason::new(Code::Context, "`signature` is missing in the context"))?;
    let encoding = context.optional_text("encoding")?;
    if let Some(key) = context.optional("jwk") {
        if encoding.is_some_and(|encoding| encoding != "p1363") {
            let text = "a signature by a `jwk` has the encoding `p1363`";
            return Err(Reason::new(Code::Context, text));
        }
        jwk::read(key)?.verify(algorithm, input, &signature, "the input")?;
        return Ok(Verdict::valid(None, json!({"algorithm": name})));
    }
    let key = context.text("public_key")?;
    let der = match crate::context::from_hex(key) {
        Some(der) => der,
        None => match Anchor::from_text(key) {
            Ok(read) => read
                .into_iter()
                .next()
                .map(|anchor| anchor.der)
                .unwrap_or_default(),
            Err(error) => return Err(Reason::new(Code::Context, error.to_string())),
        },
    };
    let scheme = scheme(algorithm, encoding.unwrap_or("der"))?;
    scheme.verify(&Key::read(&der)?, input, &signature)?;
    Ok(Verdict::valid(None, json!({"algorithm": name})))
}

fn scheme(algorithm: Algorithm, encoding: &str) -> Result<Scheme, Reason> {
    use Algorithm as A;
    let ecdsa = |hash| match encoding {
        "der" => Ok(Scheme::Ecdsa(hash)),
        "p1363" => Ok(Scheme::EcdsaPlain(hash)),
        other => {
            let text = format!(
                "`encoding` is `der` or `p1363`, not {}",
                crate::quoted(Some(other))
            );
            Err(Reason::new(Code::Context, text))
        }
    };
    Ok(match algorithm {
        A::Es256 => ecdsa(Hash::Sha256)?,
        A::Es384 => ecdsa(Hash::Sha384)?,
        A::Es512 => ecdsa(Hash::Sha512)?,
        A::EdDsa => Scheme::Ed25519,
        A::Rs256 => Scheme::RsaPkcs1(Hash::Sha256),
        A::Rs384 => Scheme::RsaPkcs1(Hash::Sha384),
        A::Rs512 => Scheme::RsaPkcs1(Hash::Sha512),
        A::Ps256 => Scheme::RsaPss(Hash::Sha256, 32),
        A::Ps384 => Scheme::RsaPss(Hash::Sha384, 48),
        A::Ps512 => Scheme::RsaPss(Hash::Sha512, 64),
    })
}
