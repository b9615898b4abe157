//! Distinguished names: compared as bytes, and asked for a country.

use super::oid;
use super::tlv::{Broken, OID, Reader, SEQUENCE, SET, single};

/// A distinguished name as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a>(pub(crate) &'a [u8]);

impl<'a> Name<'a> {
    /// The value of an attribute that stands once; nothing if it is missing or stands twice.
    fn only(self, attribute: &[u8]) -> Result<Option<&'a str>, Broken> {
        let what = "a distinguished name";
        let mut sets = single(self.0, SEQUENCE, what)?.inside();
        let (mut found, mut count) = (None, 0);
        while !sets.is_empty() {
            let mut set = sets.enter(SET, what)?;
            while !set.is_empty() {
                let mut pair: Reader<'a> = set.enter(SEQUENCE, what)?;
                let kind = pair.expect(OID, what)?.value;
                let value = pair.next(what)?.value;
                if kind == attribute {
                    count += 1;
                    found = std::str::from_utf8(value).ok();
                }
            }
        }
        Ok(found.filter(|_| count == 1))
    }

    /// The country, in capitals. Two letters in all but broken names.
    pub(crate) fn country(self) -> Result<Option<String>, Broken> {
        let country = self.only(oid::COUNTRY)?;
        Ok(country
            .filter(|text| text.len() == 2)
            .map(str::to_ascii_uppercase))
    }

    /// The common name.
    pub(crate) fn common_name(self) -> Result<Option<&'a str>, Broken> {
        self.only(oid::COMMON_NAME)
    }

    /// Whether two names are the same, apart from the string types and the case of their values: document signers and
    /// their authorities do not always agree on those (RFC 5280, section 7.1).
    pub(crate) fn agrees(self, other: Name<'_>) -> bool {
        self.0 == other.0 || matches!((self.folded(), other.folded()), (Ok(a), Ok(b)) if a == b)
    }

    fn folded(self) -> Result<Vec<(&'a [u8], String)>, Broken> {
        let what = "a distinguished name";
        let mut sets = single(self.0, SEQUENCE, what)?.inside();
        let mut out = Vec::new();
        while !sets.is_empty() {
            let mut set = sets.enter(SET, what)?;
            while !set.is_empty() {
                let mut pair: Reader<'a> = set.enter(SEQUENCE, what)?;
                let kind = pair.expect(OID, what)?.value;
                let text = String::from_utf8_lossy(pair.next(what)?.value).to_lowercase();
                out.push((kind, text.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
        Ok(out)
    }
}
