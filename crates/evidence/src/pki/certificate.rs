//! X.509 certificates (RFC 5280), read without copying.

use bonafide_model::Timestamp;

use super::key::Key;
use super::name::Name;
use super::oid;
use super::signature::Scheme;
use super::tlv::{
    BIT_STRING, BOOLEAN, Broken, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE,
    Tlv, UTC_TIME, bits, context, single,
};
use crate::verdict::{Code, Reason};

const WHAT: &str = "a certificate";

/// Bits of the key usage, from the highest of its first octet down.
const DIGITAL_SIGNATURE: u8 = 0x80;
const CONTENT_COMMITMENT: u8 = 0x40;
const CERT_SIGN: u8 = 0x04;
const CRL_SIGN: u8 = 0x02;

/// A certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Certificate<'a> {
    /// All of it.
    pub(crate) raw: &'a [u8],
    signed: &'a [u8],
    algorithm: Reader<'a>,
    signature: &'a [u8],
    /// The octets of the serial number.
    pub(crate) serial: &'a [u8],
    /// Who issued it.
    pub(crate) issuer: Name<'a>,
    /// Whose it is.
    pub(crate) subject: Name<'a>,
    /// The first instant of its validity.
    pub(crate) not_before: Timestamp,
    /// The last.
    pub(crate) not_after: Timestamp,
    spki: &'a [u8],
    extensions: Extensions<'a>,
}

/// The extensions that matter here.
#[derive(Debug, Clone, Copy, Default)]
struct Extensions<'a> {
    authority: Option<bool>,
    path: Option<u32>,
    usage: Option<u8>,
    purposes: Option<(bool, &'a [u8])>,
    subject_key: Option<&'a [u8]>,
    names: Option<&'a [u8]>,
    unknown_critical: bool,
}

impl<'a> Certificate<'a> {
    /// Reads one certificate and nothing after it.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Broken> {
        let outer = single(der, SEQUENCE, WHAT)?;
        let mut outer_fields = outer.inside();
        let signed = outer_fields.expect(SEQUENCE, WHAT)?;
        let algorithm = outer_fields.expect(SEQUENCE, WHAT)?;
        let signature = bits(outer_fields.expect(BIT_STRING, WHAT)?, WHAT)?;
        outer_fields.end(WHAT)?;
        let mut fields = signed.inside();
        fields.optional(context(0), WHAT)?;
        let serial = fields.expect(INTEGER, WHAT)?.value;
        // The algorithm stands twice; a difference would be outside of the signature.
        if fields.expect(SEQUENCE, WHAT)?.raw != algorithm.raw {
            return Err(Broken(WHAT));
        }
        let issuer = Name(fields.expect(SEQUENCE, WHAT)?.raw);
        let mut validity = fields.enter(SEQUENCE, WHAT)?;
        let (not_before, not_after) = (time(validity.next(WHAT)?)?, time(validity.next(WHAT)?)?);
        validity.end(WHAT)?;
        let subject = Name(fields.expect(SEQUENCE, WHAT)?.raw);
        let spki = fields.expect(SEQUENCE, WHAT)?.raw;
        let mut extensions = Extensions::default();
        while !fields.is_empty() {
            let field = fields.next(WHAT)?;
            if field.tag == context(3) {
                extensions = Extensions::read(single(field.value, SEQUENCE, WHAT)?.inside())?;
            }
        }
        Ok(Self {
            raw: outer.raw,
            signed: signed.raw,
            algorithm: algorithm.inside(),
            signature,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            extensions,
        })
    }

    /// Its public key.
    pub(crate) fn key(&self) -> Result<Key<'a>, Reason> {
        Key::read(self.spki)
    }

    /// Refuses a certificate that `issuer` did not sign.
    pub(crate) fn signed_by(&self, issuer: &Self) -> Result<(), Reason> {
        Scheme::read(self.algorithm, None)?.verify(&issuer.key()?, self.signed, self.signature)
    }

    /// Refuses an instant outside of the validity; `whose` names the certificate in the text.
    pub(crate) fn valid_at(&self, at: Timestamp, whose: &str) -> Result<(), Reason> {
        if at < self.not_before {
            let text = format!(
                "the certificate of {whose} is valid from {} only",
                self.not_before
            );
            return Err(Reason::new(Code::NotYetValid, text));
        }
        if at > self.not_after {
            let text = format!("the certificate of {whose} expired at {}", self.not_after);
            return Err(Reason::new(Code::Expired, text));
        }
        Ok(())
    }

    /// Refuses a certificate that must not sign others.
    pub(crate) fn may_certify(&self) -> Result<(), Reason> {
        let usage = self
            .extensions
            .usage
            .is_none_or(|usage| usage & CERT_SIGN != 0);
        if self.extensions.authority == Some(true) && usage && !self.extensions.unknown_critical {
            return Ok(());
        }
        let text = "a certificate that is not of an authority has signed another";
        Err(Reason::new(Code::Certificate, text))
    }

    /// Refuses a certificate that must not sign lists of revoked ones.
    pub(crate) fn may_revoke(&self) -> Result<(), Reason> {
        if self
            .extensions
            .usage
            .is_none_or(|usage| usage & CRL_SIGN != 0)
        {
            return Ok(());
        }
        let text = "a list of revoked certificates is signed by a key that must not";
        Err(Reason::new(Code::Certificate, text))
    }

    /// Refuses a certificate that must not sign documents.
    pub(crate) fn may_sign(&self) -> Result<(), Reason> {
        self.may_use(DIGITAL_SIGNATURE)
    }

    /// Refuses a certificate that must not sign time-stamps, which some authorities call commitments.
    pub(crate) fn may_stamp(&self) -> Result<(), Reason> {
        self.may_use(DIGITAL_SIGNATURE | CONTENT_COMMITMENT)
    }

    fn may_use(&self, bits: u8) -> Result<(), Reason> {
        let usage = self.extensions.usage.is_none_or(|usage| usage & bits != 0);
        if usage && self.extensions.authority != Some(true) && !self.extensions.unknown_critical {
            return Ok(());
        }
        let text = "the signer's certificate is not one for signing documents";
        Err(Reason::new(Code::Certificate, text))
    }

    /// How many further authorities may stand below it; no bound if it says none.
    pub(crate) fn path(&self) -> u32 {
        self.extensions.path.unwrap_or(u32::MAX)
    }

    /// The identifier of its key.
    pub(crate) fn subject_key(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key
    }

    /// The host names and URIs that its subject goes by.
    pub(crate) fn alternative_names(&self) -> Result<Vec<&'a str>, Broken> {
        /// The tags of a DNS name and of a URI, which are context-specific and primitive.
        const NAMES: [u32; 2] = [0x82, 0x86];
        let Some(octets) = self.extensions.names else {
            return Ok(Vec::new());
        };
        let mut list = single(octets, SEQUENCE, WHAT)?.inside();
        let mut names = Vec::new();
        while !list.is_empty() {
            let name = list.next(WHAT)?;
            if NAMES.contains(&name.tag) {
                names.push(std::str::from_utf8(name.value).map_err(|_| Broken(WHAT))?);
            }
        }
        Ok(names)
    }

    /// Whether its extended key usage is this purpose and no other, and whether that is critical.
    pub(crate) fn only_purpose(&self, purpose: &[u8]) -> Option<bool> {
        let (critical, octets) = self.extensions.purposes?;
        let mut list = single(octets, SEQUENCE, WHAT).ok()?.inside();
        let only = list.expect(OID, WHAT).ok()?.value == purpose && list.is_empty();
        only.then_some(critical)
    }

    /// Whether its extended key usage, if it has one, names this purpose.
    pub(crate) fn has_purpose(&self, purpose: &[u8]) -> bool {
        let Some((_, octets)) = self.extensions.purposes else {
            return true;
        };
        let Ok(list) = single(octets, SEQUENCE, WHAT) else {
            return false;
        };
        let mut list = list.inside();
        while let Ok(found) = list.expect(OID, WHAT) {
            if found.value == purpose {
                return true;
            }
        }
        false
    }
}

impl<'a> Extensions<'a> {
    fn read(mut list: Reader<'a>) -> Result<Self, Broken> {
        let mut out = Self::default();
        while !list.is_empty() {
            let mut extension = list.enter(SEQUENCE, WHAT)?;
            let name = extension.expect(OID, WHAT)?.value;
            let critical = extension.optional(BOOLEAN, WHAT)?;
            let critical = critical.is_some_and(|flag| flag.value != [0]);
            let value = extension.expect(OCTET_STRING, WHAT)?.value;
            extension.end(WHAT)?;
            match name.strip_prefix(oid::EXTENSION) {
                Some([19]) => {
                    let mut fields = single(value, SEQUENCE, WHAT)?.inside();
                    let flag = fields.optional(BOOLEAN, WHAT)?;
                    out.authority = Some(flag.is_some_and(|flag| flag.value == [0xff]));
                    out.path = if fields.is_empty() {
                        None
                    } else {
                        Some(fields.small(WHAT)?)
                    };
                }
                Some([15]) => {
                    let octets = single(value, BIT_STRING, WHAT)?.value;
                    out.usage = Some(octets.get(1).copied().unwrap_or(0));
                }
                Some([37]) => out.purposes = Some((critical, value)),
                Some([14]) => out.subject_key = Some(single(value, OCTET_STRING, WHAT)?.value),
                Some([17]) => out.names = Some(value),
                // Names of issuers, policies, periods, addresses of lists: nothing that forbids what is done here.
                Some([16 | 18 | 31 | 32 | 35 | 46]) => {}
                _ => out.unknown_critical |= critical,
            }
        }
        Ok(out)
    }
}

/// An instant of a certificate or list (RFC 5280, section 4.1.2.5), in UTC.
pub(crate) fn time(tlv: Tlv<'_>) -> Result<Timestamp, Broken> {
    let what = "an instant";
    let text = std::str::from_utf8(tlv.value).map_err(|_| Broken(what))?;
    let digits = text.strip_suffix('Z').ok_or(Broken(what))?;
    let (digits, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !digits
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit())
    {
        return Err(Broken(what));
    }
    let full = match (tlv.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let century = if digits < "5" { "20" } else { "19" };
            format!("{century}{digits}")
        }
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return Err(Broken(what)),
    };
    let part = |from: usize, to: usize| full.get(from..to).unwrap_or("");
    let fraction = if fraction.is_empty() {
        String::new()
    } else {
        format!(".{fraction}")
    };
    let iso = format!(
        "{}-{}-{}T{}:{}:{}{fraction}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    iso.parse().map_err(|_| Broken(what))
}
