//! Lists of revoked certificates (RFC 5280, section 5).

use bonafide_model::Timestamp;

use super::certificate::{Certificate, time};
use super::name::Name;
use super::signature::Scheme;
use super::tlv::{
    BIT_STRING, Broken, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME, bits, single,
};
use crate::verdict::Reason;

const WHAT: &str = "a list of revoked certificates";

/// A list of revoked certificates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crl<'a> {
    signed: &'a [u8],
    algorithm: Reader<'a>,
    signature: &'a [u8],
    /// Whose certificates it is about.
    pub(crate) issuer: Name<'a>,
    entries: Reader<'a>,
}

impl<'a> Crl<'a> {
    /// Reads one list and nothing after it.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Broken> {
        let mut outer = single(der, SEQUENCE, WHAT)?.inside();
        let signed = outer.expect(SEQUENCE, WHAT)?;
        let algorithm = outer.expect(SEQUENCE, WHAT)?;
        let signature = bits(outer.expect(BIT_STRING, WHAT)?, WHAT)?;
        outer.end(WHAT)?;
        let mut fields = signed.inside();
        fields.optional(INTEGER, WHAT)?;
        if fields.expect(SEQUENCE, WHAT)?.raw != algorithm.raw {
            return Err(Broken(WHAT));
        }
        let issuer = Name(fields.expect(SEQUENCE, WHAT)?.raw);
        time(fields.next(WHAT)?)?;
        if matches!(fields.peek(), UTC_TIME | GENERALIZED_TIME) {
            time(fields.next(WHAT)?)?;
        }
        let entries = fields.optional(SEQUENCE, WHAT)?;
        Ok(Self {
            signed: signed.raw,
            algorithm: algorithm.inside(),
            signature,
            issuer,
            entries: entries.map_or(Reader::new(&[]), |list| list.inside()),
        })
    }

    /// Refuses a list that `issuer` did not sign.
    pub(crate) fn signed_by(&self, issuer: &Certificate<'_>) -> Result<(), Reason> {
        issuer.may_revoke()?;
        Scheme::read(self.algorithm, None)?.verify(&issuer.key()?, self.signed, self.signature)
    }

    /// When a certificate with this serial number was revoked, if it was.
    pub(crate) fn revoked(&self, serial: &[u8]) -> Result<Option<Timestamp>, Broken> {
        let mut entries = self.entries;
        while !entries.is_empty() {
            let mut entry = entries.enter(SEQUENCE, WHAT)?;
            let number = entry.expect(INTEGER, WHAT)?.value;
            let at = time(entry.next(WHAT)?)?;
            if number == serial {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}
