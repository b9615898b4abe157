//! What the device proves: that it has the key in the document, and answers this session.

use aws_lc_rs::hkdf;
use serde_json::{Map, Value};

use super::issuer::Device;
use super::malformed;
use crate::cbor::{self, Item, Writer};
use crate::cose::Cose;
use crate::jose::jwe::agree_p256;
use crate::keys::sha256;
use crate::value;
use crate::verdict::{Code, Reason};

/// Elements by namespace.
type Said = Vec<(String, Map<String, Value>)>;

const WHAT: &str = "the device's proof";

/// Checks the device's part of a document, and answers what the device says of itself.
pub(super) fn verify(
    item: &Item<'_>,
    device: &Device,
    doc_type: &str,
    session: &[u8],
    reader_key: Option<&[u8]>,
) -> Result<Said, Reason> {
    let said = item.get("nameSpaces");
    let said = said.ok_or_else(|| malformed("what the device says"))?;
    let bytes = said
        .embedded()
        .ok_or_else(|| malformed("what the device says"))?;
    let payload = Writer::default()
        .array(4)
        .text("DeviceAuthentication")
        .raw(session)
        .text(doc_type)
        .raw(said.raw)
        .finish();
    let payload = Writer::default().embedded(&payload).finish();
    let auth = item.get("deviceAuth").ok_or_else(|| malformed(WHAT))?;
    let foreign = |reason: Reason| match reason.code {
        Code::BadSignature => {
            let text = "the device's proof does not hold: it was made with another key, or for another session";
            Reason::new(Code::KeyBinding, text)
        }
        _ => reason,
    };
    match (auth.get("deviceSignature"), auth.get("deviceMac")) {
        (Some(signature), None) => {
            let cose = Cose::read(signature, WHAT)?;
            detached(&cose)?;
            cose.verify(&device.key, &payload, WHAT).map_err(foreign)?;
        }
        (None, Some(mac)) => {
            let reader_key = reader_key.ok_or_else(|| {
                let text =
                    "the device answered with a MAC: give `reader_key` in the context to check it";
                Reason::new(Code::Context, text)
            })?;
            let cose = Cose::read(mac, WHAT)?;
            detached(&cose)?;
            let key = mac_key(reader_key, device, session)?;
            cose.verify_mac(&key, &payload, WHAT).map_err(foreign)?;
        }
        _ => return Err(malformed(WHAT)),
    }
    statements(&cbor::read(bytes)?, device)
}

fn detached(cose: &Cose<'_>) -> Result<(), Reason> {
    match cose.payload {
        None => Ok(()),
        Some(_) => Err(Reason::new(
            Code::Malformed,
            "the device's proof carries a payload; it must be over the session",
        )),
    }
}

/// The key of the MAC (ISO/IEC 18013-5, section 9.1.3.5).
fn mac_key(reader_key: &[u8], device: &Device, session: &[u8]) -> Result<Vec<u8>, Reason> {
    let shared = agree_p256(reader_key, &device.key)?;
    let transcript = Writer::default().embedded(session).finish();
    let mut key = vec![0; 32];
    let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, &sha256(&transcript)).extract(&shared);
    let filled = derived
        .expand(&[b"EMacKey"], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key));
    filled.map_err(|_| Reason::new(Code::Key, "the key of the MAC cannot be derived"))?;
    Ok(key)
}

/// What the device says of itself, each element one that the issuer lets it say.
fn statements(said: &Item<'_>, device: &Device) -> Result<Said, Reason> {
    let form = || malformed("what the device says");
    let mut out = Vec::new();
    for (namespace, elements) in said.map().ok_or_else(form)? {
        let namespace = namespace.text().ok_or_else(form)?;
        let mut found = Map::new();
        for (name, stated) in elements.map().ok_or_else(form)? {
            let name = name.text().ok_or_else(form)?;
            let pair = (namespace.to_owned(), name.to_owned());
            if !device.namespaces.contains(namespace) && !device.elements.contains(&pair) {
                let text = format!(
                    "the device says {}, which the issuer does not let it say",
                    crate::quoted(Some(name))
                );
                return Err(Reason::new(Code::Authority, text));
            }
            found.insert(pair.1, value::from_cbor(stated));
        }
        out.push((namespace.to_owned(), found));
    }
    Ok(out)
}
