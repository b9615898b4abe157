//! FollowTheMoney: one JSON object a line (`entities.ftm.json`), as OpenSanctions and Aleph publish it.
//!
//! Persons, organisations, companies, public bodies, vessels, airplanes and legal entities are read. What stands in objects
//! of its own and belongs to them (passports and other identifications, crypto wallets, sanctions, addresses) is joined to
//! its holder, before it or after it in the file. The rest (ownerships, payments, securities …) is counted and set aside.
//!
//! Properties are lists of texts; a single text or a number is taken for a list of one. The name that is the object's caption
//! is the primary one; `weakAlias` and `abbreviation` are weak.
//!
//! The same objects in one JSON array are read too.
//!
//! Refuses: a file of changes (`op`), since it is not the whole list. Source: followthemoney.tech, schema reference.

mod line;
mod property;

use std::collections::HashMap;
use std::io::BufRead;

use bonafide_model::Date;

use crate::draft::{Drafts, add_text, address, remark};
use crate::input::{Input, decode, start};
use crate::json;
use crate::report::ListError;
use crate::{Entry, Gender, IdentifierKind, Kind, List, LoadReport, Quality, Source, dates};

use line::Object;
use property::{Role, role};

const FILE: &str = "entities.ftm.json";
const EXPECTED: &str =
    "FollowTheMoney entities, one JSON object a line with `id`, `schema` and `properties`";

/// Longest line in bytes. The largest published object has about one megabyte; beyond sixteen it is not this format.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Most objects in a file. The largest collection published has some ten million; the bound keeps memory finite.
const MAX_LINES: usize = 50_000_000;

/// Reads the list.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    let mut input = Input::new(source);
    let first = input.fill_buf().unwrap_or_default().trim_ascii_start();
    if first.first() == Some(&b'[') {
        return read_array(&mut input, about);
    }
    let mut reader = Reader::new();
    let mut lines = Lines::default();
    loop {
        let at = input.line();
        let line = input.next_line(MAX_LINE_BYTES);
        let line = line.map_err(|e| ListError::Unreadable {
            file: FILE,
            line: at,
            why: e.to_string(),
        })?;
        let Some(line) = line else { break };
        check_bounds(line.number, line.bytes.len())?;
        let text = decode(&line.bytes);
        if text.trim().is_empty() {
            continue;
        }
        lines.last = line.number;
        match serde_json::from_str::<Object<'_>>(&text) {
            Ok(object) if object.is_change => {
                return Err(not_this(format!(
                    "line {}: is a change (`op`) and not an entity; load the whole list",
                    line.number
                )));
            }
            Ok(object) => {
                lines.good += 1;
                reader.object(object, line.number);
            }
            Err(why) => {
                let why = format!("{why}: `{}`", start(&text));
                lines.spoilt(line.number, &why);
                reader.drafts.report.skip(FILE, line.number, why);
            }
        }
    }
    lines.conclude()?;
    reader.finish(about)
}

/// What the lines were.
#[derive(Default)]
struct Lines {
    good: usize,
    bad: usize,
    first_problem: String,
    last_problem_at: usize,
    /// The last line that is not blank.
    last: usize,
}

impl Lines {
    fn spoilt(&mut self, line: usize, why: &str) {
        self.bad += 1;
        self.last_problem_at = line;
        if self.first_problem.is_empty() {
            self.first_problem = format!("line {line}: {why}");
        }
    }

    /// Whether they can be this list, whole.
    fn conclude(self) -> Result<(), ListError> {
        if self.last == 0 {
            return Err(ListError::Empty {
                file: FILE,
                expected: EXPECTED,
            });
        }
        if self.bad > self.good {
            return Err(not_this(self.first_problem));
        }
        if self.last_problem_at == self.last {
            return Err(ListError::Torn {
                file: FILE,
                line: self.last,
            });
        }
        Ok(())
    }
}

fn not_this(found: String) -> ListError {
    ListError::NotThisList {
        file: FILE,
        expected: EXPECTED,
        found,
    }
}

/// The same objects as one array, as some tools save them.
fn read_array(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    let shape = json::Shape {
        file: FILE,
        expected: EXPECTED,
        key: None,
    };
    let mut reader = Reader::new();
    json::each(shape, source, |bytes, line| {
        match serde_json::from_str::<Object<'_>>(&decode(bytes)) {
            Ok(object) => {
                reader.object(object, line);
                Ok(())
            }
            Err(why) => {
                let why = json::without_place(&why);
                reader.drafts.report.skip(FILE, line, why.clone());
                Err(why)
            }
        }
    })?;
    reader.finish(about)
}

fn check_bounds(line: usize, bytes: usize) -> Result<(), ListError> {
    if bytes > MAX_LINE_BYTES {
        return Err(ListError::RowTooLong {
            file: FILE,
            line,
            limit: MAX_LINE_BYTES,
            expected: EXPECTED,
        });
    }
    if line > MAX_LINES {
        return Err(ListError::TooManyRows {
            file: FILE,
            limit: MAX_LINES,
            expected: EXPECTED,
        });
    }
    Ok(())
}

struct Reader {
    drafts: Drafts,
    /// Objects that belong to an entity, until all are read.
    linked: Vec<Linked>,
    /// Addresses by id, and the entities that name them.
    addresses: HashMap<String, String>,
    addressed: Vec<(String, String)>,
}

/// An object that says something about an entity.
struct Linked {
    entity: String,
    said: Said,
    line: usize,
}

enum Said {
    Identifier {
        kind: IdentifierKind,
        number: String,
        country: String,
    },
    Program(String),
    ListedOn(Date),
}

impl Reader {
    fn new() -> Self {
        Self {
            drafts: Drafts::new(FILE),
            linked: Vec::new(),
            addresses: HashMap::new(),
            addressed: Vec::new(),
        }
    }

    fn object(&mut self, object: Object<'_>, line: usize) {
        let kind = match &*object.schema {
            "Person" => Kind::Person,
            "Organization" | "Company" | "PublicBody" => Kind::Organisation,
            "LegalEntity" => Kind::Party,
            "Vessel" => Kind::Vessel,
            "Airplane" => Kind::Aircraft,
            "Passport" => return self.identification(&object, IdentifierKind::Passport, line),
            "Identification" => return self.identification(&object, IdentifierKind::Other, line),
            "CryptoWallet" => {
                return self.identification(&object, IdentifierKind::WalletAddress, line);
            }
            "Sanction" => return self.sanction(&object, line),
            "Address" => return self.address(&object),
            other => return self.drafts.report.set_aside(&start(other)),
        };
        self.entity(&object, kind, line);
    }

    fn entity(&mut self, object: &Object<'_>, kind: Kind, line: usize) {
        let mut entry = Entry::new(&*object.id, kind);
        // The caption is the name that the publisher shows; where an object has no name it is made up of something else.
        let shown = object.all("name").filter(|name| *name == object.caption);
        for name in shown.take(1).chain(object.all("name")) {
            self.drafts.name(&mut entry, name, Quality::Strong, line);
        }
        let mut genders = Vec::new();
        for (property, values) in &object.properties {
            let Some(role) = role(property, kind) else {
                continue;
            };
            for value in values {
                match role {
                    Role::Gender => genders.extend(Gender::read(value)),
                    Role::AddressOf => self
                        .addressed
                        .push((object.id.to_string(), value.to_string())),
                    _ => self.said(&mut entry, role, value, line),
                }
            }
        }
        if entry.names.is_empty() {
            self.name_of_parts(&mut entry, object, line);
        }
        genders.dedup();
        entry.gender = genders.first().copied().filter(|_| genders.len() == 1);
        self.drafts.take(entry, line);
    }

    fn said(&mut self, entry: &mut Entry, role: Role, value: &str, line: usize) {
        match role {
            Role::Name(quality) => self.drafts.name(entry, value, quality, line),
            Role::Birth => self.drafts.birth(entry, value, line),
            Role::Country => self.country(entry, value),
            Role::Identifier(kind) => self.drafts.identifier(entry, kind, value, None, line),
            Role::Address => address(entry, [value]),
            Role::Topic => add_text(&mut entry.topics, value),
            Role::Program => add_text(&mut entry.programs, value),
            Role::Remark => remark(entry, value),
            Role::Gender | Role::AddressOf => {}
        }
    }

    /// FollowTheMoney writes parts of countries (`gb-sct`) and states that are no more (`suhh`).
    fn country(&mut self, entry: &mut Entry, text: &str) {
        let state = text.split_once('-').map_or(text, |(state, _)| state);
        self.drafts.country(entry, state);
    }

    /// A name put together from its parts, where the object has no other.
    fn name_of_parts(&mut self, entry: &mut Entry, object: &Object<'_>, line: usize) {
        let part = |name: &'static str| object.all(name).next().unwrap_or_default();
        let parts = [
            part("firstName"),
            part("secondName"),
            part("middleName"),
            part("fatherName"),
            part("lastName"),
        ];
        let whole = parts.join(" ");
        let whole = if whole.trim().is_empty() {
            &*object.caption
        } else {
            whole.as_str()
        };
        self.drafts.name(entry, whole, Quality::Primary, line);
    }

    fn identification(&mut self, object: &Object<'_>, kind: IdentifierKind, line: usize) {
        let numbers: [&'static str; 3] = ["number", "passportNumber", "publicKey"];
        let country = object.all("country").next().unwrap_or_default();
        for holder in object.all("holder") {
            for number in numbers.iter().flat_map(|name| object.all(name)) {
                self.linked.push(Linked {
                    entity: holder.to_owned(),
                    said: Said::Identifier {
                        kind,
                        number: number.to_owned(),
                        country: country.to_owned(),
                    },
                    line,
                });
            }
        }
    }

    fn sanction(&mut self, object: &Object<'_>, line: usize) {
        for entity in object.all("entity") {
            let programs = object.all("program").map(|p| Said::Program(p.to_owned()));
            let dates = object.all("listingDate").chain(object.all("startDate"));
            let listed_on = dates.filter_map(dates::day).next().map(Said::ListedOn);
            self.linked
                .extend(programs.chain(listed_on).map(|said| Linked {
                    entity: entity.to_owned(),
                    said,
                    line,
                }));
        }
    }

    fn address(&mut self, object: &Object<'_>) {
        let part = |name: &'static str| object.all(name).next().unwrap_or_default().to_owned();
        let mut text = part("full");
        if text.is_empty() {
            let parts = ["street", "postalCode", "city", "region", "country"].map(part);
            let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            text = parts.join(", ");
        }
        self.addresses.insert(object.id.to_string(), text);
    }

    fn finish(mut self, about: Source) -> Result<(List, LoadReport), ListError> {
        for Linked { entity, said, line } in std::mem::take(&mut self.linked) {
            let country = match &said {
                Said::Identifier { country, .. } => self.drafts.read_country(country),
                Said::Program(_) | Said::ListedOn(_) => None,
            };
            let Some(entry) = self.drafts.find(&entity) else {
                continue;
            };
            match said {
                Said::Program(program) => add_text(&mut entry.programs, &program),
                // Several authorities may list it: the first of them counts.
                Said::ListedOn(day) => {
                    entry.listed_on = Some(entry.listed_on.map_or(day, |known| known.min(day)));
                }
                Said::Identifier { kind, number, .. } => {
                    let mut more = Entry::new(entity, entry.kind);
                    self.drafts
                        .identifier(&mut more, kind, &number, country, line);
                    self.drafts.take_part(more, line);
                }
            }
        }
        for (entity, id) in std::mem::take(&mut self.addressed) {
            let Some(text) = self.addresses.get(&id) else {
                self.drafts.report.unmatched_addresses += 1;
                continue;
            };
            if let Some(entry) = self.drafts.find(&entity) {
                add_text(&mut entry.addresses, text);
            }
        }
        self.drafts.finish_parties(about, EXPECTED)
    }
}
