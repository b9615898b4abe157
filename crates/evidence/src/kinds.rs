//! The kinds of evidence, and the one entry to them.

use serde_json::Value;

use crate::context::{Context, Reader};
use crate::verdict::{Code, Reason, Verdict};
use crate::{
    authority, bods, identifiers, mdoc, oid4vp, sd_jwt, signature, status, verified_claims,
};

/// How a kind is checked: the input and the context, read key by key.
type Check = fn(&[u8], &mut Reader<'_>) -> Result<Verdict, Reason>;

/// Every kind with its check and the most bytes that an input of it can have.
#[rustfmt::skip]
const CHECKS: &[(&str, usize, Check)] = &[
    ("oid4vp", oid4vp::MOST_BYTES, oid4vp::check),
    ("sd-jwt-vc", sd_jwt::MOST_BYTES, sd_jwt::check),
    ("bods", bods::MOST_BYTES, bods::check),
    ("verified-claims", verified_claims::MOST_BYTES, verified_claims::check),
    ("lei", identifiers::MOST_BYTES, identifiers::lei),
    ("iban", identifiers::MOST_BYTES, identifiers::iban),
    ("bic", identifiers::MOST_BYTES, identifiers::bic),
    ("vat", identifiers::MOST_BYTES, identifiers::vat),
    ("company-number", identifiers::MOST_BYTES, identifiers::company),
    ("mdoc", mdoc::MOST_BYTES, mdoc::check),
    ("authority", authority::MOST_BYTES, authority::check),
    ("signature", signature::MOST_BYTES, signature::check),
    ("status-list", status::MOST_BYTES, status::check),
    ("mrz", crate::mrz::MOST_BYTES, crate::mrz::check),
    ("emrtd", crate::emrtd::MOST_BYTES, crate::emrtd::check),
    ("aamva", crate::aamva::MOST_BYTES, crate::aamva::check),
    ("email", crate::email::MOST_BYTES, crate::email::check),
    ("wallet", crate::wallet::MOST_BYTES, crate::wallet::check),
    ("timestamp", crate::timestamp::MOST_BYTES, crate::timestamp::check),
    ("phone", crate::phone::MOST_BYTES, crate::phone::check),
];

/// The kinds that [`verify`] knows.
pub const KINDS: [&str; CHECKS.len()] = names();

const fn names() -> [&'static str; CHECKS.len()] {
    let mut names = [""; CHECKS.len()];
    let mut at = 0;
    while at < names.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated by the compiler, within the bound of the loop"
        )]
        {
            names[at] = CHECKS[at].0;
        }
        at += 1;
    }
    names
}

/// Answers whether `input` holds in `context`. Never fails: what cannot be checked is not valid, and says why.
///
/// Keys of the context that the kind does not know are refused, since a misspelt key would otherwise drop a check
/// unseen.
#[must_use]
pub fn verify(kind: &str, input: &[u8], context: &Context) -> Verdict {
    let Some((_, most_bytes, check)) = CHECKS.iter().find(|(name, ..)| *name == kind) else {
        let kind: String = kind.chars().take(64).collect();
        let text = format!(
            "`{}` is not a kind that is verified here",
            kind.escape_debug()
        );
        return Reason::new(Code::UnknownKind, text).into();
    };
    if input.len() > *most_bytes {
        let text = format!(
            "the input has {} bytes; at most {most_bytes} are read",
            input.len()
        );
        return Reason::new(Code::TooLarge, text).into();
    }
    let mut reader = context.reader();
    let verdict = Verdict::from(check(input, &mut reader));
    // A refusal stands whatever else the context holds; a verdict in favour needs a context that was read to the end.
    match reader.end() {
        Err(reason) if verdict.valid => reason.into(),
        _ => verdict,
    }
}

/// Text of an input that must be UTF-8.
pub(crate) fn utf8(input: &[u8]) -> Result<&str, Reason> {
    std::str::from_utf8(input)
        .map_err(|_| Reason::new(Code::Malformed, "the input is not UTF-8 text"))
}

/// A value of strict JSON: a key that appears twice is refused.
pub(crate) fn json(input: &[u8]) -> Result<Value, Reason> {
    bonafide_model::json::parse_strict(input)
        .map_err(|error| Reason::new(Code::Malformed, error.to_string()))
}
