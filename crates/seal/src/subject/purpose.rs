//! What a key is for, and for how long: [`Purpose`] and [`RetentionClass`].

use std::fmt;
use std::str::FromStr;

macro_rules! purposes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal;)+) => {
        /// What data is kept for; each purpose has its own key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Purpose {
            $($(#[doc = $doc])+ $name = $code,)+
        }

        impl Purpose {
            /// Every purpose.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name used in files and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

// The numbers are in stored rows: never reuse one.
purposes! {
    /// Who the party is: names, dates, nationality, identity documents.
    Identity = 1, "identity";
    /// How the party is reached: addresses, e-mail, telephone.
    Contact = 2, "contact";
    /// Means and source of payment.
    Payment = 3, "payment";
    /// National identification numbers, apart from everything else.
    NationalId = 4, "national_id";
    /// Biometrics, apart from everything else.
    Biometric = 5, "biometric";
    /// Results of screening against lists.
    Screening = 6, "screening";
    /// Assessments, their inputs and the openings of their commitments.
    Assessment = 7, "assessment";
    /// Operating the account: cases, notes, lawful processes.
    Operations = 8, "operations";
}

impl Purpose {
    pub(super) const fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.code() == code)
    }

    /// The purpose with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.as_str() == name)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The longest name of a retention class: it is repeated in every subject's row.
pub(super) const RETENTION_CLASS_MAX_BYTES: usize = 64;

/// The name of a term of keeping and its ground, as the policy packs use it: `aml`, `marketing`, `tax.invoice`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionClass(String);

/// Text that cannot name a retention class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a retention class: use a lower-case letter, then letters, digits, `_`, `.` or `-`, at most {max} in all",
    max = RETENTION_CLASS_MAX_BYTES
)]
pub struct RetentionClassError(String);

impl RetentionClass {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RetentionClass {
    type Err = RetentionClassError;

    fn from_str(text: &str) -> Result<Self, RetentionClassError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
        let good = text.len() <= RETENTION_CLASS_MAX_BYTES
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(allowed);
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(RetentionClassError(
                text.chars().take(RETENTION_CLASS_MAX_BYTES).collect(),
            ))
        }
    }
}

impl fmt::Display for RetentionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_distinct_and_round_trip() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(*purpose));
            assert_eq!(Purpose::from_name(purpose.as_str()), Some(*purpose));
        }
        assert_eq!(Purpose::from_code(0), None);
    }

    #[test]
    fn odd_class_names_are_refused() {
        for good in ["aml", "tax.invoice-10", "a"] {
            assert_eq!(good.parse::<RetentionClass>().unwrap().as_str(), good);
        }
        let long = "a".repeat(RETENTION_CLASS_MAX_BYTES + 1);
        for bad in ["", "1a", "AML", "a b", "a|b", "ä", long.as_str()] {
            assert!(bad.parse::<RetentionClass>().is_err(), "{bad}");
        }
    }
}
