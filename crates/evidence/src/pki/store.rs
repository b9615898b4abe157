//! The trust anchors that somebody handed in, sorted by what they are: certificates, master lists of certificates, and
//! lists of revoked ones.

use super::certificate::Certificate;
use super::cms::SignedData;
use super::crl::Crl;
use super::oid;
use super::tlv::{OID, Reader, SEQUENCE, SET, single};
use crate::context::Anchor;
use crate::verdict::{Code, Reason};

/// What is trusted, and what is not any more.
#[derive(Debug, Default)]
pub(crate) struct Store<'a> {
    /// Certificates that are trusted as they stand.
    pub(crate) anchors: Vec<Certificate<'a>>,
    /// Lists of revoked certificates; trusted only as far as an anchor signed them.
    pub(crate) crls: Vec<Crl<'a>>,
}

impl<'a> Store<'a> {
    /// Reads anchors. A master list is taken only if its signature holds and its signer is certified by an authority in
    /// the list itself or among the other anchors: whoever supplies the file vouches for it, and the signature shows
    /// that it is whole.
    pub(crate) fn read(anchors: &'a [Anchor]) -> Result<Self, Reason> {
        let mut store = Self::default();
        let mut lists = Vec::new();
        for anchor in anchors {
            let der = anchor.der.as_slice();
            if is_content_info(der) {
                lists.push(SignedData::read(der)?);
            } else if let Ok(certificate) = Certificate::read(der) {
                store.anchors.push(certificate);
            } else if let Ok(crl) = Crl::read(der) {
                store.crls.push(crl);
            } else {
                let text = "a trust anchor is neither a certificate, nor a master list, nor a list of revoked ones";
                return Err(Reason::new(Code::Context, text));
            }
        }
        for list in lists {
            let certificates = master_list(&list, &store.anchors)?;
            store.anchors.extend(certificates);
        }
        Ok(store)
    }

    /// The anchors that bear this name and signed this certificate.
    pub(crate) fn issuer_of(&self, certificate: &Certificate<'a>) -> Option<&Certificate<'a>> {
        let named = |anchor: &&Certificate<'a>| anchor.subject.agrees(certificate.issuer);
        let mut named = self.anchors.iter().filter(named);
        named.find(|anchor| certificate.signed_by(anchor).is_ok())
    }

    /// Refuses a certificate that its issuer has revoked.
    pub(crate) fn not_revoked(
        &self,
        certificate: &Certificate<'a>,
        issuer: &Certificate<'a>,
    ) -> Result<(), Reason> {
        for crl in self
            .crls
            .iter()
            .filter(|crl| crl.issuer.agrees(certificate.issuer))
        {
            // A list that somebody else signed says nothing.
            if crl.signed_by(issuer).is_err() {
                continue;
            }
            if let Some(at) = crl.revoked(certificate.serial)? {
                let text = format!("the signer's certificate was revoked at {at}");
                return Err(Reason::new(Code::Revoked, text));
            }
        }
        Ok(())
    }
}

fn is_content_info(der: &[u8]) -> bool {
    let mut reader = Reader::new(der);
    reader
        .expect(SEQUENCE, "")
        .is_ok_and(|outer| outer.inside().peek() == OID)
}

/// The certificates of a CSCA master list (Doc 9303 part 12, section 9).
fn master_list<'a>(
    list: &SignedData<'a>,
    anchors: &[Certificate<'a>],
) -> Result<Vec<Certificate<'a>>, Reason> {
    let what = "a master list";
    if list.content_type != oid::MASTER_LIST {
        return Err(Reason::new(
            Code::Context,
            "a trust anchor is a signed message, and not a master list",
        ));
    }
    let mut fields = single(list.content, SEQUENCE, what)?.inside();
    fields.small(what)?;
    let mut set = fields.enter(SET, what)?;
    fields.end(what)?;
    let mut certificates = Vec::new();
    while !set.is_empty() {
        certificates.push(Certificate::read(set.expect(SEQUENCE, what)?.raw)?);
    }
    let signer = list.signer(&certificates)?;
    list.verify(&signer)?;
    let mut authorities = certificates.iter().chain(anchors);
    let certified = authorities.any(|authority| {
        authority.subject.agrees(signer.issuer)
            && authority.may_certify().is_ok()
            && signer.signed_by(authority).is_ok()
    });
    if !certified || !signer.has_purpose(oid::MASTER_LIST_SIGNER) {
        return Err(Reason::new(
            Code::Untrusted,
            "the signer of a master list is not certified for that",
        ));
    }
    certificates.retain(|certificate| certificate.may_certify().is_ok());
    Ok(certificates)
}
