//! Asia and Australia.

use crate::identifiers::arithmetic::{
    alphanumeric, at, char_at, digits, index, luhn, number, weighted,
};
use crate::identifiers::{Checked, checked, form};

/// Australia, business number. Source: Australian Business Register.
pub(super) fn au_abn(text: &str) -> Checked {
    let mut d = digits(text, &[11])?;
    if let Some(first) = d.first_mut() {
        *first = first
            .checked_sub(1)
            .ok_or_else(|| form("the number does not begin with 0"))?;
    }
    let sum = weighted(&d, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    checked(sum.is_multiple_of(89), text.to_owned())
}

/// Australia, company number. Source: Australian Securities and Investments Commission.
pub(super) fn au_acn(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    let sum = weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 1]);
    checked((10 - sum % 10) % 10 == at(&d, 8), text.to_owned())
}

/// China, unified social credit code. Source: GB 32100-2015.
pub(super) fn cn_uscc(text: &str) -> Checked {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    alphanumeric(text, &[18])?;
    digits(text.get(2..8).unwrap_or_default(), &[6])?;
    let values: Option<Vec<u32>> = text.chars().map(|c| index(ALPHABET, c)).collect();
    let values = values.ok_or_else(|| form("the code has no I, O, S, V and Z"))?;
    let weights = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let check = (31 - weighted(&values, &weights) % 31) % 31;
    checked(values.get(17) == Some(&check), text.to_owned())
}

/// Israel, company. Source: Israeli Corporations Authority.
pub(super) fn il_hp(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    if at(&d, 0) != 5 {
        return Err(form("a company's number begins with 5"));
    }
    checked(luhn(&d) == 0, text.to_owned())
}

/// Japan, corporate number: the check digit is the first. Source: National Tax Agency.
pub(super) fn jp_cn(text: &str) -> Checked {
    let d = digits(text, &[13])?;
    let weigh = |(i, digit): (usize, &u32)| if i % 2 == 0 { *digit } else { digit * 2 };
    let sum: u32 = d.iter().skip(1).rev().enumerate().map(weigh).sum();
    checked(9 - sum % 9 == at(&d, 0), text.to_owned())
}

/// Korea, business registration number. Source: National Tax Service.
pub(super) fn kr_brn(text: &str) -> Checked {
    let d = digits(text, &[10])?;
    if number(&d, 0, 3) < 101 || number(&d, 3, 5) == 0 || number(&d, 5, 9) == 0 {
        return Err(form(
            "the office is from 101 on, and neither the kind nor the number is zero",
        ));
    }
    let sum = weighted(&d, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + at(&d, 8) * 5 / 10;
    checked((10 - sum % 10) % 10 == at(&d, 9), text.to_owned())
}

/// Singapore, unique entity number: businesses, local companies, and others. Source: ACRA.
pub(super) fn sg_uen(text: &str) -> Checked {
    let last = text.chars().last().unwrap_or_default();
    let letter = |alphabet: &str, place: u32| {
        checked(
            char_at(alphabet, usize::try_from(place).unwrap_or_default()) == last,
            text.to_owned(),
        )
    };
    let head = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    match (text.len(), char_at(text, 0)) {
        (9, _) => {
            let d = digits(head, &[8])?;
            letter("XMKECAWLJDB", weighted(&d, &[10, 4, 9, 3, 8, 2, 7, 1]) % 11)
        }
        (10, '0'..='9') => {
            let d = digits(head, &[9])?;
            if !(1800..=2099).contains(&number(&d, 0, 4)) {
                return Err(form("the first four digits are a year"));
            }
            letter(
                "ZKCMDNERGWH",
                weighted(&d, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11,
            )
        }
        (10, 'R' | 'S' | 'T') => sg_other(text, head),
        _ => Err(form("the number has nine or ten characters")),
    }
}

/// Entities that are no companies: a century, a year, a kind of entity, four digits and a letter.
fn sg_other(text: &str, head: &str) -> Checked {
    const ALPHABET: &str = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
    const KINDS: &str = "CC CD CH CL CM CP CS CX DP FB FC FM FN GA GB GS HS LL LP MB MC MD MH MM MQ NB NR PA PB PF RF RP SM SS TC TU VH XL";
    digits(text.get(1..3).unwrap_or_default(), &[2])?;
    digits(text.get(5..9).unwrap_or_default(), &[4])?;
    let kind = text.get(3..5).unwrap_or_default();
    if !KINDS.split(' ').any(|known| known == kind) {
        return Err(form("the letters name no kind of entity"));
    }
    let values: Option<Vec<u32>> = head.chars().map(|c| index(ALPHABET, c)).collect();
    let values = values.ok_or_else(|| form("the number has a character of no use"))?;
    let sum = weighted(&values, &[4, 3, 5, 3, 10, 2, 2, 5, 7]);
    let place = usize::try_from((sum + 6) % 11).unwrap_or_default();
    checked(
        char_at(ALPHABET, place) == char_at(text, 9),
        text.to_owned(),
    )
}

/// Taiwan, unified business number as issued until 2023: a multiple of 10. Source: Ministry of Finance.
pub(super) fn tw_ubn(text: &str) -> Checked {
    taiwan(text, 10)
}

/// Taiwan, unified business number with those issued since April 2023, when numbers ran out: a multiple of 5.
pub(super) fn tw_ubn_2023(text: &str) -> Checked {
    taiwan(text, 5)
}

fn taiwan(text: &str, multiple_of: u32) -> Checked {
    let d = digits(text, &[8])?;
    let product = |(digit, weight): (&u32, u32)| (digit * weight) / 10 + (digit * weight) % 10;
    let sum: u32 = d.iter().zip([1, 2, 1, 2, 1, 2, 4, 1]).map(product).sum();
    // A seven in the seventh place has the product 28, whose digits may be added once or twice.
    let seven = at(&d, 6) == 7 && (sum + 1).is_multiple_of(multiple_of);
    checked(sum.is_multiple_of(multiple_of) || seven, text.to_owned())
}
