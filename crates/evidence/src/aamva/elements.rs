//! Data elements: three letters each and a text, one a line.

use bonafide_model::Date;

use super::malformed;
use crate::verdict::Reason;

/// Elements of one part: the standard has below 60, issuers add some of their own.
const MOST_ELEMENTS: usize = 200;

/// The elements of one part.
pub(super) struct Elements<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Elements<'a> {
    pub(super) fn read(part: &'a str) -> Result<Self, Reason> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for line in part.split(['\n', '\r']).filter(|line| !line.is_empty()) {
            let named = line.split_at_checked(3).filter(|(name, _)| {
                let mut letters = name.bytes();
                letters.next().is_some_and(|b| b.is_ascii_uppercase())
                    && letters.all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            });
            let (name, value) = named.ok_or_else(|| {
                malformed("a line does not begin with the three letters of an element")
            })?;
            let value = value.trim();
            match found.iter().find(|(known, _)| *known == name) {
                Some((_, known)) if *known != value => {
                    return Err(malformed(format!(
                        "the element `{name}` stands twice, with different values"
                    )));
                }
                Some(_) => {}
                None => found.push((name, value)),
            }
            if found.len() > MOST_ELEMENTS {
                return Err(malformed("there are too many elements"));
            }
        }
        Ok(Self(found))
    }

    /// The text of an element; nothing where an issuer says that it has none.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| *known == name)?;
        let none = ["", "NONE", "UNAVL", "UNAVAIL"];
        Some(found.1).filter(|text| !none.contains(&text.to_ascii_uppercase().as_str()))
    }

    /// A date. The United States write month, day and year, Canada and version 1 of the standard year, month and day; no
    /// month is called 19 or 20, so that a date says itself which it is.
    pub(super) fn date(&self, name: &str) -> Result<Option<Date>, Reason> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
        let read = || {
            let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
            let (year, month, day) = match part(0, 2).filter(|_| digits)? {
                1..=12 => (part(4, 8)?, part(0, 2)?, part(2, 4)?),
                18..=21 => (part(0, 4)?, part(4, 6)?, part(6, 8)?),
                _ => return None,
            };
            let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            date.filter(|_| (1850..=2199).contains(&year))
        };
        let date = read().ok_or_else(|| malformed(format!("the element `{name}` is not a date")));
        date.map(Some)
    }

    /// Family name and given names: whole in version 1 (`DAA`) or apart, with the given names together (`DCT`, versions 2
    /// and 3) or apart (`DAC`, `DAD`, from version 4). Issuers mix these, so that what is there is read.
    pub(super) fn names(&self, version: u32) -> Option<(&'a str, Vec<&'a str>)> {
        let listed = |text: &'a str| {
            let by_comma = text.contains(',');
            let parts = text.split(move |c: char| if by_comma { c == ',' } else { c == ' ' });
            parts
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
        };
        let apart = || {
            let family = self.text("DCS").or_else(|| self.text("DAB"))?;
            let given = match self.text("DAC") {
                Some(first) => [Some(first), self.text("DAD")]
                    .into_iter()
                    .flatten()
                    .collect(),
                None => self.text("DCT").map(listed).unwrap_or_default(),
            };
            Some((family, given))
        };
        let whole = || {
            let mut names = listed(self.text("DAA")?).into_iter();
            Some((names.next()?, names.collect()))
        };
        if version == 1 {
            whole().or_else(apart)
        } else {
            apart().or_else(whole)
        }
    }
}
