//! One way to write several fields as one string of bytes that no other fields can produce: each field is preceded by
//! its length as eight big-endian bytes, so that (`ab`, `c`) and (`a`, `bc`) differ.

/// The fields, each preceded by its length (u64, big-endian).
pub(crate) fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let total = parts.iter().map(|p| p.len() + size_of::<u64>()).sum();
    let mut framed = Vec::with_capacity(total);
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_fields_changes_the_whole() {
        assert_ne!(
            length_prefixed(&[b"ab", b"c"]),
            length_prefixed(&[b"a", b"bc"])
        );
        assert_ne!(length_prefixed(&[b"a"]), length_prefixed(&[b"a", b""]));
        assert_eq!(length_prefixed(&[b"hi"]), b"\0\0\0\0\0\0\0\x02hi");
    }
}
