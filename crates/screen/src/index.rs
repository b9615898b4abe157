//! Lists held for searching: folded names and identifiers to entries.
//!
//! Built once and never changed; a refresh builds another and swaps it, so that answering never waits for loading.
//! One hash look-up for each name and kind, so the time does not grow with the lists.

use std::collections::{BTreeMap, HashMap};

use crate::matching::{self, Hit, Matched, Outcome};
use crate::normalise::{self, MAX_NAME_CHARS};
use crate::query::{MAX_IDENTIFIERS, MAX_NAMES, Query, QueryError};
use crate::{Entry, Identifier, Kind, List, ListRef};

/// Most hits in one answer. More bearers of one folded name than this is not an answer that a reviewer can work through;
/// what is left out is counted.
pub const MAX_HITS: usize = 100;

/// Lists, searchable.
#[derive(Debug, Default)]
pub struct Index {
    lists: Vec<List>,
    references: Vec<ListRef>,
    names: BTreeMap<Kind, HashMap<Box<str>, Vec<NamePlace>>>,
    identifiers: HashMap<Box<str>, Vec<IdentifierPlace>>,
}

/// Where an entry stands: list, then entry.
type EntryPlace = (usize, usize);

#[derive(Debug, Clone, Copy)]
struct NamePlace {
    entry: EntryPlace,
    name: usize,
}

#[derive(Debug, Clone, Copy)]
struct IdentifierPlace {
    entry: EntryPlace,
    identifier: usize,
}

impl Index {
    /// Indexes the lists.
    #[must_use]
    pub fn build(lists: Vec<List>) -> Self {
        let mut index = Self {
            references: lists.iter().map(List::reference).collect(),
            ..Self::default()
        };
        for (list, entries) in lists.iter().map(|l| &l.entries).enumerate() {
            for (at, entry) in entries.iter().enumerate() {
                index.add((list, at), entry);
            }
        }
        index.lists = lists;
        index
    }

    fn add(&mut self, place: EntryPlace, entry: &Entry) {
        for kind in entry.kind.possible() {
            let names = self.names.entry(*kind).or_default();
            for (at, name) in entry.names.iter().enumerate() {
                if let Some(key) = normalise::fold(*kind, &name.text) {
                    let found = NamePlace {
                        entry: place,
                        name: at,
                    };
                    names.entry(key.into_boxed_str()).or_default().push(found);
                }
            }
        }
        for (at, identifier) in entry.identifiers.iter().enumerate() {
            let key = identifier.folded();
            if !key.is_empty() {
                let found = IdentifierPlace {
                    entry: place,
                    identifier: at,
                };
                self.identifiers
                    .entry(key.into_boxed_str())
                    .or_default()
                    .push(found);
            }
        }
    }

    /// The lists held.
    #[must_use]
    pub fn lists(&self) -> &[ListRef] {
        &self.references
    }

    /// The list of that name.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&List> {
        self.lists.iter().find(|l| l.name == name)
    }

    /// How many entries the lists have together.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.lists.iter().map(|l| l.entries.len()).sum()
    }

    /// The entry behind a hit, for the reviewer.
    #[must_use]
    pub fn entry(&self, list: &str, entry_id: &str) -> Option<&Entry> {
        let list = self.lists.iter().find(|l| l.name == list)?;
        list.entries.iter().find(|e| e.id == entry_id)
    }

    /// Compares one party or thing with all lists.
    ///
    /// # Errors
    /// If the query has nothing that can be compared, or is beyond a bound.
    pub fn screen(&self, query: &Query) -> Result<Outcome, QueryError> {
        check_counts(query)?;
        self.screen_all(query)
    }

    /// The same for a party with more names or identifiers than one query may have: every one of them is compared, since
    /// a listed name that is left out would be a false clearance. An entry is one hit, whichever name found it.
    ///
    /// # Errors
    /// If there is nothing that can be compared, or a text is beyond its bound.
    pub fn screen_all(&self, query: &Query) -> Result<Outcome, QueryError> {
        check_texts(query)?;
        let mut found: BTreeMap<EntryPlace, Hit> = BTreeMap::new();
        for name in &query.names {
            self.find_name(name, query, &mut found)?;
        }
        for identifier in &query.identifiers {
            self.find_identifier(identifier, query.kind, &mut found)?;
        }
        let mut hits: Vec<Hit> = found.into_values().collect();
        // The sort is stable: equal scores stay in the order of the lists.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.score_bp));
        let hits_left_out = hits.len().saturating_sub(MAX_HITS);
        hits.truncate(MAX_HITS);
        Ok(Outcome {
            hits,
            hits_left_out,
            lists: self.references.clone(),
        })
    }

    fn find_name(
        &self,
        name: &str,
        query: &Query,
        found: &mut BTreeMap<EntryPlace, Hit>,
    ) -> Result<(), QueryError> {
        for kind in Kind::ALL {
            if query.kind.is_some_and(|asked| !asked.may_be(kind)) {
                continue;
            }
            let key = normalise::fold(kind, name)
                .ok_or_else(|| QueryError::Unreadable(name.to_owned()))?;
            let places = self
                .names
                .get(&kind)
                .and_then(|names| names.get(key.as_str()));
            for place in places.into_iter().flatten() {
                let Some((list, entry)) = self.at(place.entry) else {
                    continue;
                };
                let Some(listed) = entry.names.get(place.name) else {
                    continue;
                };
                let (score_bp, explanation) = matching::score_name(listed.quality, entry, query);
                let hit = Hit {
                    matched: if written_alike(name, &listed.text) {
                        Matched::Exact
                    } else {
                        Matched::Normalised
                    },
                    listed_name: listed.text.clone(),
                    quality: listed.quality,
                    score_bp,
                    explanation,
                    ..blank_hit(list, entry)
                };
                keep_better(found, place.entry, hit);
            }
        }
        Ok(())
    }

    fn find_identifier(
        &self,
        identifier: &Identifier,
        kind: Option<Kind>,
        found: &mut BTreeMap<EntryPlace, Hit>,
    ) -> Result<(), QueryError> {
        let key = identifier.folded();
        if key.is_empty() {
            return Err(QueryError::Unreadable(identifier.value.clone()));
        }
        for place in self.identifiers.get(key.as_str()).into_iter().flatten() {
            let Some((list, entry)) = self.at(place.entry) else {
                continue;
            };
            let Some(listed) = entry.identifiers.get(place.identifier) else {
                continue;
            };
            let other_kind = kind.is_some_and(|asked| !asked.may_be(entry.kind));
            if !listed.same_issuer(identifier) || (other_kind && listed.kind != identifier.kind) {
                continue;
            }
            let (score_bp, explanation) = matching::score_identifier(listed.kind);
            let mut hit = Hit {
                score_bp,
                explanation,
                ..blank_hit(list, entry)
            };
            if let Some(by_name) = found.get(&place.entry) {
                hit.listed_name.clone_from(&by_name.listed_name);
                hit.quality = by_name.quality;
            }
            keep_better(found, place.entry, hit);
        }
        Ok(())
    }

    fn at(&self, (list, entry): EntryPlace) -> Option<(&List, &Entry)> {
        let list = self.lists.get(list)?;
        Some((list, list.entries.get(entry)?))
    }
}

/// A hit on the entry, by identifier and with the primary name until something better is known.
fn blank_hit(list: &List, entry: &Entry) -> Hit {
    let name = entry.primary_name();
    Hit {
        list: list.name.clone(),
        entry_id: entry.id.clone(),
        kind: entry.kind,
        listed_name: name.map_or_else(String::new, |n| n.text.clone()),
        quality: name.map_or(crate::Quality::Primary, |n| n.quality),
        programs: entry.programs.clone(),
        matched: Matched::Identifier,
        score_bp: 0,
        explanation: Vec::new(),
    }
}

/// One hit an entry: the higher score, then the surer way of matching.
fn keep_better(found: &mut BTreeMap<EntryPlace, Hit>, place: EntryPlace, hit: Hit) {
    let rank = |h: &Hit| (-h.score_bp, h.matched);
    if found
        .get(&place)
        .is_none_or(|known| rank(&hit) < rank(known))
    {
        found.insert(place, hit);
    }
}

/// Whether two names are written alike, but for case, white space and `Surname, Given` or `Given Surname`.
fn written_alike(name: &str, listed: &str) -> bool {
    let tidy = |text: &str| {
        let turned = normalise::given_first(text);
        let text = turned.as_deref().unwrap_or(text);
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    tidy(name) == tidy(listed)
}

fn check_counts(query: &Query) -> Result<(), QueryError> {
    for (what, count, limit) in [
        ("names", query.names.len(), MAX_NAMES),
        ("identifiers", query.identifiers.len(), MAX_IDENTIFIERS),
    ] {
        if count > limit {
            return Err(QueryError::TooMany { what, count, limit });
        }
    }
    Ok(())
}

fn check_texts(query: &Query) -> Result<(), QueryError> {
    if query.names.is_empty() && query.identifiers.is_empty() {
        return Err(QueryError::Nothing);
    }
    let texts = query
        .names
        .iter()
        .chain(query.identifiers.iter().map(|i| &i.value));
    for text in texts {
        if text.chars().nth(MAX_NAME_CHARS).is_some() {
            return Err(QueryError::TooLong {
                start: text.chars().take(40).collect(),
                limit: MAX_NAME_CHARS,
            });
        }
    }
    Ok(())
}
