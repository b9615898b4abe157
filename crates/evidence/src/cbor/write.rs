//! Writing the few structures that are signed but never sent: shortest heads, definite lengths (RFC 8949, section 4.2).

/// The first bytes of an item: its major type and its argument, in the shortest form.
fn head(major: u8, n: u64) -> Vec<u8> {
    let first = |info: u8| (major << 5) | info;
    let tail = n.to_be_bytes();
    let (info, width) = match n {
        0..=23 => {
            let info = u8::try_from(n).unwrap_or_default();
            return vec![first(info)];
        }
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    let mut out = vec![first(info)];
    out.extend(tail.iter().skip(8 - width));
    out
}

/// Items one after the other.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn array(mut self, n: u64) -> Self {
        self.0.extend(head(4, n));
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.extend(head(3, text.len() as u64));
        self.0.extend(text.as_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(head(2, bytes.len() as u64));
        self.0.extend(bytes);
        self
    }

    /// CBOR inside CBOR: `#6.24(bstr)`.
    pub(crate) fn embedded(mut self, bytes: &[u8]) -> Self {
        self.0.extend(head(6, 24));
        self.bytes(bytes)
    }

    pub(crate) fn null(mut self) -> Self {
        self.0.push(0xf6);
        self
    }

    /// An item that is written already.
    pub(crate) fn raw(mut self, item: &[u8]) -> Self {
        self.0.extend(item);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}
