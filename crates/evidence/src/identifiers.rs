//! Numbers of organisations, banks and accounts: form and check digits, offline.
//!
//! A number that passes has the form of an issued one and no typing error that its check digits catch; it says nothing
//! about who uses it, so it has no strength as evidence. Refuses: other lengths and characters, check digits that do not
//! fit, countries that do not exist, schemes that are not known. Sources stand beside each rule.

mod arithmetic;
mod bank;
mod company;
mod lei;
mod vat;

use serde_json::json;

use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

/// Bytes of an identifier with its blanks; the longest has 34 characters.
pub(crate) const MOST_BYTES: usize = 128;

/// A rule answers the number in its plain form.
type Checked = Result<String, Reason>;

fn form(text: &str) -> Reason {
    Reason::new(Code::Form, text)
}

fn check_digit() -> Reason {
    Reason::new(
        Code::CheckDigit,
        "the check digit does not fit: one character is wrong, or two are swapped",
    )
}

/// The number, if the condition holds.
fn checked(holds: bool, number: String) -> Checked {
    if holds {
        Ok(number)
    } else {
        Err(check_digit())
    }
}

/// Upper case, without blanks and the characters that people put between groups.
fn plain(text: &str, between: &str) -> Checked {
    let kept = text
        .trim()
        .chars()
        .filter(|c| !c.is_whitespace() && !between.contains(*c));
    let plain: String = kept.map(|c| c.to_ascii_uppercase()).collect();
    if plain.is_empty() || !plain.is_ascii() {
        return Err(form("the number is empty, or has characters beyond ASCII"));
    }
    Ok(plain)
}

/// The kind `lei`.
pub(crate) fn lei(input: &[u8], _: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let lei = lei::check(&plain(utf8(input)?, "-")?)?;
    Ok(Verdict::valid(None, json!({"lei": lei})))
}

/// The kind `iban`.
pub(crate) fn iban(input: &[u8], _: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let (iban, country) = bank::iban(&plain(utf8(input)?, "-.")?)?;
    Ok(Verdict::valid(
        None,
        json!({"iban": iban, "country": country}),
    ))
}

/// The kind `bic`.
pub(crate) fn bic(input: &[u8], _: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let (bic, country) = bank::bic(&plain(utf8(input)?, "-")?)?;
    Ok(Verdict::valid(
        None,
        json!({"bic": bic, "country": country}),
    ))
}

/// The kind `vat`: the country is in the number, or in the context (`country` or `scheme`).
pub(crate) fn vat(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let country = context.optional_text("country")?;
    let scheme = context.optional_text("scheme")?;
    let (country, number) = vat::check(utf8(input)?, country, scheme)?;
    Ok(Verdict::valid(
        None,
        json!({"vat_number": number, "country": country}),
    ))
}

/// The kind `company-number`: the register is in the context, by `scheme` or by `country`.
pub(crate) fn company(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let scheme = context.optional_text("scheme")?;
    let country = context.optional_text("country")?;
    let now = context.now().to_string();
    let this_year = now.get(..4).unwrap_or_default();
    let (scheme, number) = company::check(utf8(input)?, scheme, country, this_year)?;
    Ok(Verdict::valid(
        None,
        json!({"registration_number": number, "scheme": scheme}),
    ))
}
