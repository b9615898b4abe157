//! A list in the making, and the checks that hold for every format: each id once, names that can be compared, countries
//! that are countries, and a note for whatever is left out.

use std::collections::HashMap;

use bonafide_model::Date;

use crate::input::start;
use crate::normalise::MAX_NAME_CHARS;
use crate::report::ListError;
use crate::{
    BirthDate, Country, Entry, Identifier, IdentifierKind, List, LoadReport, Quality, Source,
};

/// Longest identifier kept, in characters. The longest real ones, wallet addresses, have about a hundred.
const MAX_IDENTIFIER_CHARS: usize = 200;

/// Longest address or remark kept, in characters; what is longer is for nobody to read, and is cut.
const MAX_TEXT_CHARS: usize = 20_000;

/// Most names, identifiers or addresses of one entry. The largest published has about 1,500 names; every further one is
/// compared with all, so that without a bound a hostile file would cost the square of its length.
const MAX_PER_ENTRY: usize = 5_000;

/// What lists write for a country that they do not know.
const NO_COUNTRY: [&str; 6] = [
    "none identified",
    "unknown",
    "undetermined",
    "stateless",
    "n/a",
    "-",
];

/// The entries read so far.
pub(crate) struct Drafts {
    /// The file being read, for notes.
    pub(crate) file: &'static str,
    /// What is told beside the list.
    pub(crate) report: LoadReport,
    /// The day of publication that the file states.
    pub(crate) published_on: Option<Date>,
    entries: Vec<Entry>,
    /// The lines of the entries' first rows.
    lines: Vec<usize>,
    places: HashMap<String, usize>,
}

impl Drafts {
    pub(crate) fn new(file: &'static str) -> Self {
        Self {
            file,
            report: LoadReport::default(),
            published_on: None,
            entries: Vec::new(),
            lines: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The entry of that number.
    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Entry> {
        let place = *self.places.get(id)?;
        self.entries.get_mut(place)
    }

    /// Takes a whole entry. One whose number was there before joins what it says to the first and is noted: leaving it out
    /// could leave out a name.
    pub(crate) fn take(&mut self, entry: Entry, line: usize) {
        let again = self.places.contains_key(&entry.id);
        let id = start(&entry.id);
        let taken = self.take_part(entry, line);
        if again && taken {
            let why = format!("entry `{id}` was listed before; what this row adds is joined to it");
            self.note(line, why);
        }
    }

    /// Takes a row of an entry that the list gives on several rows: the first makes it, the others join. One without a
    /// number is left out and noted. Says whether it was taken.
    pub(crate) fn take_part(&mut self, entry: Entry, line: usize) -> bool {
        if entry.id.is_empty() {
            let name = entry.primary_name().map_or("", |n| n.text.as_str());
            let why = format!("entry `{}` has no number", start(name));
            self.report.skip(self.file, line, why);
            return false;
        }
        if let Some(first) = self.find(&entry.id) {
            let joined = join(first, &entry);
            if let Err(why) = joined {
                self.note(line, format!("entry `{}` {why}", start(&entry.id)));
            }
            return joined.is_ok();
        }
        self.places.insert(entry.id.clone(), self.entries.len());
        self.entries.push(entry);
        self.lines.push(line);
        true
    }

    /// Notes that a row was kept without a part.
    pub(crate) fn note(&mut self, line: usize, why: String) {
        self.report.note(self.file, line, why);
    }

    /// Adds a name, or notes why it cannot be one.
    pub(crate) fn name(&mut self, entry: &mut Entry, text: &str, quality: Quality, line: usize) {
        match name_of(text) {
            Ok(Some(_)) if entry.names.len() >= MAX_PER_ENTRY => {
                self.note(line, format!("entry `{}` {TOO_MUCH}", start(&entry.id)));
            }
            Ok(Some(name)) => add_name(entry, &name, quality),
            Ok(None) => {}
            Err(why) => self.note(line, why),
        }
    }

    /// Adds a date of birth, or notes that it is not understood.
    pub(crate) fn birth(&mut self, entry: &mut Entry, text: &str, line: usize) {
        let text = text.trim();
        match crate::dates::read(text) {
            Some(birth) => add_birth(entry, birth),
            None if crate::dates::says_nothing(text) => {}
            None => {
                let why = format!("date of birth `{}` is not understood", start(text));
                self.note(line, why);
            }
        }
    }

    /// Adds the countries that a text has by code or name: one, or several as `(1) Russia (2) Cyprus`.
    pub(crate) fn country(&mut self, entry: &mut Entry, text: &str) {
        for one in numbered(text) {
            if let Some(country) = self.read_country(one) {
                entry.add_country(country);
            }
        }
    }

    /// Reads a country; what is none is counted.
    pub(crate) fn read_country(&mut self, text: &str) -> Option<Country> {
        let text = text.trim();
        if text.is_empty() || NO_COUNTRY.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        let country = text.parse::<Country>().ok();
        let country = country.or_else(|| without_comment(text)?.parse().ok());
        if country.is_none() {
            self.report.unknown_country(&start(text));
        }
        country
    }

    /// Adds an identifier, unless the entry has it or nothing in it can be compared.
    pub(crate) fn identifier(
        &mut self,
        entry: &mut Entry,
        kind: IdentifierKind,
        value: &str,
        country: Option<Country>,
        line: usize,
    ) {
        let value = value.trim();
        if value.chars().count() > MAX_IDENTIFIER_CHARS {
            let why = format!(
                "identifier `{}` is longer than {MAX_IDENTIFIER_CHARS} characters",
                start(value)
            );
            self.note(line, why);
            return;
        }
        add_identifier(
            entry,
            Identifier {
                kind,
                value: value.to_owned(),
                country,
            },
        );
    }

    /// The list and what is told beside it; refused where there is nobody on it, since an empty list clears everybody.
    pub(crate) fn finish_parties(
        self,
        source: Source,
        expected: &'static str,
    ) -> Result<(List, LoadReport), ListError> {
        if self.entries.iter().all(|e| e.names.is_empty()) {
            return Err(ListError::NotThisList {
                file: self.file,
                expected,
                found: "no entry with a name".to_owned(),
            });
        }
        Ok(self.finish(source))
    }

    /// The list and what is told beside it, counted. An entry that has no name is left out and noted; of the others the
    /// best name is the primary one, and the only one.
    fn finish(mut self, source: Source) -> (List, LoadReport) {
        for (entry, line) in self.entries.iter().zip(&self.lines) {
            if entry.names.is_empty() {
                let why = format!("entry `{}` has no name", start(&entry.id));
                self.report.skip(self.file, *line, why);
            }
        }
        self.entries.retain(|entry| !entry.names.is_empty());
        self.entries.iter_mut().for_each(order_names);
        let names = || self.entries.iter().flat_map(|e| &e.names);
        self.report.entries = self.entries.len();
        self.report.aliases = names().filter(|n| n.quality == Quality::Strong).count();
        self.report.weak_aliases = names().filter(|n| n.quality == Quality::Weak).count();
        self.report.addresses = self.entries.iter().map(|e| e.addresses.len()).sum();
        let published_on = source.published_on.or(self.published_on);
        let source = Source {
            published_on,
            ..source
        };
        (List::new(source, self.entries), self.report)
    }
}

/// Why more is not taken.
const TOO_MUCH: &str = "has more than 5000 names, which no list has; the further ones are left out";

/// Adds a name; one that is there already keeps the better quality.
fn add_name(entry: &mut Entry, text: &str, quality: Quality) {
    match entry.names.iter_mut().find(|name| name.text == text) {
        Some(known) => known.quality = known.quality.min(quality),
        None => {
            entry.add_name(text, quality);
        }
    }
}

/// `(1) Russia (2) Cyprus` is two values.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (value, next) = split_numbered(rest.take()?);
        rest = next;
        Some(value.trim())
    })
}

/// What stands before the next `(1)`, and what follows that.
fn split_numbered(text: &str) -> (&str, Option<&str>) {
    for (at, _) in text.match_indices('(') {
        let Some((before, within)) = text.split_at_checked(at) else {
            continue;
        };
        let rest = within.strip_prefix('(').unwrap_or(within);
        if let Some((number, after)) = rest.split_once(')')
            && (1..=2).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
        {
            return (before, Some(after));
        }
    }
    (text, None)
}

/// A country without what a list says about it in brackets: `Russian Federation (as at November 2010)`.
fn without_comment(text: &str) -> Option<&str> {
    let (country, comment) = text.split_once('(')?;
    let comments = [
        "as at",
        "as of",
        "was ",
        "previously",
        "formerly",
        "until ",
        "since ",
    ];
    let comment = comment.trim_start().to_ascii_lowercase();
    let said = comments.iter().any(|lead| comment.starts_with(lead));
    said.then(|| country.trim())
}

/// Puts the best name first, as the only primary one, and the weak ones last; else the order of the list stays.
fn order_names(entry: &mut Entry) {
    entry.names.sort_by_key(|name| name.quality);
    for (at, name) in entry.names.iter_mut().enumerate() {
        name.quality = match at {
            0 => Quality::Primary,
            _ => name.quality.max(Quality::Strong),
        };
    }
}

/// Adds what one entry says to another that is the same, or says why not.
fn join(entry: &mut Entry, more: &Entry) -> Result<(), &'static str> {
    if !entry.kind.may_be(more.kind) {
        return Err("was listed before as something else; the first is kept");
    }
    if entry.names.len() + more.names.len() > MAX_PER_ENTRY {
        return Err(TOO_MUCH);
    }
    if entry.kind == crate::Kind::Party {
        entry.kind = more.kind;
    }
    for name in &more.names {
        add_name(entry, &name.text, name.quality);
    }
    for country in &more.countries {
        entry.add_country(*country);
    }
    for birth in &more.birth_dates {
        add_birth(entry, *birth);
    }
    for identifier in &more.identifiers {
        add_identifier(entry, identifier.clone());
    }
    for (to, from) in [
        (&mut entry.programs, &more.programs),
        (&mut entry.topics, &more.topics),
        (&mut entry.addresses, &more.addresses),
    ] {
        from.iter().for_each(|text| add_text(to, text));
    }
    if !more.remarks.is_empty() && !entry.remarks.contains(&more.remarks) {
        remark(entry, &more.remarks);
    }
    entry.gender = entry.gender.or(more.gender);
    entry.listed_on = entry.listed_on.or(more.listed_on);
    Ok(())
}

pub(crate) fn add_birth(entry: &mut Entry, birth: BirthDate) {
    if entry.birth_dates.len() < MAX_PER_ENTRY && !entry.birth_dates.contains(&birth) {
        entry.birth_dates.push(birth);
    }
}

fn add_identifier(entry: &mut Entry, identifier: Identifier) {
    let new = entry.identifiers.len() < MAX_PER_ENTRY && !entry.identifiers.contains(&identifier);
    if new && !identifier.folded().is_empty() {
        entry.identifiers.push(identifier);
    }
}

/// Adds a text unless it is empty or there already.
pub(crate) fn add_text(texts: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && texts.len() < MAX_PER_ENTRY && !texts.iter().any(|t| t == text) {
        texts.push(text.chars().take(MAX_TEXT_CHARS).collect());
    }
}

/// Adds an address from its parts, the empty ones left out.
pub(crate) fn address<'a>(entry: &mut Entry, parts: impl IntoIterator<Item = &'a str>) {
    let parts: Vec<&str> = parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    add_text(&mut entry.addresses, &parts.join(", "));
}

/// Adds to the remarks.
pub(crate) fn remark(entry: &mut Entry, text: &str) {
    let text = text.trim();
    let room = MAX_TEXT_CHARS.saturating_sub(entry.remarks.chars().count());
    if text.is_empty() || room == 0 {
        return;
    }
    if !entry.remarks.is_empty() {
        entry.remarks.push_str("; ");
    }
    entry.remarks.extend(text.chars().take(room));
}

/// A name with its white space put in order; nothing where the text is blank.
pub(crate) fn name_of(text: &str) -> Result<Option<String>, String> {
    if text.len() > MAX_NAME_CHARS && text.chars().nth(MAX_NAME_CHARS).is_some() {
        return Err(format!(
            "name `{}` is longer than {MAX_NAME_CHARS} characters",
            start(text)
        ));
    }
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Ok(None);
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err(format!("name `{}` has no letters or digits", start(&name)));
    }
    Ok(Some(name))
}
