//! Tokens encrypted to the verifier: ECDH-ES on P-256 with AES-GCM, which OpenID4VP 1.0 asks of everybody.
//!
//! Refuses other algorithms, compression (`zip`), and keys on other curves. Source: RFC 7516, RFC 7518 (sections 4.6, 5.3,
//! appendix C), NIST SP 800-56A (Concat KDF).

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use serde_json::{Map, Value};

use super::{from_base64url, jwk, object};
use crate::keys::{PublicKey, sha256};
use crate::verdict::{Code, Reason};

/// Bytes of the tag of AES-GCM.
const TAG_BYTES: usize = 16;

/// Whether a text looks like a token in five parts.
pub(crate) fn is_compact(text: &str) -> bool {
    text.bytes().filter(|b| *b == b'.').count() == 4
}

/// Decrypts a token with the verifier's private key (`d`, 32 bytes).
pub(crate) fn open(token: &str, key: &[u8], kid: Option<&str>) -> Result<Vec<u8>, Reason> {
    let malformed = |text: &str| Reason::new(Code::Malformed, text);
    let parts: Vec<&str> = token.split('.').collect();
    let [protected, encrypted_key, iv, ciphertext, tag] = parts.as_slice() else {
        return Err(malformed(
            "the encrypted response is not five parts with dots between",
        ));
    };
    let what = "the header of the encrypted response";
    let header = object(&from_base64url(protected, what)?, what)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("alg") != Some("ECDH-ES") {
        let text = "the response is not encrypted with ECDH-ES";
        return Err(Reason::new(Code::Algorithm, text));
    }
    if header.contains_key("zip") || header.contains_key("crit") || !encrypted_key.is_empty() {
        return Err(malformed(
            "the response is encrypted in a way not known here",
        ));
    }
    if let (Some(known), Some(named)) = (kid, text("kid"))
        && known != named
    {
        let text = "the response is encrypted to another key";
        return Err(Reason::new(Code::Decryption, text));
    }
    let (enc, algorithm, bytes) = match text("enc") {
        Some("A128GCM") => ("A128GCM", &AES_128_GCM, 16),
        Some("A256GCM") => ("A256GCM", &AES_256_GCM, 32),
        _ => {
            let text = "the response is not encrypted with A128GCM or A256GCM";
            return Err(Reason::new(Code::Algorithm, text));
        }
    };
    let info = |name| text(name).map_or(Ok(Vec::new()), |t| from_base64url(t, name));
    let shared = shared_secret(key, &header)?;
    let derived = concat_kdf(&shared, enc, &info("apu")?, &info("apv")?, bytes);
    let iv: [u8; 12] = from_base64url(iv, "the initialisation vector")?
        .try_into()
        .map_err(|_| malformed("an initialisation vector of AES-GCM has 12 bytes"))?;
    let mut sealed = from_base64url(ciphertext, "the ciphertext")?;
    let tag = from_base64url(tag, "the tag")?;
    if tag.len() != TAG_BYTES {
        return Err(malformed("a tag of AES-GCM has 16 bytes"));
    }
    sealed.extend(tag);
    let failed = |_| {
        Reason::new(
            Code::Decryption,
            "the response cannot be decrypted with our key",
        )
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &derived).map_err(failed)?);
    let plain = key
        .open_in_place(
            Nonce::assume_unique_for_key(iv),
            Aad::from(protected.as_bytes()),
            &mut sealed,
        )
        .map_err(failed)?
        .to_vec();
    Ok(plain)
}

fn shared_secret(key: &[u8], header: &Map<String, Value>) -> Result<Vec<u8>, Reason> {
    let epk = header
        .get("epk")
        .ok_or_else(|| Reason::new(Code::Malformed, "the encrypted response has no `epk`"))?;
    let epk = jwk::read(epk)?;
    agree_p256(key, &epk)
}

/// The shared secret of a private and a public key on P-256.
pub(crate) fn agree_p256(private: &[u8], public: &PublicKey) -> Result<Vec<u8>, Reason> {
    let wrong = |text: &str| Reason::new(Code::Key, text);
    let point = public
        .p256_point()
        .ok_or_else(|| wrong("the key to agree with is not on P-256"))?;
    let private = PrivateKey::from_private_key(&ECDH_P256, private)
        .map_err(|_| Reason::new(Code::Context, "the private key is not one of P-256"))?;
    agreement::agree(
        &private,
        UnparsedPublicKey::new(&ECDH_P256, point),
        wrong("the key to agree with is not a point of P-256"),
        |secret| Ok(secret.to_vec()),
    )
}

/// One round of the Concat KDF with SHA-256, enough for keys of up to 32 bytes.
fn concat_kdf(shared: &[u8], enc: &str, apu: &[u8], apv: &[u8], bytes: u32) -> Vec<u8> {
    let mut input = 1u32.to_be_bytes().to_vec();
    input.extend(shared);
    for part in [enc.as_bytes(), apu, apv] {
        input.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        input.extend(part);
    }
    input.extend((bytes * 8).to_be_bytes());
    let mut key = sha256(&input);
    key.truncate(bytes as usize);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::to_base64url;
    use serde_json::json;

    /// RFC 7518, appendix C.
    #[test]
    fn a_key_is_agreed_as_the_standard_shows() {
        let alice = json!({"epk": {"kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}});
        let bob = from_base64url("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw", "d").unwrap();
        let shared = shared_secret(&bob, alice.as_object().unwrap()).unwrap();
        let key = concat_kdf(&shared, "A128GCM", b"Alice", b"Bob", 16);
        assert_eq!(to_base64url(&key), "VqqN6vgjbSBcIijNcacQGg");
    }
}
