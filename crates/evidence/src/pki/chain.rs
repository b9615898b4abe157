//! Paths from a signer to a trust anchor (RFC 5280, section 6, as far as it is used: names, signatures, validity, basic
//! constraints, path length).

use bonafide_model::Timestamp;

use super::certificate::Certificate;
use super::store::Store;
use crate::verdict::{Code, Reason};

/// Authorities between a signer and its anchor: none of the infrastructures used here has more than two.
const MOST_INTERMEDIATES: u32 = 5;

/// Refuses a signer from which no path of certificates, all valid at an instant, leads to an anchor.
pub(crate) fn check<'a>(
    signer: &Certificate<'a>,
    others: &[Certificate<'a>],
    store: &Store<'a>,
    at: Timestamp,
) -> Result<(), Reason> {
    signer.valid_at(at, "the signer")?;
    let mut current = *signer;
    for below in 0..=MOST_INTERMEDIATES {
        if store.anchors.iter().any(|anchor| anchor.raw == current.raw) {
            return Ok(());
        }
        if let Some(anchor) = store.issuer_of(&current) {
            anchor.may_certify()?;
            anchor.valid_at(at, "the authority")?;
            if anchor.path() < below {
                break;
            }
            return store.not_revoked(&current, anchor);
        }
        let issues = |other: &&Certificate<'a>| {
            other.subject.agrees(current.issuer)
                && other.raw != current.raw
                && other.may_certify().is_ok()
                && other.path() >= below
                && current.signed_by(other).is_ok()
        };
        let Some(next) = others.iter().find(issues) else {
            break;
        };
        next.valid_at(at, "an intermediate authority")?;
        store.not_revoked(&current, next)?;
        current = *next;
    }
    Err(Reason::new(
        Code::Untrusted,
        "no trust anchor vouches for the signer",
    ))
}
