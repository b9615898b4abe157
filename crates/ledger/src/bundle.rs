//! Entry bundles: up to 256 entries, each behind its length as a big-endian `u16`. Source: C2SP tlog-tiles, "Log entries".

use crate::tile::TILE_WIDTH;

/// The longest entry a bundle can hold: its length is 16 bits.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// Bytes that are not an entry bundle, or entries that do not fit one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry longer than [`MAX_ENTRY_BYTES`].
    #[error("an entry has {0} bytes, and at most {MAX_ENTRY_BYTES} fit a bundle")]
    TooLong(usize),
    /// The bytes end within an entry.
    #[error("the bundle ends within its entry {0}")]
    Cut(usize),
    /// Another number of entries than asked for.
    #[error("the bundle holds {found} entries instead of {expected}")]
    Count {
        /// How many it should hold.
        expected: usize,
        /// How many it holds.
        found: usize,
    },
}

/// Appends one entry to a bundle.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// Writes a bundle.
///
/// # Errors
/// If there are more than 256 entries or one is too long.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, BundleError> {
    if entries.len() > usize::from(TILE_WIDTH) {
        return Err(BundleError::Count {
            expected: usize::from(TILE_WIDTH),
            found: entries.len(),
        });
    }
    let mut bundle = Vec::new();
    for entry in entries {
        push_entry(&mut bundle, entry.as_ref())?;
    }
    Ok(bundle)
}

/// Reads a bundle of exactly `width` entries.
///
/// # Errors
/// If the bytes are cut or hold another number of entries.
pub fn parse_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let entries = parse_entries(bytes)?;
    if entries.len() != usize::from(width) {
        return Err(BundleError::Count {
            expected: usize::from(width),
            found: entries.len(),
        });
    }
    Ok(entries)
}

/// Reads a bundle of however many entries.
///
/// # Errors
/// If the bytes are cut.
pub fn parse_entries(bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let cut = BundleError::Cut(entries.len());
        let Some((length, after)) = rest.split_first_chunk::<2>() else {
            return Err(cut);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((entry, after)) = after.split_at_checked(length) else {
            return Err(cut);
        };
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_read_back_and_other_lengths_are_refused() {
        let entries: [&[u8]; 3] = [b"one", b"", b"three"];
        let bundle = encode_bundle(&entries).unwrap();
        assert_eq!(bundle, b"\x00\x03one\x00\x00\x00\x05three");
        assert_eq!(parse_bundle(&bundle, 3).unwrap(), entries);
        assert!(parse_bundle(&bundle, 2).is_err());
        assert!(parse_bundle(&bundle, 4).is_err());
        for cut in 1..bundle.len() {
            assert!(parse_bundle(&bundle[..cut], 3).is_err(), "{cut}");
        }
        let long = vec![0; MAX_ENTRY_BYTES + 1];
        assert_eq!(
            encode_bundle(&[long]),
            Err(BundleError::TooLong(MAX_ENTRY_BYTES + 1))
        );
        assert!(encode_bundle(&vec![b""; 257]).is_err());
    }
}
