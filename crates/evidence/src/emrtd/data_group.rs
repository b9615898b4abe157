//! Data groups as they were sent, and the machine-readable zone in the first.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::context::from_text;
use crate::pki::tlv::{Reader, single};
use crate::verdict::{Code, Reason};

/// The tags of data groups 1 to 16 (Doc 9303 part 10, table 12).
const TAGS: [u32; 16] = [
    0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
];

/// The tag of the zone inside data group 1.
const ZONE: u32 = 0x5f1f;

/// Data groups by their number.
pub(super) struct DataGroups(BTreeMap<u8, Vec<u8>>);

impl DataGroups {
    /// From an object of numbers and hexadecimal or base64; `code` is that of whoever sent it.
    pub(super) fn read(value: &Value, code: Code) -> Result<Self, Reason> {
        let refused = || {
            let text = "`data_groups` must be an object of numbers 1 to 16, or `DG1` to `DG16`, and hexadecimal or base64";
            Reason::new(code, text)
        };
        let map = value.as_object().ok_or_else(refused)?;
        let mut out = BTreeMap::new();
        for (name, value) in map {
            let number = name
                .strip_prefix("DG")
                .or_else(|| name.strip_prefix("dg"))
                .unwrap_or(name);
            let number: u8 = number.parse().map_err(|_| refused())?;
            let bytes = value.as_str().and_then(from_text).ok_or_else(refused)?;
            let tag = number
                .checked_sub(1)
                .and_then(|at| TAGS.get(usize::from(at)));
            if tag.is_none() || out.insert(number, bytes).is_some() {
                return Err(refused());
            }
        }
        Ok(Self(out))
    }

    pub(super) fn get(&self, number: u8) -> Option<&[u8]> {
        self.0.get(&number).map(Vec::as_slice)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0
            .iter()
            .map(|(number, bytes)| (*number, bytes.as_slice()))
    }

    pub(super) fn numbers(&self) -> Vec<u8> {
        self.0.keys().copied().collect()
    }
}

/// The zone of data group 1, its lines run together.
pub(super) fn zone_text(group: &[u8]) -> Result<String, Reason> {
    let what = "data group 1";
    let [tag, ..] = TAGS;
    let inside = single(group, tag, what)?.value;
    let mut reader = Reader::new(inside);
    let zone = reader.expect(ZONE, what)?.value;
    reader.end(what)?;
    String::from_utf8(zone.to_vec())
        .map_err(|_| Reason::new(Code::Malformed, "data group 1 holds no text"))
}
