//! Numbers of payment cards, found so that they can be refused: no field of ours may hold one.
//!
//! A number is one if it has the first digits and the length of a known scheme (ISO/IEC 7812-1 as the schemes use it) and
//! its last digit fits (Luhn). One in ten numbers of such a length fits by chance, so that a field whose numbers look like
//! this by nature, such as an IBAN, is not for this check.

use unicode_normalization::UnicodeNormalization as _;

/// Digits of a card number, at least and at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=19;

/// Schemes: the first and the last of their first six digits, and the least and the most digits of a number.
const SCHEMES: &[(u32, u32, usize, usize, &str)] = &[
    (400_000, 499_999, 13, 13, "visa"),
    (400_000, 499_999, 16, 16, "visa"),
    (400_000, 499_999, 19, 19, "visa"),
    (510_000, 559_999, 16, 16, "mastercard"),
    (222_100, 272_099, 16, 16, "mastercard"),
    (340_000, 349_999, 15, 15, "american express"),
    (370_000, 379_999, 15, 15, "american express"),
    (601_100, 601_199, 16, 19, "discover"),
    (644_000, 659_999, 16, 19, "discover"),
    (300_000, 305_999, 14, 19, "diners club"),
    (309_500, 309_599, 14, 19, "diners club"),
    (360_000, 369_999, 14, 19, "diners club"),
    (380_000, 399_999, 16, 19, "diners club"),
    (352_800, 358_999, 16, 19, "jcb"),
    (620_000, 629_999, 16, 19, "unionpay"),
    (810_000, 817_199, 16, 19, "unionpay"),
    (220_000, 220_499, 16, 19, "mir"),
    (500_000, 509_999, 12, 19, "maestro"),
    (560_000, 589_999, 12, 19, "maestro"),
    (639_000, 639_099, 12, 19, "maestro"),
    (670_000, 679_999, 12, 19, "maestro"),
    (508_500, 508_999, 16, 16, "rupay"),
    (817_200, 820_199, 16, 16, "rupay"),
    (650_002, 650_027, 16, 19, "verve"),
    (979_200, 979_299, 16, 16, "troy"),
];

/// Where a text holds the number of a payment card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardNumber {
    /// The scheme whose numbers look like this.
    pub scheme: &'static str,
    /// Its last four digits, which may be kept.
    pub last_four: [u8; 4],
}

/// The first number of a payment card in a text: digits in any script's full width, with single blanks, hyphens or full
/// stops between groups.
#[must_use]
pub fn find_card_number(text: &str) -> Option<CardNumber> {
    let groups = groups(text);
    for (first, group) in groups.iter().enumerate() {
        let mut digits = group.digits.clone();
        let mut last = first;
        loop {
            if let Some(found) = scheme(&digits) {
                return Some(found);
            }
            match groups.get(last + 1) {
                Some(next) if next.joins && digits.len() + next.digits.len() <= *LENGTHS.end() => {
                    digits.extend(&next.digits);
                    last += 1;
                }
                _ => break,
            }
        }
    }
    None
}

/// A run of digits, and whether one sign alone divides it from the run before.
struct Group {
    digits: Vec<u8>,
    joins: bool,
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (mut inside, mut between, mut joins) = (false, 0_usize, false);
    for character in text.nfkc() {
        if let Some(digit) = character
            .to_digit(10)
            .and_then(|digit| u8::try_from(digit).ok())
        {
            match groups.last_mut() {
                Some(group) if inside => group.digits.push(digit),
                _ => groups.push(Group {
                    digits: vec![digit],
                    joins: joins && between == 1,
                }),
            }
            inside = true;
        } else {
            if inside {
                (between, joins) = (0, true);
            }
            inside = false;
            between += 1;
            joins &= matches!(
                character,
                ' ' | '-' | '.' | '\u{2010}' | '\u{2011}' | '\u{2013}'
            );
        }
    }
    groups
}

fn scheme(digits: &[u8]) -> Option<CardNumber> {
    if !LENGTHS.contains(&digits.len()) || !luhn(digits) {
        return None;
    }
    let first = digits
        .iter()
        .take(6)
        .fold(0, |number, digit| number * 10 + u32::from(*digit));
    let known = |(from, to, least, most, _): &&(u32, u32, usize, usize, &str)| {
        (*from..=*to).contains(&first) && (*least..=*most).contains(&digits.len())
    };
    let (.., scheme) = SCHEMES.iter().find(known)?;
    let last_four = digits.last_chunk::<4>()?;
    Some(CardNumber {
        scheme,
        last_four: *last_four,
    })
}

/// The check of ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
