//! Legal entity identifiers. Source: ISO 17442-1:2020; ISO/IEC 7064, MOD 97-10.

use super::arithmetic::{alphanumeric, mod_97};
use super::{Checked, checked, form};

/// Checks an identifier of 20 characters.
pub(super) fn check(lei: &str) -> Checked {
    alphanumeric(lei, &[20])?;
    let digits = lei.get(18..).unwrap_or_default();
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(form("a legal entity identifier ends with two digits"));
    }
    // 98 less a remainder of 0 to 96: 00, 01 and 99 pass the arithmetic and are never issued.
    if matches!(digits, "00" | "01" | "99") {
        return Err(form("check digits 00, 01 and 99 are never issued"));
    }
    checked(mod_97(lei) == Some(1), lei.to_owned())
}
