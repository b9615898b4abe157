//! Signed data of the Cryptographic Message Syntax (RFC 5652) with one signer.

use super::certificate::Certificate;
use super::hash::Hash;
use super::name::Name;
use super::oid;
use super::signature::Scheme;
use super::tlv::{Broken, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET, context, single};
use crate::verdict::{Code, Reason};

const WHAT: &str = "a signed message (CMS)";

/// The tag of a key identifier as the name of a signer.
const KEY_ID: u32 = 0x80;

/// Signed data.
#[derive(Debug, Clone)]
pub(crate) struct SignedData<'a> {
    /// What sort of content was signed.
    pub(crate) content_type: &'a [u8],
    /// The content.
    pub(crate) content: &'a [u8],
    certificates: Reader<'a>,
    signer: Signer<'a>,
}

#[derive(Debug, Clone, Copy)]
enum SignerId<'a> {
    IssuerAndSerial(Name<'a>, &'a [u8]),
    Key(&'a [u8]),
}

#[derive(Debug, Clone)]
struct Signer<'a> {
    id: SignerId<'a>,
    hash: Hash,
    attributes: Option<&'a [u8]>,
    algorithm: Reader<'a>,
    signature: &'a [u8],
}

impl<'a> SignedData<'a> {
    /// Reads a `ContentInfo` and nothing after it.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Reason> {
        let mut info = single(der, SEQUENCE, WHAT)?.inside();
        if info.expect(OID, WHAT)?.value != oid::SIGNED_DATA {
            return Err(Reason::new(
                Code::Malformed,
                "a message that is not signed data",
            ));
        }
        let explicit = info.expect(context(0), WHAT)?;
        info.end(WHAT)?;
        let mut fields = single(explicit.value, SEQUENCE, WHAT)?.inside();
        fields.small(WHAT)?;
        fields.expect(SET, WHAT)?;
        let mut encapsulated = fields.enter(SEQUENCE, WHAT)?;
        let content_type = encapsulated.expect(OID, WHAT)?.value;
        let content = encapsulated.expect(context(0), WHAT)?;
        let content = single(content.value, OCTET_STRING, WHAT)?.value;
        encapsulated.end(WHAT)?;
        let certificates = fields.optional(context(0), WHAT)?;
        fields.optional(context(1), WHAT)?;
        let mut signers = fields.enter(SET, WHAT)?;
        fields.end(WHAT)?;
        let signer = Signer::read(signers.enter(SEQUENCE, WHAT)?)?;
        if !signers.is_empty() {
            return Err(Reason::new(
                Code::Malformed,
                "a message with several signers",
            ));
        }
        Ok(Self {
            content_type,
            content,
            certificates: certificates.map_or(Reader::new(&[]), |set| set.inside()),
            signer,
        })
    }

    /// The certificates inside. Those of other forms than X.509 are left out.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate<'a>>, Broken> {
        let mut set = self.certificates;
        let mut out = Vec::new();
        while !set.is_empty() {
            let choice = set.next(WHAT)?;
            if choice.tag == SEQUENCE {
                out.push(Certificate::read(choice.raw)?);
            }
        }
        Ok(out)
    }

    /// The signer's certificate: one of those inside, or of those given apart.
    pub(crate) fn signer(&self, apart: &[Certificate<'a>]) -> Result<Certificate<'a>, Reason> {
        let inside = self.certificates()?;
        let mut all = inside.iter().chain(apart);
        let found = all.find(|certificate| match self.signer.id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                certificate.serial == serial && certificate.issuer.agrees(issuer)
            }
            SignerId::Key(id) => certificate.subject_key() == Some(id),
        });
        found.copied().ok_or_else(|| {
            let text = "the signer's certificate is neither in the message nor given apart";
            Reason::new(Code::Untrusted, text)
        })
    }

    /// The value of a signed attribute that stands once, with one value.
    pub(crate) fn attribute(&self, wanted: &[u8]) -> Result<Option<&'a [u8]>, Reason> {
        let mut list = match self.signer.attributes {
            Some(raw) => Reader::new(raw).next(WHAT)?.inside(),
            None => return Ok(None),
        };
        let mut found = None;
        while !list.is_empty() {
            let mut attribute = list.enter(SEQUENCE, WHAT)?;
            let name = attribute.expect(OID, WHAT)?.value;
            let mut values = attribute.enter(SET, WHAT)?;
            attribute.end(WHAT)?;
            if name != wanted {
                continue;
            }
            let value = values.next(WHAT)?;
            values.end(WHAT)?;
            if found.replace(value.raw).is_some() {
                return Err(Broken(WHAT).into());
            }
        }
        Ok(found)
    }

    /// Refuses data that the holder of this certificate did not sign (RFC 5652, sections 5.4 and 5.6).
    pub(crate) fn verify(&self, certificate: &Certificate<'_>) -> Result<(), Reason> {
        let scheme = Scheme::read(self.signer.algorithm, Some(self.signer.hash))?;
        if scheme.hash().is_some_and(|hash| hash != self.signer.hash) {
            let text = "the signature and its signer name different hash functions";
            return Err(Reason::new(Code::Algorithm, text));
        }
        let key = certificate.key()?;
        let Some(attributes) = self.signer.attributes else {
            return scheme.verify(&key, self.content, self.signer.signature);
        };
        let stated = self.attribute(oid::CONTENT_TYPE)?;
        let stated = stated.map(|raw| single(raw, OID, WHAT)).transpose()?;
        if stated.is_none_or(|stated| stated.value != self.content_type) {
            let text = "the signed attributes name another type of content";
            return Err(Reason::new(Code::Contradiction, text));
        }
        let digest = self.attribute(oid::MESSAGE_DIGEST)?;
        let digest = digest
            .map(|raw| single(raw, OCTET_STRING, WHAT))
            .transpose()?;
        if digest
            .is_none_or(|digest| digest.value != self.signer.hash.digest(self.content).as_ref())
        {
            let text = "the content does not have the digest that was signed";
            return Err(Reason::new(Code::Digest, text));
        }
        // What is signed is the attributes as a set, whatever tag they are sent with.
        let mut set = attributes.to_vec();
        if let Some(first) = set.first_mut() {
            *first = 0x31;
        }
        scheme.verify(&key, &set, self.signer.signature)
    }
}

impl<'a> Signer<'a> {
    fn read(mut fields: Reader<'a>) -> Result<Self, Reason> {
        fields.small(WHAT)?;
        let id = fields.next(WHAT)?;
        let id = match id.tag {
            SEQUENCE => {
                let mut pair = id.inside();
                let issuer = Name(pair.expect(SEQUENCE, WHAT)?.raw);
                SignerId::IssuerAndSerial(issuer, pair.expect(INTEGER, WHAT)?.value)
            }
            KEY_ID => SignerId::Key(id.value),
            _ => return Err(Broken(WHAT).into()),
        };
        let hash = Hash::read(fields.enter(SEQUENCE, WHAT)?)?;
        let attributes = fields.optional(context(0), WHAT)?.map(|tlv| tlv.raw);
        let algorithm = fields.enter(SEQUENCE, WHAT)?;
        let signature = fields.expect(OCTET_STRING, WHAT)?.value;
        fields.optional(context(1), WHAT)?;
        fields.end(WHAT)?;
        Ok(Self {
            id,
            hash,
            attributes,
            algorithm,
            signature,
        })
    }
}
