//! Kind `aamva`: the text in the bar code of a North American driving licence or identification card (AAMVA DL/ID Card
//! Design Standard, annex D; versions 1 to 11, United States and Canada).
//!
//! It holds if the header, the directory of its parts and the elements have the form of the standard, and the elements that
//! identify somebody are there. Nothing in it is signed and anybody can print one, so it is FAIR evidence at most.
//!
//! Scanners that type what they read change the ends of lines. Where a carriage return was put before each line feed,
//! the places that the directory names are those of the text without them.

mod elements;
mod issuer;

use bonafide_model::Strength;
use serde_json::{Value, json};

use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};
use elements::Elements;
use issuer::Issuer;

/// Bytes of an input: a PDF417 symbol holds at most 1,850 characters of text.
pub(crate) const MOST_BYTES: usize = 16 * 1024;

/// The versions of the standard that are read.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=11;

/// Characters by which a length in the directory may miss the end of its part: some issuers count the terminator or the
/// designator twice or not at all.
const SLACK: usize = 2;

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let text = utf8(input)?.replace("\r\n", "\n");
    let header = Header::read(&text)?;
    let part = header.part(&text)?;
    let card = Card::read(&Elements::read(part)?, header.version)?;
    let today = context.now().date();
    let expired = card.expiry.is_some_and(|last| last < today);
    if expired && context.is_instant_given() {
        return Err(Reason::new(Code::Expired, "the card has expired"));
    }
    let mut doubts = Vec::new();
    if matches!((card.issue, card.expiry), (Some(issue), Some(expiry)) if expiry < issue) {
        doubts.push("expiry_date");
    }
    if card.issue.is_some_and(|issue| issue < card.birth) || card.birth > today {
        doubts.push("birth_date");
    }
    let issuer = Issuer::find(header.issuer);
    if issuer.is_none() {
        doubts.push("iin");
    }
    let strength = (!expired && doubts.is_empty()).then_some(Strength::Fair);
    let mut claims = card.claims(issuer);
    if let Some(map) = claims.as_object_mut() {
        map.insert("iin".to_owned(), json!(header.issuer));
        map.insert("aamva_version".to_owned(), json!(header.version));
        map.insert("document_type".to_owned(), json!(header.part));
        map.insert("expired".to_owned(), json!(expired));
        map.insert("doubts".to_owned(), json!(doubts));
    }
    Ok(Verdict::valid(strength, claims))
}

fn malformed(text: impl Into<String>) -> Reason {
    Reason::new(Code::Malformed, text)
}

/// What the header and the directory say.
struct Header<'a> {
    issuer: &'a str,
    version: u32,
    /// `DL` or `ID`.
    part: &'a str,
    offset: usize,
    length: usize,
    end: usize,
}

/// Takes characters off the front of a text, and knows how many.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a str> {
        let found = self.text.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(found)
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let found = self.take(count)?;
        let digits = found.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| found.parse().ok()).flatten()
    }
}

impl<'a> Header<'a> {
    fn read(text: &'a str) -> Result<Self, Reason> {
        if !text.starts_with('@') {
            return Err(malformed("the text does not begin with the sign `@`"));
        }
        // Line feed, record separator, carriage return; scanners change the first and the last, and drop the middle.
        let body = text.get(1..).unwrap_or("");
        let body = body.trim_start_matches(['\n', '\r', '\u{1e}', '\u{1c}', ' ']);
        let body = body
            .strip_prefix("ANSI ")
            .or_else(|| body.strip_prefix("AAMVA"));
        let body =
            body.ok_or_else(|| malformed("the text does not say `ANSI ` after its first line"))?;
        let mut cursor = Cursor {
            text,
            at: text.len() - body.len(),
        };
        let broken = || {
            malformed(
                "the header or the directory is cut short, or has letters in place of numbers",
            )
        };
        let issuer = cursor
            .take(6)
            .filter(|iin| iin.bytes().all(|b| b.is_ascii_digit()));
        let issuer =
            issuer.ok_or_else(|| malformed("the number of the issuer is not six digits"))?;
        let version = cursor.digits(2).ok_or_else(broken)?;
        if !VERSIONS.contains(&version) {
            let text = format!("version {version} of the standard; 1 to 11 are read");
            return Err(malformed(text));
        }
        // The version of the jurisdiction came with version 2 of the standard.
        if version > 1 {
            cursor.digits(2).ok_or_else(broken)?;
        }
        let parts = cursor.digits(2).ok_or_else(broken)?;
        let mut found = None;
        for _ in 0..parts {
            let part = cursor.take(2).ok_or_else(broken)?;
            let offset = cursor.digits(4).ok_or_else(broken)?;
            let length = cursor.digits(4).ok_or_else(broken)?;
            if matches!(part, "DL" | "ID") && found.is_none() {
                found = Some((part, offset as usize, length as usize));
            }
        }
        let (part, offset, length) =
            found.ok_or_else(|| malformed("the directory names no part `DL` or `ID`"))?;
        Ok(Self {
            issuer,
            version,
            part,
            offset,
            length,
            end: cursor.at,
        })
    }

    /// The elements of the part, up to its end.
    fn part(&self, text: &'a str) -> Result<&'a str, Reason> {
        let lies = || malformed("the directory does not say where its part begins and ends");
        let start = text
            .get(self.offset..)
            .filter(|rest| rest.starts_with(self.part));
        let first = text
            .get(self.end..)
            .filter(|rest| rest.starts_with(self.part));
        // Some issuers count the header differently; then the part that follows the directory is meant.
        let rest = start.or(first).ok_or_else(lies)?;
        // The terminator is a carriage return, unless a scanner left only one sort of line ends.
        let terminator = if rest.contains('\r') { b'\r' } else { b'\n' };
        let last = self.length.saturating_sub(1);
        let places = (0..=SLACK).flat_map(|slack| [last.saturating_sub(slack), last + slack]);
        let mut ends = places.filter(|at| rest.as_bytes().get(*at) == Some(&terminator));
        let end = ends.next().ok_or_else(lies)?;
        rest.get(self.part.len()..end).ok_or_else(lies)
    }
}

/// Who a card says its holder is.
struct Card<'a> {
    number: &'a str,
    family_name: &'a str,
    first_name: Option<&'a str>,
    middle_name: Option<String>,
    birth: bonafide_model::Date,
    issue: Option<bonafide_model::Date>,
    expiry: Option<bonafide_model::Date>,
    sex: Option<&'static str>,
    jurisdiction: Option<&'a str>,
    country: Option<&'a str>,
    address: Vec<&'a str>,
    postal_code: Option<&'a str>,
}

impl<'a> Card<'a> {
    fn read(elements: &Elements<'a>, version: u32) -> Result<Self, Reason> {
        let missing = |name: &str| malformed(format!("the element {name} is missing"));
        let (family_name, given) = elements
            .names(version)
            .ok_or_else(|| missing("with the name"))?;
        let mut given = given.into_iter();
        let first_name = given.next();
        let middle: Vec<&str> = given.collect();
        let sex = match elements.text("DBC") {
            Some("1" | "M") => Some("male"),
            Some("2" | "F") => Some("female"),
            Some("9" | "X") => Some("not specified"),
            Some(_) => return Err(malformed("the element `DBC` is not a code of sex")),
            None => None,
        };
        Ok(Self {
            number: elements
                .text("DAQ")
                .ok_or_else(|| missing("`DAQ`, the number of the card,"))?,
            family_name,
            first_name,
            middle_name: (!middle.is_empty()).then(|| middle.join(" ")),
            birth: elements
                .date("DBB")?
                .ok_or_else(|| missing("`DBB`, the date of birth,"))?,
            issue: elements.date("DBD")?,
            expiry: elements.date("DBA")?,
            sex,
            jurisdiction: elements.text("DAJ"),
            country: elements.text("DCG"),
            address: ["DAG", "DAH", "DAI"]
                .iter()
                .filter_map(|name| elements.text(name))
                .collect(),
            postal_code: elements.text("DAK"),
        })
    }

    fn claims(&self, issuer: Option<Issuer>) -> Value {
        let date = |date: Option<bonafide_model::Date>| date.map(|date| date.to_string());
        json!({
            "document_number": self.number,
            "family_name": self.family_name,
            "first_name": self.first_name,
            "middle_name": self.middle_name,
            "birth_date": self.birth.to_string(),
            "issue_date": date(self.issue),
            "expiry_date": date(self.expiry),
            "sex": self.sex,
            "jurisdiction": self.jurisdiction,
            "country": self.country.or(issuer.map(|issuer| issuer.country)),
            "issuing_jurisdiction": issuer.map(|issuer| issuer.jurisdiction),
            "address": self.address,
            "postal_code": self.postal_code,
        })
    }
}
