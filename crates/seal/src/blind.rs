//! Blind index: exact search over sealed values. Each value is normalised and turned into tokens by a hash keyed per
//! tenant, so that the database can find equal values and learn nothing else.
//!
//! A token is personal data while the index key and the subject exist: it is deleted with the subject's rows, and it is
//! not printed, so that it does not end up in a log. Tokens of two tenants or two kinds never match. There is no prefix
//! search and no likeness: `screen` compares names, this finds them.
//!
//! Refuses: a value that cannot be normalised, with what to write instead; the message does not repeat the value.

mod normalise;

use std::fmt;

use aws_lc_rs::hmac;

use crate::Secret;
use crate::cipher::KEY_BYTES;
use crate::framing::length_prefixed;

/// Bytes of a token: 2^64 values of one kind before two are likely to share one, and a shared token costs one candidate
/// too many, which the opened value rules out.
pub const TOKEN_BYTES: usize = 16;

/// The longest value accepted: an e-mail address has at most 254 bytes, a name of an organisation rarely 300.
pub const VALUE_MAX_BYTES: usize = 1024;

/// The most name parts turned into tokens: each is an index row.
pub const NAME_PARTS_MAX: usize = 32;

/// What kind of value is searched for; part of every token. The names are in stored tokens: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttributeKind {
    /// An e-mail address. Case is folded on both sides of the `@`: a mailbox that tells `A` from `a` is found by either.
    Email,
    /// A telephone number in international form.
    Telephone,
    /// The number of a passport, licence or other document.
    DocumentNumber,
    /// A national identification number, apart from document numbers.
    NationalId,
    /// An account's id.
    AccountId,
    /// A name: each part is one token, so that parts are found in any order.
    Name,
}

impl AttributeKind {
    const fn tag(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Telephone => "telephone",
            Self::DocumentNumber => "document_number",
            Self::NationalId => "national_id",
            Self::AccountId => "account_id",
            Self::Name => "name",
        }
    }

    fn normalise(self, value: &str) -> Result<Vec<String>, BlindError> {
        let one = |value: String| vec![value];
        match self {
            Self::Email => normalise::email(value).map(one),
            Self::Telephone => normalise::telephone(value).map(one),
            Self::DocumentNumber | Self::NationalId => normalise::number(value).map(one),
            Self::AccountId => normalise::account_id(value).map(one),
            Self::Name => normalise::name_parts(value),
        }
    }
}

/// A value that cannot be searched for. Does not repeat the value: it is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlindError {
    /// More than [`VALUE_MAX_BYTES`].
    #[error("the value is too long: give at most {max} bytes", max = VALUE_MAX_BYTES)]
    TooLong,
    /// More than [`NAME_PARTS_MAX`].
    #[error("the name has too many parts: give at most {max}", max = NAME_PARTS_MAX)]
    TooManyParts,
    /// Not an e-mail address.
    #[error("not an e-mail address: write it as `name@example.org`, without spaces")]
    Email,
    /// Not an international telephone number.
    #[error(
        "not an international telephone number: write `+`, the country code and the number, 7 to 15 digits in all"
    )]
    Telephone,
    /// Nothing is left after normalising.
    #[error(
        "the value holds no letter and no digit: give the value as it is written on the document or record"
    )]
    Empty,
}

/// The keyed hash of one normalised value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token([u8; TOKEN_BYTES]);

impl Token {
    /// The bytes, for the index column.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([sealed])")
    }
}

/// A tenant's key for search tokens.
#[derive(Debug)]
pub struct IndexKey(Secret<[u8; KEY_BYTES]>);

impl IndexKey {
    pub(crate) fn new(secret: Secret<[u8; KEY_BYTES]>) -> Self {
        Self(secret)
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }

    /// The tokens of a value, sorted and without doubles: one, or for a name one for each part. Stored with the subject
    /// and computed again from what somebody searches for; all tokens of the query have to be among the subject's.
    pub fn tokens_for(&self, kind: AttributeKind, value: &str) -> Result<Vec<Token>, BlindError> {
        if value.len() > VALUE_MAX_BYTES {
            return Err(BlindError::TooLong);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expose());
        let token = |part: &String| {
            let framed =
                length_prefixed(&[b"bonafide-blind-v1", kind.tag().as_bytes(), part.as_bytes()]);
            let mut token = [0; TOKEN_BYTES];
            for (to, from) in token.iter_mut().zip(hmac::sign(&key, &framed).as_ref()) {
                *to = *from;
            }
            Token(token)
        };
        let mut tokens: Vec<Token> = kind.normalise(value)?.iter().map(token).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Ok(tokens)
    }
}
