//! What the issuer signed: the mobile security object, and the elements whose digests stand in it.

use std::collections::HashSet;

use bonafide_model::Timestamp;
use serde_json::{Map, Value};

use super::malformed;
use crate::cbor::{self, Item};
use crate::chain::{self, Signer};
use crate::context::Anchor;
use crate::cose::Cose;
use crate::keys::{Digest, PublicKey};
use crate::verdict::{Code, Reason};
use crate::{cose, value};

/// The purpose of certificates that sign mobile driving licences (ISO/IEC 18013-5, annex B.1.4): 1.0.18013.5.1.2.
const MDL_SIGNER: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 5, 1, 2];
/// Types of document whose signers must have that purpose.
const MDL_TYPES: &str = "org.iso.18013.5.1.";
/// Bytes of chance in every element, without which an undisclosed value could be guessed from its digest.
const RANDOM_MIN_BYTES: usize = 16;

/// What the device may say, and with which key.
pub(super) struct Device {
    pub(super) key: PublicKey,
    /// Namespaces of which it may sign every element.
    pub(super) namespaces: HashSet<String>,
    /// Elements that it may sign.
    pub(super) elements: HashSet<(String, String)>,
}

/// What holds.
pub(super) struct Issued<'a> {
    pub(super) namespaces: Map<String, Value>,
    pub(super) device: Device,
    pub(super) signer: String,
    pub(super) valid_until: String,
    pub(super) status: Option<Item<'a>>,
}

/// Checks the issuer's part of a document.
pub(super) fn verify<'a>(
    signed: &'a Item<'a>,
    doc_type: &str,
    anchors: &'a [Anchor],
    now: Timestamp,
) -> Result<Issued<'a>, Reason> {
    let auth = signed
        .get("issuerAuth")
        .ok_or_else(|| malformed("`issuerAuth`"))?;
    let auth = Cose::read(auth, "the issuer's signature")?;
    if anchors.is_empty() {
        let text =
            "no issuer is trusted: give the certificates of issuing authorities as trust anchors";
        return Err(Reason::new(Code::Untrusted, text));
    }
    let signer = chain::trust(&auth.chain()?, anchors, now)?;
    if doc_type.starts_with(MDL_TYPES) && !signer.is_for(MDL_SIGNER) {
        let text = "the issuer's certificate is not one for signing mobile driving licences (extended key usage)";
        return Err(Reason::new(Code::Certificate, text));
    }
    let payload = auth
        .payload
        .ok_or_else(|| malformed("the security object"))?;
    auth.verify(&signer.key, payload, "the document")?;
    let wrapped = cbor::read(payload)?;
    let object = wrapped
        .embedded()
        .ok_or_else(|| malformed("the security object"))?;
    let object = cbor::read(object)?;
    if !object
        .get("version")
        .and_then(Item::text)
        .is_some_and(|v| v.starts_with("1."))
    {
        return Err(malformed("the version of the security object, 1.0,"));
    }
    if object.get("docType").and_then(Item::text) != Some(doc_type) {
        let text = "the issuer signed another type of document than the wallet names";
        return Err(Reason::new(Code::Type, text));
    }
    let valid_until = in_force(&object, &signer, now)?;
    let namespaces = elements(signed, &object)?;
    agree(&namespaces, &signer, doc_type)?;
    Ok(Issued {
        device: device(&object)?,
        signer: signer.name()?.unwrap_or_default(),
        valid_until,
        status: object.get("status").cloned(),
        namespaces,
    })
}

/// The times of the security object, and its signing within the certificate's time.
fn in_force(object: &Item<'_>, signer: &Signer<'_>, now: Timestamp) -> Result<String, Reason> {
    let info = object.get("validityInfo");
    let info = info.ok_or_else(|| malformed("`validityInfo`"))?;
    let time = |name: &str| -> Result<(Timestamp, &str), Reason> {
        let text = info
            .get(name)
            .and_then(|item| item.tagged(0))
            .and_then(Item::text);
        text.and_then(|text| Some((text.parse().ok()?, text)))
            .ok_or_else(|| malformed(&format!("the time `{name}`")))
    };
    let (signed, _) = time("signed")?;
    let (from, _) = time("validFrom")?;
    let (until, text) = time("validUntil")?;
    if !signer.in_force(signed) {
        let text = "the document was signed when the issuer's certificate was not in force";
        return Err(Reason::new(Code::Certificate, text));
    }
    if from < signed {
        let text = "the document is in force before it was signed";
        return Err(Reason::new(Code::Contradiction, text));
    }
    if now < from || now < signed {
        let text = "the document is not yet in force (`validFrom`)";
        return Err(Reason::new(Code::NotYetValid, text));
    }
    if now > until {
        let text = "the document is out of force (`validUntil`)";
        return Err(Reason::new(Code::Expired, text));
    }
    Ok(text.to_owned())
}

/// The elements that were sent, each with the digest that was signed.
fn elements(signed: &Item<'_>, object: &Item<'_>) -> Result<Map<String, Value>, Reason> {
    let name = object.get("digestAlgorithm").and_then(Item::text);
    let digest = name
        .filter(|name| name.starts_with("SHA-"))
        .and_then(Digest::from_name);
    let digest = digest.ok_or_else(|| {
        let text = format!(
            "digests of algorithm {} are not accepted",
            crate::quoted(name)
        );
        Reason::new(Code::Algorithm, text)
    })?;
    let digests = object.get("valueDigests");
    let digests = digests.ok_or_else(|| malformed("`valueDigests`"))?;
    let mut out = Map::new();
    let Some(namespaces) = signed.get("nameSpaces") else {
        return Ok(out);
    };
    let namespaces = namespaces.map().ok_or_else(|| malformed("`nameSpaces`"))?;
    for (namespace, items) in namespaces {
        let namespace = namespace.text().ok_or_else(|| malformed("a namespace"))?;
        let items = items.array().ok_or_else(|| malformed("a namespace"))?;
        let signed = digests.get(namespace);
        let mut found = Map::new();
        let mut ids = HashSet::new();
        for item in items {
            let (id, name, value) = element(item, digest, signed)?;
            if !ids.insert(id) || found.insert(name, value).is_some() {
                let text = format!(
                    "an element of {} was sent twice",
                    crate::quoted(Some(namespace))
                );
                return Err(Reason::new(Code::DuplicateKey, text));
            }
        }
        out.insert(namespace.to_owned(), Value::Object(found));
    }
    Ok(out)
}

fn element(
    item: &Item<'_>,
    digest: Digest,
    signed: Option<&Item<'_>>,
) -> Result<(i64, String, Value), Reason> {
    let form = || malformed("an element that the issuer signed");
    let inner = cbor::read(item.embedded().ok_or_else(form)?)?;
    let id = inner.get("digestID").and_then(Item::integer);
    let id = id.filter(|id| *id >= 0).ok_or_else(form)?;
    let name = inner.get("elementIdentifier").and_then(Item::text);
    let name = name.ok_or_else(form)?;
    let random = inner.get("random").and_then(Item::bytes).ok_or_else(form)?;
    if random.len() < RANDOM_MIN_BYTES {
        let text = format!("an element has less than {RANDOM_MIN_BYTES} bytes of chance");
        return Err(Reason::new(Code::Malformed, text));
    }
    let value = inner.get("elementValue").ok_or_else(form)?;
    let known = signed
        .and_then(|digests| digests.at(id))
        .and_then(Item::bytes);
    if known != Some(digest.of(item.raw).as_slice()) {
        let text = format!(
            "the element {} is not what the issuer signed",
            crate::quoted(Some(name))
        );
        return Err(Reason::new(Code::Digest, text));
    }
    Ok((id, name.to_owned(), value::from_cbor(value)))
}

/// The state in the document is that of its signer.
fn agree(
    namespaces: &Map<String, Value>,
    signer: &Signer<'_>,
    doc_type: &str,
) -> Result<(), Reason> {
    let Some(country) = signer.country()? else {
        return Ok(());
    };
    if !doc_type.starts_with(MDL_TYPES) {
        return Ok(());
    }
    let elements = namespaces.values().filter_map(Value::as_object);
    let mut stated = elements.filter_map(|elements| elements.get("issuing_country"));
    if stated.any(|stated| {
        !stated
            .as_str()
            .is_some_and(|s| s.eq_ignore_ascii_case(&country))
    }) {
        let text =
            format!("the document was issued by another state than its signer's, `{country}`");
        return Err(Reason::new(Code::Contradiction, text));
    }
    Ok(())
}

fn device(object: &Item<'_>) -> Result<Device, Reason> {
    let info = object.get("deviceKeyInfo");
    let key = info.and_then(|info| info.get("deviceKey"));
    let key = cose::key(key.ok_or_else(|| malformed("the device's key"))?)?;
    let allowed = info.and_then(|info| info.get("keyAuthorizations"));
    let texts = |item: Option<&Item<'_>>| -> Vec<String> {
        let items = item.and_then(Item::array).unwrap_or_default();
        items
            .iter()
            .filter_map(|i| i.text().map(str::to_owned))
            .collect()
    };
    let namespaces = texts(allowed.and_then(|a| a.get("nameSpaces")))
        .into_iter()
        .collect();
    let mut elements = HashSet::new();
    for (namespace, names) in allowed
        .and_then(|a| a.get("dataElements"))
        .and_then(Item::map)
        .unwrap_or_default()
    {
        for name in texts(Some(names)) {
            elements.insert((namespace.text().unwrap_or_default().to_owned(), name));
        }
    }
    Ok(Device {
        key,
        namespaces,
        elements,
    })
}
