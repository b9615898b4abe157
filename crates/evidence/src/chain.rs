//! The signer of a credential: its certificate, the way from there to a trust anchor of the operator, and its key.
//!
//! The steps of the way are those of [`crate::pki`]; here is what wallets' credentials need of the certificate at its
//! start. Refuses an empty or overlong chain, and a signer for which no anchor vouches.

use bonafide_model::Timestamp;

use crate::context::Anchor;
use crate::keys::{Curve, PublicKey};
use crate::pki::certificate::Certificate;
use crate::pki::key::Key;
use crate::pki::store::Store;
use crate::pki::tlv::Broken;
use crate::verdict::{Code, Reason};

/// Certificates in a chain: signer, two intermediates and a root, and room to spare.
const CHAIN_MAX: usize = 6;
/// Bytes of a certificate: one with a large RSA key and many names has 4 KiB.
const CERTIFICATE_MAX_BYTES: usize = 16 * 1024;

/// A signer that is vouched for.
pub(crate) struct Signer<'a> {
    pub(crate) key: PublicKey,
    certificate: Certificate<'a>,
}

impl Signer<'_> {
    /// Whether the certificate says that it is for this purpose and no other.
    pub(crate) fn is_for(&self, purpose: &[u8]) -> bool {
        self.certificate.only_purpose(purpose).is_some()
    }

    /// The country in the subject's name.
    pub(crate) fn country(&self) -> Result<Option<String>, Broken> {
        self.certificate.subject.country()
    }

    /// The common name in the subject's name.
    pub(crate) fn name(&self) -> Result<Option<String>, Broken> {
        Ok(self.certificate.subject.common_name()?.map(str::to_owned))
    }

    /// Whether the certificate is in force at an instant.
    pub(crate) fn in_force(&self, at: Timestamp) -> bool {
        (self.certificate.not_before..=self.certificate.not_after).contains(&at)
    }

    /// Whether one of the names that the subject goes by is this URI, or this host.
    pub(crate) fn goes_by(&self, uri: &str, host: &str) -> Result<bool, Broken> {
        let names = self.certificate.alternative_names()?;
        Ok(names
            .iter()
            .any(|name| *name == uri || name.eq_ignore_ascii_case(host)))
    }
}

/// Finds the way from the first certificate to an anchor, every step in force at `now`.
pub(crate) fn trust<'a>(
    chain: &[&'a [u8]],
    anchors: &'a [Anchor],
    now: Timestamp,
) -> Result<Signer<'a>, Reason> {
    if chain.len() > CHAIN_MAX {
        let text = format!("a chain of more than {CHAIN_MAX} certificates");
        return Err(Reason::new(Code::Certificate, text));
    }
    if chain.iter().any(|der| der.len() > CERTIFICATE_MAX_BYTES) {
        let text = format!("a certificate of more than {CERTIFICATE_MAX_BYTES} bytes");
        return Err(Reason::new(Code::TooLarge, text));
    }
    let read: Result<Vec<Certificate<'a>>, Broken> =
        chain.iter().map(|der| Certificate::read(der)).collect();
    let read = read?;
    let (signer, others) = read
        .split_first()
        .ok_or_else(|| Reason::new(Code::Certificate, "the signer's certificate is missing"))?;
    signer.may_sign()?;
    crate::pki::chain::check(signer, others, &Store::read(anchors)?, now)?;
    Ok(Signer {
        key: public_key(&signer.key()?)?,
        certificate: *signer,
    })
}

fn public_key(key: &Key<'_>) -> Result<PublicKey, Reason> {
    match *key {
        Key::Rsa { modulus, exponent } => PublicKey::rsa(modulus.to_vec(), exponent.to_vec()),
        Key::Ed25519(bytes) => PublicKey::ed25519(bytes),
        Key::Ec { curve, point } => match Curve::from_jose(curve.name) {
            Some(known) => PublicKey::ec_point(known, point),
            None => Ok(PublicKey::OtherEc(curve, point.to_vec())),
        },
    }
}
