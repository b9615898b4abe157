//! Kind `timestamp`: that a document existed at an instant, by a time-stamp token (RFC 3161) of an authority whose root is
//! among the trust anchors.
//!
//! The authority's certificates must be valid at the instant of the check, and its own at the instant that it states. To
//! check an old token, ask about an instant at which they were valid: a token whose authority has expired since is refused
//! as expired, not as forged.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Timestamp;
use serde_json::json;

use crate::context::{Reader, from_hex};
use crate::pki::certificate::{Certificate, time};
use crate::pki::chain;
use crate::pki::cms::SignedData;
use crate::pki::hash::Hash;
use crate::pki::oid;
use crate::pki::store::Store;
use crate::pki::tlv::{
    self, BOOLEAN, Broken, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE,
    context as tagged, single,
};
use crate::verdict::{Code, Reason, Verdict};

/// Bytes of an input: a token with a long chain is below 20 KiB.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;

/// Milliseconds by which the authority's clock may be ahead of ours.
const SKEW_MS: i64 = 5 * 60 * 1000;

const WHAT: &str = "a time-stamp";

/// What was stamped, as the caller knows it.
enum Subject {
    Document(Vec<u8>),
    Digest(Vec<u8>),
}

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let subject = subject(context)?;
    let query = context.optional_bytes("query")?;
    let query = query.as_deref().map(Query::read).transpose()?;
    let nonce = context.optional_bytes("nonce")?;
    let apart = context.optional_anchors("certificates")?;
    let store = Store::read(context.trust())?;
    let apart: Result<Vec<_>, _> = apart
        .iter()
        .map(|anchor| Certificate::read(&anchor.der))
        .collect();
    let apart = apart.map_err(|_| {
        Reason::new(
            Code::Context,
            "`certificates` holds what is not a certificate",
        )
    })?;

    let data = SignedData::read(token(input)?)?;
    if data.content_type != oid::TST_INFO {
        return Err(Reason::new(
            Code::ContentType,
            "what was signed is not a time-stamp",
        ));
    }
    let info = Info::read(data.content)?;
    let signer = data.signer(&apart)?;
    data.verify(&signer)?;
    names_signer(&data, &signer)?;
    signer.may_stamp()?;
    authority(&data, &signer, &apart, &store, &info, context.now())?;

    let digest = match &subject {
        Subject::Document(bytes) => info.hash.digest(bytes).as_ref().to_vec(),
        Subject::Digest(digest) => digest.clone(),
    };
    if digest != info.imprint {
        return Err(Reason::new(
            Code::Digest,
            "the time-stamp is of another document",
        ));
    }
    if let Some(query) = query {
        query.answered_by(&info)?;
    }
    if nonce.is_some_and(|nonce| info.nonce != Some(strip(&nonce))) {
        return Err(Reason::new(
            Code::Binding,
            "the time-stamp answers another request",
        ));
    }
    Ok(Verdict::valid(
        None,
        json!({
            "time": info.time.to_string(),
            "policy": dotted(info.policy),
            "serial": hex(info.serial),
            "hash": info.hash.as_str(),
            "authority": signer.subject.common_name()?,
        }),
    ))
}

fn subject(context: &mut Reader<'_>) -> Result<Subject, Reason> {
    let form = |name: &str| {
        Reason::new(
            Code::Context,
            format!("`{name}` in the context is not of its form"),
        )
    };
    let mut found = Vec::new();
    if let Some(text) = context.optional_text("document_utf8")? {
        found.push(Subject::Document(text.as_bytes().to_vec()));
    }
    if let Some(text) = context.optional_text("document_hex")? {
        found.push(Subject::Document(
            from_hex(text).ok_or_else(|| form("document_hex"))?,
        ));
    }
    if let Some(text) = context.optional_text("document_base64")? {
        let bytes = STANDARD.decode(text).map_err(|_| form("document_base64"))?;
        found.push(Subject::Document(bytes));
    }
    if let Some(bytes) = context.optional_bytes("digest")? {
        found.push(Subject::Digest(bytes));
    }
    match (found.pop(), found.is_empty()) {
        (Some(subject), true) => Ok(subject),
        _ => {
            let text = "the context must hold one of `document_utf8`, `document_hex`, `document_base64` and `digest`";
            Err(Reason::new(Code::Context, text))
        }
    }
}

/// The token in a response that grants it, or a token by itself.
fn token(input: &[u8]) -> Result<&[u8], Reason> {
    let mut fields = single(input, SEQUENCE, WHAT)?.inside();
    if fields.peek() == OID {
        return Ok(input);
    }
    let mut status = fields.enter(SEQUENCE, WHAT)?;
    if status.small(WHAT)? > 1 {
        return Err(Reason::new(
            Code::Malformed,
            "the authority did not grant a time-stamp",
        ));
    }
    let token = fields.expect(SEQUENCE, WHAT)?.raw;
    fields.end(WHAT)?;
    Ok(token)
}

/// `TSTInfo`, RFC 3161, section 2.4.2.
struct Info<'a> {
    policy: &'a [u8],
    hash: Hash,
    imprint: &'a [u8],
    serial: &'a [u8],
    time: Timestamp,
    nonce: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Reason> {
        let mut fields = single(content, SEQUENCE, WHAT)?.inside();
        if fields.small(WHAT)? != 1 {
            return Err(Broken(WHAT).into());
        }
        let policy = fields.expect(OID, WHAT)?.value;
        let (hash, imprint) = imprint(fields.enter(SEQUENCE, WHAT)?)?;
        let serial = fields.expect(INTEGER, WHAT)?.value;
        let time = time(fields.expect(GENERALIZED_TIME, WHAT)?)?;
        fields.optional(SEQUENCE, WHAT)?;
        fields.optional(BOOLEAN, WHAT)?;
        let nonce = fields.optional(INTEGER, WHAT)?.map(|tlv| strip(tlv.value));
        fields.optional(tagged(0), WHAT)?;
        fields.optional(tagged(1), WHAT)?;
        fields.end(WHAT)?;
        Ok(Self {
            policy,
            hash,
            imprint,
            serial,
            time,
            nonce,
        })
    }
}

fn imprint<'a>(mut fields: tlv::Reader<'a>) -> Result<(Hash, &'a [u8]), Reason> {
    let hash = Hash::read(fields.enter(SEQUENCE, WHAT)?)?;
    let imprint = fields.expect(OCTET_STRING, WHAT)?.value;
    fields.end(WHAT)?;
    if imprint.len() != hash.len() {
        return Err(Broken(WHAT).into());
    }
    Ok((hash, imprint))
}

/// What was asked (`TimeStampReq`, RFC 3161, section 2.4.1).
struct Query {
    imprint: Vec<u8>,
    policy: Option<Vec<u8>>,
    nonce: Option<Vec<u8>>,
}

impl Query {
    fn read(der: &[u8]) -> Result<Self, Reason> {
        let broken = |_| {
            Reason::new(
                Code::Context,
                "`query` in the context is not a request for a time-stamp",
            )
        };
        let read = || {
            let what = "a request for a time-stamp";
            let mut fields = single(der, SEQUENCE, what)?.inside();
            fields.small(what)?;
            let imprint = fields.expect(SEQUENCE, what)?;
            let (_, digest) = imprint_any(imprint.inside())?;
            let policy = fields.optional(OID, what)?.map(|tlv| tlv.value.to_vec());
            let nonce = fields
                .optional(INTEGER, what)?
                .map(|tlv| strip(tlv.value).to_vec());
            Ok(Self {
                imprint: digest.to_vec(),
                policy,
                nonce,
            })
        };
        read().map_err(|error: Broken| broken(error))
    }

    fn answered_by(&self, info: &Info<'_>) -> Result<(), Reason> {
        let nonce = self
            .nonce
            .as_deref()
            .is_none_or(|nonce| info.nonce == Some(nonce));
        let policy = self
            .policy
            .as_deref()
            .is_none_or(|policy| policy == info.policy);
        if nonce && policy && self.imprint == info.imprint {
            return Ok(());
        }
        Err(Reason::new(
            Code::Binding,
            "the time-stamp answers another request",
        ))
    }
}

fn imprint_any<'a>(mut fields: tlv::Reader<'a>) -> Result<(&'a [u8], &'a [u8]), Broken> {
    let algorithm = fields.expect(SEQUENCE, WHAT)?.raw;
    Ok((algorithm, fields.expect(OCTET_STRING, WHAT)?.value))
}

/// A non-negative integer without the octet that keeps its sign.
fn strip(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|byte| **byte == 0).count();
    octets.get(zeros..).unwrap_or(octets)
}

/// Refuses a token that does not name its signer's certificate in what it signs (RFC 5816): otherwise the certificate could
/// be exchanged for another of the same key.
fn names_signer(data: &SignedData<'_>, signer: &Certificate<'_>) -> Result<(), Reason> {
    let refused = || {
        Reason::new(
            Code::Certificate,
            "the time-stamp does not name the certificate that signed it",
        )
    };
    let (raw, second) = match data.attribute(oid::SIGNING_CERTIFICATE_V2)? {
        Some(raw) => (raw, true),
        None => (
            data.attribute(oid::SIGNING_CERTIFICATE)?
                .ok_or_else(refused)?,
            false,
        ),
    };
    let mut list = single(raw, SEQUENCE, WHAT)?
        .inside()
        .enter(SEQUENCE, WHAT)?;
    let mut first = list.enter(SEQUENCE, WHAT)?;
    // The first version knows SHA-1 alone. It only tells certificates apart that a trusted authority issued.
    let mut algorithm = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    if second {
        algorithm = match first.optional(SEQUENCE, WHAT)? {
            Some(named) => Hash::read(named.inside())?.algorithm(),
            None => &digest::SHA256,
        };
    }
    let stated = first.expect(OCTET_STRING, WHAT)?.value;
    if digest::digest(algorithm, signer.raw).as_ref() == stated {
        Ok(())
    } else {
        Err(refused())
    }
}

/// Refuses a signer that is no time-stamping authority, or that no anchor vouches for.
fn authority<'a>(
    data: &SignedData<'a>,
    signer: &Certificate<'a>,
    apart: &[Certificate<'a>],
    store: &Store<'a>,
    info: &Info<'_>,
    now: Timestamp,
) -> Result<(), Reason> {
    if signer.only_purpose(oid::TIME_STAMPING) != Some(true) {
        let text =
            "the signer's certificate is not for time-stamps alone, or does not say so critically";
        return Err(Reason::new(Code::Certificate, text));
    }
    signer.valid_at(info.time, "the authority at the time that it states")?;
    if info.time > now.plus_millis(SKEW_MS) {
        return Err(Reason::new(
            Code::NotYetValid,
            "the time-stamp states an instant that has not come",
        ));
    }
    let mut others = data.certificates()?;
    others.extend_from_slice(apart);
    chain::check(signer, &others, store, now)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An object identifier as people write it.
fn dotted(octets: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in octets {
        arc = arc.checked_mul(128).unwrap_or(u64::MAX >> 8) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - 40 * first]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    let arcs: Vec<String> = arcs.iter().map(u64::to_string).collect();
    arcs.join(".")
}
