//! The layouts of the five zones, and which check digits they have.

use super::digit::{digit_of, fits};
use super::state::is_listed;
use crate::verdict::{Code, Reason};

/// The form of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Cards of the size of a bank card, three lines of 30 (part 5).
    Td1,
    /// Larger cards, two lines of 36 (part 6).
    Td2,
    /// Passports, two lines of 44 (part 4).
    Td3,
    /// Visas, two lines of 44 (part 7).
    MrvA,
    /// Smaller visas, two lines of 36 (part 7).
    MrvB,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 5] = [Self::Td1, Self::Td2, Self::Td3, Self::MrvA, Self::MrvB];

    /// As contexts and claims write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Td1 => "TD1",
            Self::Td2 => "TD2",
            Self::Td3 => "TD3",
            Self::MrvA => "MRV-A",
            Self::MrvB => "MRV-B",
        }
    }
}

/// Fields that are not what the standard allows though every check digit fits: most are not protected by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubts {
    document_code: bool,
    issuing_state: bool,
    nationality: bool,
    names: bool,
    sex: bool,
    pub(super) expiry_date: bool,
}

impl Doubts {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The names of the fields.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.document_code, "document_code"),
            (self.issuing_state, "issuing_state"),
            (self.nationality, "nationality"),
            (self.names, "names"),
            (self.sex, "sex"),
            (self.expiry_date, "expiry_date"),
        ];
        all.into_iter()
            .filter_map(|(is, name)| is.then_some(name))
            .collect()
    }
}

/// A zone whose form and check digits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone<'a> {
    /// Its form.
    pub form: Form,
    /// The date of birth, as printed.
    pub birth: [u8; 6],
    /// The sex, as printed.
    pub sex: u8,
    /// The date of expiry, as printed.
    pub expiry: [u8; 6],
    code: &'a str,
    state: &'a str,
    number: Number<'a>,
    nationality: &'a str,
    names: &'a str,
    optional_1: &'a str,
    optional_2: &'a str,
}

/// A document number: the field for it, and what of it stands in the optional data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number<'a> {
    field: &'a str,
    more: &'a str,
}

/// A line, cut by places.
#[derive(Clone, Copy)]
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    fn field(self, from: usize, to: usize) -> &'a str {
        self.0.get(from..to).unwrap_or("")
    }

    fn byte(self, at: usize) -> u8 {
        self.0.as_bytes().get(at).copied().unwrap_or(b'<')
    }

    fn date(self, from: usize) -> [u8; 6] {
        std::array::from_fn(|i| self.byte(from + i))
    }
}

impl<'a> Zone<'a> {
    /// Reads a zone: its lines, one below the other or run together.
    ///
    /// # Errors
    /// Every check digit that does not fit; or, alone, that it has none of the five forms.
    pub fn read(text: &'a str) -> Result<Self, Vec<Reason>> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let (lines, count) = lines(text).ok_or_else(|| vec![shape()])?;
        let [first, second, third] = lines;
        for line in [first, second, third] {
            let stray = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'<');
            if line.bytes().any(|byte| stray(&byte)) {
                let text = "a line holds other characters than `A` to `Z`, `0` to `9` and `<`";
                return Err(vec![Reason::new(Code::Malformed, text)]);
            }
        }
        let visa = first.starts_with('V');
        let form = match (count, first.len(), second.len(), third.len()) {
            (3, 30, 30, 30) => Form::Td1,
            (2, 36, 36, _) if visa => Form::MrvB,
            (2, 36, 36, _) => Form::Td2,
            (2, 44, 44, _) if visa => Form::MrvA,
            (2, 44, 44, _) => Form::Td3,
            _ => return Err(vec![shape()]),
        };
        match form {
            Form::Td1 => td1(Line(first), Line(second), Line(third)),
            _ => two_lines(form, Line(first), Line(second)),
        }
    }

    /// The document code, without fillers.
    #[must_use]
    pub fn document_code(&self) -> &'a str {
        bare(self.code)
    }

    /// The issuing state or organisation, without fillers.
    #[must_use]
    pub fn issuing_state(&self) -> &'a str {
        bare(self.state)
    }

    /// The nationality, without fillers.
    #[must_use]
    pub fn nationality(&self) -> &'a str {
        bare(self.nationality)
    }

    /// The document number, with the part of it that stands in the optional data.
    #[must_use]
    pub fn document_number(&self) -> String {
        let mut number = self.number.field.to_owned();
        number.push_str(self.number.more);
        number.truncate(bare(&number).len());
        number
    }

    /// The first optional data, fillers as blanks.
    #[must_use]
    pub fn optional_1(&self) -> String {
        spaced(self.optional_1)
    }

    /// The second optional data, fillers as blanks.
    #[must_use]
    pub fn optional_2(&self) -> String {
        spaced(self.optional_2)
    }

    /// Primary and secondary identifier, fillers as blanks.
    #[must_use]
    pub fn names(&self) -> (String, String) {
        let (surname, given) = self.names.split_once("<<").unwrap_or((self.names, ""));
        (spaced(surname), spaced(given))
    }

    /// What no check digit protects and is not as the standard has it.
    #[must_use]
    pub fn doubts(&self) -> Doubts {
        let codes = match self.form {
            Form::MrvA | Form::MrvB => "V",
            Form::Td3 => "P",
            Form::Td1 | Form::Td2 => "ACIP",
        };
        let second = self.code.as_bytes().get(1).copied().unwrap_or(b'<');
        let code = self.code.starts_with(|c| codes.contains(c)) && !second.is_ascii_digit();
        let names = self.names.starts_with('<') || self.names.bytes().any(|b| b.is_ascii_digit());
        Doubts {
            document_code: !code,
            issuing_state: !is_listed(self.issuing_state()),
            nationality: !is_listed(self.nationality()),
            names: names && !self.names.starts_with("<<"),
            sex: !matches!(self.sex, b'M' | b'F' | b'X' | b'<'),
            expiry_date: false,
        }
    }
}

fn shape() -> Reason {
    let text = "a zone has three lines of 30 characters, or two of 36 or of 44, without blanks";
    Reason::new(Code::Malformed, text)
}

/// The lines of a text, with how many there are; the third is empty where there are two.
fn lines(text: &str) -> Option<([&str; 3], usize)> {
    if text.contains(['\n', '\r']) {
        let mut lines = text.split(['\n', '\r']).map(|line| line.trim_matches(' '));
        let mut next = || lines.by_ref().find(|line| !line.is_empty());
        let (first, second, third) = (next()?, next()?, next());
        if next().is_some() {
            return None;
        }
        return Some((
            [first, second, third.unwrap_or("")],
            2 + usize::from(third.is_some()),
        ));
    }
    let cut = match text.len() {
        90 => 30,
        72 => 36,
        88 => 44,
        _ => return None,
    };
    let (first, rest) = text.split_at_checked(cut)?;
    let (second, third) = rest.split_at_checked(cut)?;
    Some(([first, second, third], 2 + usize::from(!third.is_empty())))
}

/// A field without the fillers at its end.
fn bare(field: &str) -> &str {
    field.trim_end_matches('<')
}

/// A field with blanks for fillers, one each between its parts.
fn spaced(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    for part in field.split('<').filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

/// The reasons of one zone.
#[derive(Default)]
struct Found(Vec<Reason>);

impl Found {
    fn expect(&mut self, fits: bool, field: &str) {
        if !fits {
            let text = format!("the check digit of the {field} does not fit");
            self.0.push(Reason::new(Code::CheckDigit, text));
        }
    }
}

/// A document number with its check digit. A filler in the place of the digit says that the number goes on in the
/// optional data, up to the digit before the next filler (part 5, section 4.2.2.1, note j; part 6 alike). Gives the
/// number, and the optional data that are left.
fn number<'a>(
    field: &'a str,
    printed: u8,
    optional: &'a str,
    found: &mut Found,
) -> (Number<'a>, &'a str) {
    let short = Number { field, more: "" };
    if printed != b'<' {
        found.expect(fits(field.as_bytes(), printed), "document number");
        return (short, optional);
    }
    let end = optional.find('<').unwrap_or(optional.len());
    let (long, rest) = optional.split_at_checked(end).unwrap_or((optional, ""));
    let Some((&digit, more)) = long.as_bytes().split_last() else {
        found.expect(bare(field).is_empty(), "document number");
        return (short, optional);
    };
    let more = more.iter().copied();
    found.expect(
        digit_of(field.bytes().chain(more)) == Some(digit),
        "document number",
    );
    let more = long.get(..long.len().saturating_sub(1)).unwrap_or("");
    (Number { field, more }, rest)
}

fn td1<'a>(one: Line<'a>, two: Line<'a>, three: Line<'a>) -> Result<Zone<'a>, Vec<Reason>> {
    let mut found = Found::default();
    let (number, optional_1) = number(
        one.field(5, 14),
        one.byte(14),
        one.field(15, 30),
        &mut found,
    );
    found.expect(fits(&two.date(0), two.byte(6)), "date of birth");
    found.expect(fits(&two.date(8), two.byte(14)), "date of expiry");
    let parts = [
        one.field(5, 30),
        two.field(0, 7),
        two.field(8, 15),
        two.field(18, 29),
    ];
    let composite = digit_of(parts.iter().flat_map(|part| part.bytes()));
    found.expect(composite == Some(two.byte(29)), "whole zone");
    let zone = Zone {
        form: Form::Td1,
        birth: two.date(0),
        sex: two.byte(7),
        expiry: two.date(8),
        code: one.field(0, 2),
        state: one.field(2, 5),
        number,
        nationality: two.field(15, 18),
        names: three.0,
        optional_1,
        optional_2: two.field(18, 29),
    };
    if found.0.is_empty() {
        Ok(zone)
    } else {
        Err(found.0)
    }
}

fn two_lines<'a>(form: Form, one: Line<'a>, two: Line<'a>) -> Result<Zone<'a>, Vec<Reason>> {
    let mut found = Found::default();
    let optional = match form {
        Form::Td3 => two.field(28, 42),
        Form::Td2 => two.field(28, 35),
        _ => two.field(28, two.0.len()),
    };
    let (number, optional_1) = if form == Form::Td2 {
        number(two.field(0, 9), two.byte(9), optional, &mut found)
    } else {
        let field = two.field(0, 9);
        found.expect(fits(field.as_bytes(), two.byte(9)), "document number");
        (Number { field, more: "" }, optional)
    };
    found.expect(fits(&two.date(13), two.byte(19)), "date of birth");
    found.expect(fits(&two.date(21), two.byte(27)), "date of expiry");
    if form == Form::Td3 {
        let printed = two.byte(42);
        let empty = printed == b'<' && bare(optional).is_empty();
        found.expect(empty || fits(optional.as_bytes(), printed), "optional data");
    }
    if matches!(form, Form::Td2 | Form::Td3) {
        let last = two.0.len() - 1;
        let parts = [two.field(0, 10), two.field(13, 20), two.field(21, last)];
        let composite = digit_of(parts.iter().flat_map(|part| part.bytes()));
        found.expect(composite == Some(two.byte(last)), "whole zone");
    }
    let zone = Zone {
        form,
        birth: two.date(13),
        sex: two.byte(20),
        expiry: two.date(21),
        code: one.field(0, 2),
        state: one.field(2, 5),
        number,
        nationality: two.field(10, 13),
        names: one.field(5, one.0.len()),
        optional_1,
        optional_2: "",
    };
    if found.0.is_empty() {
        Ok(zone)
    } else {
        Err(found.0)
    }
}
