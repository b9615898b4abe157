//! Numbers for value added tax: the member states of the EU, Northern Ireland, the United Kingdom, Switzerland, Norway.
//!
//! Source: the European Commission's description of the numbers (VIES), and the tax authorities' own descriptions of
//! their check digits.

mod plain_sums;
mod rules;

use super::arithmetic::{at, digits, number, weighted};
use super::{Checked, checked, form, plain};
use crate::verdict::{Code, Reason};

/// Countries whose numbers the EU's system knows; Greece goes by EL there.
const MEMBERS: &str =
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI";

/// Checks a number, and answers its country and its plain form with the country before it.
pub(super) fn check(
    text: &str,
    country: Option<&str>,
    scheme: Option<&str>,
) -> Result<(String, String), Reason> {
    let plain = plain(text, "-.:/()")?;
    let unknown = |name: &str| {
        let text = format!(
            "numbers of {} are not known here",
            crate::quoted(Some(name))
        );
        Reason::new(Code::Scheme, text)
    };
    let wanted = match (scheme, country) {
        (Some("eu_vat"), None) => None,
        (Some(scheme), None) => Some(match scheme {
            "gb_vat" => "GB".to_owned(),
            "ch_vat" => "CH".to_owned(),
            "no_mva" => "NO".to_owned(),
            other => return Err(unknown(other)),
        }),
        (None, Some(country)) => Some(country.to_ascii_uppercase()),
        (None, None) => None,
        (Some(_), Some(_)) => {
            let text = "`scheme` and `country` in the context are the same question: give one";
            return Err(Reason::new(Code::Context, text));
        }
    };
    let wanted = wanted.map(|c| if c == "GR" { "EL".to_owned() } else { c });
    let (found, number) = split(&plain, wanted.as_deref());
    if scheme == Some("eu_vat") && !is_member(found) {
        return Err(unknown(found));
    }
    let number = match found {
        "GB" | "XI" => british(number),
        "CH" => swiss(number),
        "NO" => norwegian(number),
        member if is_member(member) => rules::check(member, number),
        other => return Err(unknown(other)),
    }?;
    Ok((found.to_owned(), format!("{found}{number}")))
}

fn is_member(country: &str) -> bool {
    country.len() == 2 && MEMBERS.split(' ').any(|member| member == country)
}

/// The country and the number without it. A country from the context need not be in the number.
fn split<'a>(plain: &'a str, wanted: Option<&'a str>) -> (&'a str, &'a str) {
    let (head, tail) = plain.split_at_checked(2).unwrap_or((plain, ""));
    match wanted {
        Some("EL") if head == "GR" => ("EL", tail),
        Some(wanted) if head == wanted => (wanted, tail),
        Some(wanted) => (wanted, plain),
        None if head == "GR" => ("EL", tail),
        None if head.starts_with(|c: char| c.is_ascii_digit()) && plain.ends_with("MVA") => {
            ("NO", plain)
        }
        None => (head, tail),
    }
}

/// The United Kingdom, and Northern Ireland under XI: nine digits, twelve for a branch; departments and authorities have
/// five characters. Source: HMRC, VAT number formats.
fn british(text: &str) -> Checked {
    if let Some(rest) = text.strip_prefix("GD").or_else(|| text.strip_prefix("HA")) {
        let d = digits(rest, &[3])?;
        let department = text.starts_with("GD");
        let fits = (number(&d, 0, 3) < 500) == department;
        return if fits {
            Ok(text.to_owned())
        } else {
            Err(form("the number is not of its range"))
        };
    }
    let d = digits(text, &[9, 12])?;
    let sum = weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    // Numbers from 100 on are also issued with a second and third rule, 55 apart.
    let newer = number(&d, 0, 3) >= 100;
    checked(
        sum == 0 || (newer && (sum == 42 || sum == 55)),
        text.to_owned(),
    )
}

/// Switzerland: the enterprise number and the word for the tax. Source: Federal Statistical Office, UID.
fn swiss(text: &str) -> Checked {
    let number = text
        .strip_prefix('E')
        .ok_or_else(|| form("a Swiss number begins with CHE"))?;
    let words = ["MWST", "TVA", "IVA", "TPV"];
    let number = words.iter().find_map(|word| number.strip_suffix(word));
    let number = number.ok_or_else(|| form("a Swiss number ends with MWST, TVA, IVA or TPV"))?;
    swiss_enterprise(number)?;
    Ok(text.to_owned())
}

/// The nine digits of a Swiss enterprise.
pub(super) fn swiss_enterprise(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    let check = (11 - weighted(&d, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11;
    checked(check == at(&d, 8), text.to_owned())
}

/// Norway: the organisation's number and `MVA`. Source: Brønnøysund Register Centre.
fn norwegian(text: &str) -> Checked {
    let number = text.strip_suffix("MVA");
    let number = number.ok_or_else(|| form("a Norwegian number ends with MVA"))?;
    norwegian_organisation(number)?;
    Ok(text.to_owned())
}

/// The nine digits of a Norwegian organisation.
pub(super) fn norwegian_organisation(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    let check = (11 - weighted(&d, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    checked(check == at(&d, 8), text.to_owned())
}

/// The rule of a member state, for registers whose numbers are those of the tax.
pub(super) fn member(country: &str, text: &str) -> Checked {
    rules::check(country, text)
}
