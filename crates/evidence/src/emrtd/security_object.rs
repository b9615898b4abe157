//! The LDS security object: which data group has which hash (Doc 9303 part 10, section 4.6.2).

use std::collections::BTreeMap;

use super::data_group::DataGroups;
use crate::pki::cms::SignedData;
use crate::pki::hash::Hash;
use crate::pki::oid;
use crate::pki::tlv::{OCTET_STRING, SEQUENCE, single};
use crate::verdict::{Code, Reason};

const WHAT: &str = "the list of hashes";

/// The hashes that were signed.
pub(super) struct SecurityObject<'a> {
    pub(super) hash: Hash,
    hashes: BTreeMap<u8, &'a [u8]>,
}

impl<'a> SecurityObject<'a> {
    pub(super) fn read(data: &SignedData<'a>) -> Result<Self, Reason> {
        if data.content_type != oid::LDS_SECURITY_OBJECT {
            let text = "what was signed is not a security object of a travel document";
            return Err(Reason::new(Code::ContentType, text));
        }
        let mut fields = single(data.content, SEQUENCE, WHAT)?.inside();
        let version = fields.small(WHAT)?;
        let hash = Hash::read(fields.enter(SEQUENCE, WHAT)?)?;
        let mut list = fields.enter(SEQUENCE, WHAT)?;
        // Version 1 adds the versions of LDS and Unicode.
        if version > 0 {
            fields.optional(SEQUENCE, WHAT)?;
        }
        fields.end(WHAT)?;
        let mut hashes = BTreeMap::new();
        while !list.is_empty() {
            let mut entry = list.enter(SEQUENCE, WHAT)?;
            let number = entry.small(WHAT)?;
            let digest = entry.expect(OCTET_STRING, WHAT)?.value;
            entry.end(WHAT)?;
            let number = u8::try_from(number).ok().filter(|n| (1..=16).contains(n));
            let fresh = number.is_some_and(|number| hashes.insert(number, digest).is_none());
            if !fresh || digest.len() != hash.len() {
                let text = "the list of hashes names a data group twice, none that exists, or a hash of a wrong length";
                return Err(Reason::new(Code::Malformed, text));
            }
        }
        Ok(Self { hash, hashes })
    }

    /// Refuses data groups that were not signed, or not as they are.
    pub(super) fn check(&self, groups: &DataGroups) -> Result<(), Reason> {
        for (number, bytes) in groups.iter() {
            let Some(signed) = self.hashes.get(&number) else {
                let text = format!("data group {number} is not in the list of hashes");
                return Err(Reason::new(Code::Digest, text));
            };
            if self.hash.digest(bytes).as_ref() != *signed {
                let text = format!("data group {number} does not have the hash that was signed");
                return Err(Reason::new(Code::Digest, text));
            }
        }
        Ok(())
    }
}
