//! Lists held for searching: folded names and identifiers to entries.
//!
//! Built once and never changed; a refresh builds another and swaps it, so that answering never waits for loading.
//! Names are found by their parts ([`search`]), identifiers by one look-up.

mod names;
mod search;

use std::collections::{BTreeMap, HashMap};

use crate::matching::{self, Corroboration, Hit, Matched, Outcome, Scored};
use crate::normalise::{self, MAX_NAME_CHARS};
use crate::query::{MAX_IDENTIFIERS, MAX_NAMES, Query, QueryError};
use crate::score::Likeness;
use crate::weight::Class;
use crate::{Entry, Identifier, Kind, List, ListRef};

use names::Names;
use search::Reach;

/// Most hits in one answer. More bearers of one name than this is not an answer that a reviewer can work through; what is
/// left out is counted.
pub const MAX_HITS: usize = 100;

/// Below this score a candidate is no hit unless it is asked for: nobody can work through everybody who shares a given name.
pub const SHOWN_FROM_BP: i32 = 1_000;

/// Lists, searchable.
#[derive(Debug, Default)]
pub struct Index {
    lists: Vec<List>,
    references: Vec<ListRef>,
    names: Names,
    identifiers: HashMap<Box<str>, Vec<IdentifierPlace>>,
}

/// Which hits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The least score.
    pub from_bp: i32,
    /// The most hits; no more than [`MAX_HITS`] are given.
    pub most: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            from_bp: SHOWN_FROM_BP,
            most: MAX_HITS,
        }
    }
}

/// Where an entry stands: list, then entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EntryPlace {
    list: u16,
    entry: u32,
}

/// The best that was found for an entry.
#[derive(Debug, Clone, Copy)]
enum Found {
    Name {
        name: u16,
        likeness: Likeness,
        asked: usize,
    },
    Identifier {
        identifier: u32,
        best_name: Option<u16>,
    },
}

#[derive(Debug, Clone, Copy)]
struct IdentifierPlace {
    entry: EntryPlace,
    identifier: u32,
}

impl Index {
    /// Indexes the lists.
    #[must_use]
    pub fn build(lists: Vec<List>) -> Self {
        let mut index = Self {
            references: lists.iter().map(List::reference).collect(),
            ..Self::default()
        };
        let mut names = names::Builder::default();
        for (list, entries) in (0_u16..).zip(lists.iter().map(|l| &l.entries)) {
            for (at, entry) in (0_u32..).zip(entries) {
                let place = EntryPlace { list, entry: at };
                for kind in entry.kind.possible() {
                    for (name, listed) in entry.names.iter().enumerate() {
                        names.add(place, name, *kind, listed);
                    }
                }
                index.add_identifiers(place, entry);
            }
        }
        index.names = names.build();
        index.lists = lists;
        index
    }

    fn add_identifiers(&mut self, place: EntryPlace, entry: &Entry) {
        for (at, identifier) in (0_u32..).zip(&entry.identifiers) {
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
        self.search(query, Wanted::default(), Reach::Quick)
    }

    /// Compares one party or thing with all lists and gives the hits that are wanted.
    ///
    /// # Errors
    /// As for [`Index::screen`].
    pub fn screen_wanted(&self, query: &Query, wanted: Wanted) -> Result<Outcome, QueryError> {
        check_counts(query)?;
        self.search(query, wanted, Reach::Quick)
    }

    /// The same without the short cuts of the search: every part of every listed name is compared. Slow; what the search loses
    /// is measured against it.
    ///
    /// # Errors
    /// As for [`Index::screen`].
    pub fn scan(&self, query: &Query, wanted: Wanted) -> Result<Outcome, QueryError> {
        check_counts(query)?;
        self.search(query, wanted, Reach::Whole)
    }

    /// How one entry compares, however little; nothing if nothing is common to both or there is no such entry.
    ///
    /// # Errors
    /// As for [`Index::screen`].
    pub fn explain(
        &self,
        query: &Query,
        list: &str,
        entry_id: &str,
    ) -> Result<Option<Hit>, QueryError> {
        check_counts(query)?;
        let found = self.find(query, Reach::Whole)?;
        let hit = found.into_iter().find(|(place, _)| {
            self.at(*place)
                .is_some_and(|(l, e)| l.name == list && e.id == entry_id)
        });
        Ok(hit.and_then(|(place, found)| self.hit(query, place, &found)))
    }

    fn search(&self, query: &Query, wanted: Wanted, reach: Reach) -> Result<Outcome, QueryError> {
        let mut ranked: Vec<(i32, f32, EntryPlace, Found)> = Vec::new();
        for (place, found) in self.find(query, reach)? {
            let Some((_, entry)) = self.at(place) else {
                continue;
            };
            let (bp, odds) = match &found {
                Found::Identifier { .. } => (crate::FULL_BP, f32::INFINITY),
                Found::Name { likeness, .. } => {
                    let rest = Corroboration::of(entry, query);
                    (rest.bp(likeness), likeness.odds() + rest.sum())
                }
            };
            if bp >= wanted.from_bp {
                ranked.push((bp, odds, place, found));
            }
        }
        // Equal scores stay in the order of the lists.
        ranked.sort_by(|a, b| {
            (b.0.cmp(&a.0))
                .then(b.1.total_cmp(&a.1))
                .then(a.2.cmp(&b.2))
        });
        let most = wanted.most.min(MAX_HITS);
        let hits_left_out = ranked.len().saturating_sub(most);
        ranked.truncate(most);
        let hits = ranked
            .into_iter()
            .filter_map(|(_, _, place, found)| self.hit(query, place, &found));
        Ok(Outcome {
            hits: hits.collect(),
            hits_left_out,
            lists: self.references.clone(),
        })
    }

    /// The best that was found for each entry.
    fn find(&self, query: &Query, reach: Reach) -> Result<BTreeMap<EntryPlace, Found>, QueryError> {
        check_texts(query)?;
        let mut found: BTreeMap<EntryPlace, Found> = BTreeMap::new();
        for (asked, name) in query.names.iter().enumerate() {
            for kind in Kind::ALL {
                if query.kind.is_none_or(|asked| asked.may_be(kind)) {
                    self.find_name((asked, name), kind, reach, &mut found)?;
                }
            }
        }
        for identifier in &query.identifiers {
            self.find_identifier(identifier, query.kind, &mut found)?;
        }
        Ok(found)
    }

    fn find_name(
        &self,
        (asked, name): (usize, &str),
        kind: Kind,
        reach: Reach,
        found: &mut BTreeMap<EntryPlace, Found>,
    ) -> Result<(), QueryError> {
        let class = Class::of(kind);
        let readable = self.names.search(kind, name, reach, |row, comparison| {
            let Some(row) = self.names.row(row) else {
                return;
            };
            let likeness = Likeness {
                comparison: *comparison,
                class,
                quality: row.quality,
            };
            let new = Found::Name {
                name: row.name,
                likeness,
                asked,
            };
            let better = match found.get(&row.entry) {
                Some(Found::Name {
                    likeness: known, ..
                }) => likeness.odds() > known.odds(),
                Some(Found::Identifier { .. }) => false,
                None => true,
            };
            if better {
                found.insert(row.entry, new);
            }
        });
        match readable {
            true => Ok(()),
            false => Err(QueryError::Unreadable(name.to_owned())),
        }
    }

    fn find_identifier(
        &self,
        identifier: &Identifier,
        kind: Option<Kind>,
        found: &mut BTreeMap<EntryPlace, Found>,
    ) -> Result<(), QueryError> {
        let key = identifier.folded();
        if key.is_empty() {
            return Err(QueryError::Unreadable(identifier.value.clone()));
        }
        for place in self.identifiers.get(key.as_str()).into_iter().flatten() {
            let Some((_, entry)) = self.at(place.entry) else {
                continue;
            };
            let Some(listed) = identifier_at(entry, place.identifier) else {
                continue;
            };
            let other_kind = kind.is_some_and(|asked| !asked.may_be(entry.kind));
            if !listed.same_issuer(identifier) || (other_kind && listed.kind != identifier.kind) {
                continue;
            }
            let best_name = match found.get(&place.entry) {
                Some(Found::Name { name, .. }) => Some(*name),
                Some(Found::Identifier { .. }) => continue,
                None => None,
            };
            let new = Found::Identifier {
                identifier: place.identifier,
                best_name,
            };
            found.insert(place.entry, new);
        }
        Ok(())
    }

    fn at(&self, place: EntryPlace) -> Option<(&List, &Entry)> {
        let list = self.lists.get(usize::from(place.list))?;
        Some((list, list.entries.get(usize::try_from(place.entry).ok()?)?))
    }

    /// The hit on an entry, explained.
    fn hit(&self, query: &Query, place: EntryPlace, found: &Found) -> Option<Hit> {
        let (list, entry) = self.at(place)?;
        let rest = Corroboration::of(entry, query);
        let (name, matched, scored) = match found {
            Found::Name {
                name,
                likeness,
                asked,
            } => {
                let listed = entry.names.get(usize::from(*name))?;
                let asked = query.names.get(*asked).map_or("", String::as_str);
                let matched = how_matched(entry.kind, asked, &listed.text);
                (Some(listed), matched, matching::score_name(likeness, &rest))
            }
            Found::Identifier {
                identifier,
                best_name,
            } => {
                let kind = identifier_at(entry, *identifier)?.kind;
                let name = best_name
                    .map_or_else(|| entry.primary_name(), |n| entry.names.get(usize::from(n)));
                (
                    name,
                    Matched::Identifier,
                    matching::score_identifier(kind, &rest),
                )
            }
        };
        let Scored {
            bp,
            steps,
            features,
        } = scored;
        Some(Hit {
            list: list.name.clone(),
            entry_id: entry.id.clone(),
            kind: entry.kind,
            listed_name: name.map_or_else(String::new, |n| n.text.clone()),
            quality: name.map_or(crate::Quality::Primary, |n| n.quality),
            programs: entry.programs.clone(),
            matched,
            score_bp: bp,
            explanation: steps,
            features,
        })
    }
}

fn identifier_at(entry: &Entry, at: u32) -> Option<&Identifier> {
    entry.identifiers.get(usize::try_from(at).ok()?)
}

fn how_matched(kind: Kind, asked: &str, listed: &str) -> Matched {
    if written_alike(asked, listed) {
        Matched::Exact
    } else if normalise::fold(kind, asked) == normalise::fold(kind, listed) {
        Matched::Normalised
    } else {
        Matched::Similar
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
