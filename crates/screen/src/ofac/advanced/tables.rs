//! The tables of the advanced format: what each number stands for.

use std::collections::HashMap;

use bonafide_model::Date;

use crate::draft;
use crate::xml::Element;
use crate::{BirthDate, Entry, Kind};

/// Words by table and number, and places.
#[derive(Default)]
pub(super) struct Tables {
    values: HashMap<(String, String), String>,
    /// Party types by subtype: the subtype's own word, and its type's number.
    subtypes: HashMap<String, (String, String)>,
    /// Countries by ISO code, where the file has it.
    countries: HashMap<String, String>,
    locations: HashMap<String, Place>,
}

/// A place: its country, and its parts as they are written.
#[derive(Default)]
struct Place {
    country: String,
    parts: Vec<String>,
}

impl Tables {
    /// Takes `ReferenceValueSets`: sets of words, each set in an element of its own.
    pub(super) fn take_values(&mut self, sets: &Element) {
        for word in sets.grandchildren() {
            let id = word.attribute("ID").to_owned();
            match word.name.as_str() {
                "PartySubType" => {
                    let of = word.attribute("PartyTypeID").to_owned();
                    self.subtypes
                        .insert(id.clone(), (word.text().to_owned(), of));
                }
                "Country" => {
                    let code = match word.attribute("ISO2") {
                        "" => word.text(),
                        code => code,
                    };
                    self.countries.insert(id.clone(), code.to_owned());
                }
                _ => {}
            }
            let key = (word.name.clone(), id);
            self.values.insert(key, word.text().to_owned());
        }
    }

    /// Takes a `Location`.
    pub(super) fn take_location(&mut self, location: &Element) {
        let mut place = Place::default();
        if let Some(country) = location.child("LocationCountry") {
            place.country = self.country(country.attribute("CountryID"));
        }
        for value in location.within("LocationPartValue") {
            let text = value.value("Value");
            if !text.is_empty() {
                place.parts.push(text.to_owned());
            }
        }
        let id = location.attribute("ID").to_owned();
        self.locations.insert(id, place);
    }

    /// The word of a table; empty where the file does not have it.
    pub(super) fn value(&self, table: &str, id: &str) -> &str {
        let key = (table.to_owned(), id.to_owned());
        self.values.get(&key).map_or("", String::as_str)
    }

    /// The code or name of a country; empty where the file does not have it.
    pub(super) fn country(&self, id: &str) -> String {
        self.countries.get(id).cloned().unwrap_or_default()
    }

    /// What a party of a subtype is.
    pub(super) fn party_kind(&self, subtype: &str) -> Option<Kind> {
        let (word, of) = self.subtypes.get(subtype)?;
        match (self.value("PartyType", of), word.as_str()) {
            (_, "Vessel") => Some(Kind::Vessel),
            (_, "Aircraft") => Some(Kind::Aircraft),
            ("Individual", _) => Some(Kind::Person),
            ("Entity", _) => Some(Kind::Organisation),
            _ => None,
        }
    }

    /// Adds a place to an entry: an address where it has parts, and its country; gives back the country's code or name.
    pub(super) fn add_place(&self, id: &str, entry: &mut Entry) -> String {
        let Some(place) = self.locations.get(id) else {
            return String::new();
        };
        let parts = place.parts.iter().map(String::as_str);
        draft::address(entry, parts.chain([place.country.as_str()]));
        place.country.clone()
    }

    /// The country of a place.
    pub(super) fn country_of_place(&self, id: &str) -> &str {
        self.locations.get(id).map_or("", |p| p.country.as_str())
    }
}

/// A day of `Year`, `Month` and `Day`.
pub(super) fn day(element: &Element) -> Option<Date> {
    let birth = point(element)?;
    (birth.earliest() == birth.latest()).then(|| birth.earliest())
}

/// A day, month or year of `Year`, `Month` and `Day`.
pub(super) fn point(element: &Element) -> Option<BirthDate> {
    let year = element.value("Year").parse().ok()?;
    let (month, day) = (element.value("Month"), element.value("Day"));
    if month.is_empty() {
        return BirthDate::year(year);
    }
    let month = month.parse().ok()?;
    if day.is_empty() {
        return BirthDate::month(year, month);
    }
    Some(BirthDate::day(Date::new(year, month, day.parse().ok()?)?))
}
