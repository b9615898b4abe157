//! Chains of certificates from the signer of a credential to a trust anchor of the operator.
//!
//! Each step is a signature, a name and a time; issuers must be authorities that may sign certificates; critical
//! extensions that are not read are refused. Nothing is trusted but the anchors handed in, an anchor being an authority or
//! the signer's very certificate. Revocation lists are not read: an operator withdraws an anchor. Source: RFC 5280,
//! section 6; ISO/IEC 18013-5 annex B.

use aws_lc_rs::signature as sig;
use bonafide_model::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _, Header, Reader as _, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfo;

use crate::context::Anchor;
use crate::keys::{Curve, PublicKey, holds};
use crate::verdict::{Code, Reason};

/// Certificates in a chain: signer, two intermediates and a root, and room to spare.
const CHAIN_MAX: usize = 6;
/// Bytes of a certificate: one with a large RSA key and many names has 4 KiB.
const CERTIFICATE_MAX_BYTES: usize = 16 * 1024;
/// Extensions whose meaning is checked here, or is no restriction: basic constraints, key usage, extended key usage,
/// subject and issuer alternative names, key identifiers, policies.
const KNOWN_EXTENSIONS: [&str; 8] = [
    "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.18", "2.5.29.14", "2.5.29.35",
    "2.5.29.32",
];

fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// A certificate that is vouched for.
pub(crate) struct Signer {
    pub(crate) key: PublicKey,
    /// The country in the subject's name.
    pub(crate) country: Option<String>,
    /// From when to when the certificate is in force, in milliseconds since 1970.
    pub(crate) in_force: (i64, i64),
    /// The URIs and DNS names that the subject goes by.
    pub(crate) names: Vec<String>,
    /// The subject's name, as text.
    pub(crate) subject: String,
    purposes: Option<Vec<ObjectIdentifier>>,
}

impl Signer {
    /// Whether the certificate says that it is for this purpose.
    pub(crate) fn has_purpose(&self, purpose: &str) -> bool {
        let list = self.purposes.as_deref().unwrap_or_default();
        list.contains(&oid(purpose))
    }
}

struct Parsed<'a> {
    der: &'a [u8],
    cert: Certificate,
}

fn parse<'a>(der: &'a [u8], what: &str) -> Result<Parsed<'a>, Reason> {
    if der.len() > CERTIFICATE_MAX_BYTES {
        let text = format!("{what} has more than {CERTIFICATE_MAX_BYTES} bytes");
        return Err(Reason::new(Code::TooLarge, text));
    }
    let cert = Certificate::from_der(der).map_err(|error| {
        Reason::new(Code::Malformed, format!("{what} is not an X.509 certificate: {error}"))
    })?;
    Ok(Parsed { der, cert })
}

/// Finds the way from the first certificate to an anchor, every step in force at `now`.
pub(crate) fn trust(
    chain: &[&[u8]],
    anchors: &[Anchor],
    now: Timestamp,
) -> Result<Signer, Reason> {
    if chain.len() > CHAIN_MAX {
        let text = format!("a chain of more than {CHAIN_MAX} certificates");
        return Err(Reason::new(Code::Certificate, text));
    }
    let Some((first, rest)) = chain.split_first() else {
        return Err(Reason::new(Code::Certificate, "no certificate of the signer"));
    };
    let leaf = parse(first, "the signer's certificate")?;
    check(&leaf, now, false)?;
    let mut current = parse(first, "the signer's certificate")?;
    let mut rest = rest.iter();
    loop {
        if anchors.iter().any(|anchor| anchor.der == current.der) {
            return signer(&leaf);
        }
        if vouched(&current, anchors, now)? {
            return signer(&leaf);
        }
        let Some(next) = rest.next() else {
            let text = format!(
                "no trust anchor vouches for `{}`: give the certificate of its issuer as trust anchor, if you trust it",
                current.cert.tbs_certificate().issuer()
            );
            return Err(Reason::new(Code::Untrusted, text));
        };
        let next = parse(next, "a certificate of the chain")?;
        check(&next, now, true)?;
        issued(&current, &next.cert)?;
        current = next;
    }
}

/// Whether an anchor issued the certificate. A name that fits and a signature that does not is no anchor's.
fn vouched(current: &Parsed<'_>, anchors: &[Anchor], now: Timestamp) -> Result<bool, Reason> {
    let issuer = current.cert.tbs_certificate().issuer().to_der();
    let issuer = issuer.map_err(|_| Reason::new(Code::Malformed, "a name cannot be written"))?;
    let mut refused = None;
    for anchor in anchors {
        // Cheaper than reading every certificate of a large store.
        if !anchor.der.windows(issuer.len()).any(|part| part == issuer) {
            continue;
        }
        let Ok(parsed) = parse(&anchor.der, "a trust anchor") else {
            continue;
        };
        if issued(current, &parsed.cert).is_err() {
            continue;
        }
        match check(&parsed, now, true) {
            Ok(()) => return Ok(true),
            Err(reason) => refused = Some(reason),
        }
    }
    refused.map_or(Ok(false), Err)
}

/// Time and extensions of one certificate.
fn check(parsed: &Parsed<'_>, now: Timestamp, authority: bool) -> Result<(), Reason> {
    let tbs = parsed.cert.tbs_certificate();
    let (from, until) = in_force(&parsed.cert);
    if now.as_millis() < from {
        let text = format!("the certificate of `{}` is not yet in force", tbs.subject());
        return Err(Reason::new(Code::NotYetValid, text));
    }
    if now.as_millis() > until {
        let text = format!("the certificate of `{}` is out of force", tbs.subject());
        return Err(Reason::new(Code::Expired, text));
    }
    let refuse = |text: &str| {
        let text = format!("the certificate of `{}` {text}", tbs.subject());
        Err(Reason::new(Code::Certificate, text))
    };
    for extension in tbs.extensions().into_iter().flatten() {
        if extension.critical && !KNOWN_EXTENSIONS.iter().any(|id| oid(id) == extension.extn_id) {
            return refuse("has a critical extension that is not known here");
        }
    }
    let constraints = tbs.get_extension::<BasicConstraints>();
    let usage = tbs.get_extension::<KeyUsage>();
    let (Ok(constraints), Ok(usage)) = (constraints, usage) else {
        return refuse("has extensions that cannot be read");
    };
    let is_authority = constraints.is_some_and(|(_, c)| c.ca);
    if authority {
        if !is_authority {
            return refuse("issued another, and is not one of an authority");
        }
        if usage.is_some_and(|(_, usage)| !usage.key_cert_sign()) {
            return refuse("issued another, and may not sign certificates");
        }
    } else if usage.is_some_and(|(_, usage)| !usage.digital_signature()) {
        return refuse("may not sign data");
    }
    Ok(())
}

fn in_force(cert: &Certificate) -> (i64, i64) {
    let validity = cert.tbs_certificate().validity();
    let millis = |time: x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
    };
    (millis(validity.not_before), millis(validity.not_after))
}

/// Whether `issuer` issued `subject`: the name, then the signature.
fn issued(subject: &Parsed<'_>, issuer: &Certificate) -> Result<(), Reason> {
    let tbs = subject.cert.tbs_certificate();
    if tbs.issuer() != issuer.tbs_certificate().subject() {
        let text = "a certificate of the chain was not issued by the next";
        return Err(Reason::new(Code::Certificate, text));
    }
    let key = key_of(issuer.tbs_certificate().subject_public_key_info())?;
    let signed = signed_part(subject.der)
        .ok_or_else(|| Reason::new(Code::Malformed, "a certificate is not DER"))?;
    let signature = subject.cert.signature().raw_bytes();
    let algorithm = subject.cert.signature_algorithm();
    if algorithm != tbs.signature() {
        let text = "a certificate names two algorithms of its signature";
        return Err(Reason::new(Code::Certificate, text));
    }
    let name = algorithm.oid.to_string();
    let held = match (&key, name.as_str()) {
        (PublicKey::Ec(curve, point), "1.2.840.10045.4.3.2") => {
            let algorithm = match curve {
                Curve::P256 => &sig::ECDSA_P256_SHA256_ASN1,
                Curve::P384 => &sig::ECDSA_P384_SHA256_ASN1,
                Curve::P521 => &sig::ECDSA_P521_SHA256_ASN1,
            };
            holds(algorithm, point, signed, signature)
        }
        (PublicKey::Ec(curve, point), "1.2.840.10045.4.3.3") => {
            let algorithm = match curve {
                Curve::P256 => &sig::ECDSA_P256_SHA384_ASN1,
                Curve::P384 => &sig::ECDSA_P384_SHA384_ASN1,
                Curve::P521 => &sig::ECDSA_P521_SHA384_ASN1,
            };
            holds(algorithm, point, signed, signature)
        }
        (PublicKey::Ec(curve, point), "1.2.840.10045.4.3.4") => {
            let algorithm = match curve {
                Curve::P256 => &sig::ECDSA_P256_SHA512_ASN1,
                Curve::P384 => &sig::ECDSA_P384_SHA512_ASN1,
                Curve::P521 => &sig::ECDSA_P521_SHA512_ASN1,
            };
            holds(algorithm, point, signed, signature)
        }
        (PublicKey::Ed25519(key), "1.3.101.112") => holds(&sig::ED25519, key, signed, signature),
        (PublicKey::Rsa { n, e }, "1.2.840.113549.1.1.11" | "1.2.840.113549.1.1.12" | "1.2.840.113549.1.1.13") => {
            let parameters = match name.as_str() {
                "1.2.840.113549.1.1.11" => &sig::RSA_PKCS1_2048_8192_SHA256,
                "1.2.840.113549.1.1.12" => &sig::RSA_PKCS1_2048_8192_SHA384,
                _ => &sig::RSA_PKCS1_2048_8192_SHA512,
            };
            aws_lc_rs::rsa::PublicKeyComponents { n, e }
                .verify(parameters, signed, signature)
                .is_ok()
        }
        _ => {
            let text = format!("a certificate is signed with `{name}`, which is not accepted");
            return Err(Reason::new(Code::Algorithm, text));
        }
    };
    if held {
        return Ok(());
    }
    let text = "the signature of a certificate of the chain does not hold";
    Err(Reason::new(Code::BadSignature, text))
}

/// The bytes that the issuer signed.
fn signed_part(der: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(der).ok()?;
    Header::decode(&mut reader).ok()?;
    reader.tlv_bytes().ok()
}

fn signer(parsed: &Parsed<'_>) -> Result<Signer, Reason> {
    let tbs = parsed.cert.tbs_certificate();
    let unread = |_| Reason::new(Code::Malformed, "an extension of the certificate cannot be read");
    let purposes = tbs.get_extension::<ExtendedKeyUsage>().map_err(unread)?;
    let names = tbs.get_extension::<SubjectAltName>().map_err(unread)?;
    let names = names.map(|(_, names)| names.0).unwrap_or_default();
    Ok(Signer {
        key: key_of(tbs.subject_public_key_info())?,
        country: tbs.subject().country().ok().flatten().map(|c| c.to_string()),
        in_force: in_force(&parsed.cert),
        names: names.iter().filter_map(name).collect(),
        subject: tbs.subject().to_string(),
        purposes: purposes.map(|(_, usage)| usage.0),
    })
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(text) | GeneralName::UniformResourceIdentifier(text) => {
            Some(text.to_string())
        }
        _ => None,
    }
}

/// The key in a certificate.
fn key_of(
    spki: &SubjectPublicKeyInfo<x509_cert::der::Any, x509_cert::der::asn1::BitString>,
) -> Result<PublicKey, Reason> {
    let wrong = |text: &str| Reason::new(Code::Key, text);
    let bytes = spki.subject_public_key.raw_bytes();
    let parameter = spki.algorithm.parameters.as_ref();
    let curve = parameter.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match spki.algorithm.oid.to_string().as_str() {
        "1.2.840.10045.2.1" => {
            let curve = match curve.map(|c| c.to_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => Curve::P256,
                Some("1.3.132.0.34") => Curve::P384,
                Some("1.3.132.0.35") => Curve::P521,
                _ => return Err(wrong("the certificate's curve is not supported")),
            };
            PublicKey::ec_point(curve, bytes)
        }
        "1.3.101.112" => PublicKey::ed25519(bytes),
        "1.2.840.113549.1.1.1" => {
            let mut reader = SliceReader::new(bytes).map_err(|_| wrong("the RSA key is not DER"))?;
            let unread = |_| wrong("the RSA key cannot be read");
            Header::decode(&mut reader).map_err(unread)?;
            let n = x509_cert::der::asn1::UintRef::decode(&mut reader).map_err(unread)?;
            let e = x509_cert::der::asn1::UintRef::decode(&mut reader).map_err(unread)?;
            PublicKey::rsa(n.as_bytes().to_vec(), e.as_bytes().to_vec())
        }
        _ => Err(wrong("the certificate's key is of no supported type")),
    }
}
