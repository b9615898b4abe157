//! The JSON form: an object whose `results` are the parties.

use std::io::BufRead;

use serde::Deserialize;

use crate::draft::{Drafts, address};
use crate::json::{self, Shape};
use crate::report::ListError;
use crate::{List, LoadReport, Source};

use super::{Party, made_id};

const SHAPE: Shape = Shape {
    file: "consolidated.json",
    expected: "the US Consolidated Screening List, a JSON object with `results`",
    key: Some("results"),
};

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    entity_number: Option<Number>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    programs: Option<Vec<String>>,
    name: String,
    #[serde(default)]
    alt_names: Option<Vec<String>>,
    #[serde(default)]
    citizenships: Option<Vec<String>>,
    #[serde(default)]
    nationalities: Option<Vec<String>>,
    #[serde(default)]
    vessel_flag: Option<String>,
    #[serde(default)]
    dates_of_birth: Option<Vec<String>>,
    #[serde(default)]
    call_sign: Option<String>,
    #[serde(default)]
    start_date: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    remarks: Option<String>,
    #[serde(default)]
    ids: Option<Vec<Id>>,
    #[serde(default)]
    addresses: Option<Vec<Address>>,
}

/// A number that some files write as one and some as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Number(u64),
}

#[derive(Deserialize)]
struct Id {
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    city: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    postal_code: Option<String>,
    #[serde(default)]
    country: Option<String>,
}

pub(super) fn read(
    source: &mut dyn BufRead,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    json::each(SHAPE, source, |bytes, line| {
        match serde_json::from_slice::<Listed>(bytes) {
            Ok(listed) => {
                party(&listed, line, &mut drafts);
                Ok(())
            }
            Err(why) => {
                let why = json::without_place(&why);
                drafts.report.skip(SHAPE.file, line, why.clone());
                Err(why)
            }
        }
    })?;
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(listed: &Listed, line: usize, drafts: &mut Drafts) {
    fn text(value: &Option<String>) -> &str {
        value.as_deref().unwrap_or_default().trim()
    }
    fn texts(values: &Option<Vec<String>>) -> impl Iterator<Item = &str> {
        values.iter().flatten().map(String::as_str)
    }
    let number = match &listed.entity_number {
        Some(Number::Text(number)) => number.clone(),
        Some(Number::Number(number)) => number.to_string(),
        None => String::new(),
    };
    let id = match (text(&listed.id), number.as_str()) {
        ("", "") => made_id(text(&listed.source), &listed.name),
        ("", number) => number.to_owned(),
        (id, _) => id.to_owned(),
    };
    let mut identifiers = Vec::new();
    for one in listed.ids.iter().flatten() {
        let country = drafts.read_country(text(&one.country));
        identifiers.push((text(&one.kind), text(&one.number), country));
    }
    let said = Party {
        id: &id,
        source: text(&listed.source),
        kind: text(&listed.kind),
        programs: texts(&listed.programs).collect(),
        name: &listed.name,
        alt_names: texts(&listed.alt_names).collect(),
        countries: texts(&listed.citizenships)
            .chain(texts(&listed.nationalities))
            .chain([text(&listed.vessel_flag)])
            .collect(),
        births: texts(&listed.dates_of_birth).collect(),
        call_sign: text(&listed.call_sign),
        start_date: text(&listed.start_date),
        title: text(&listed.title),
        remarks: text(&listed.remarks),
        identifiers,
    };
    let mut entry = said.entry(line, drafts);
    for one in listed.addresses.iter().flatten() {
        drafts.country(&mut entry, text(&one.country));
        let parts = [
            &one.address,
            &one.city,
            &one.state,
            &one.postal_code,
            &one.country,
        ];
        address(&mut entry, parts.map(text));
    }
    drafts.take_part(entry, line);
}
