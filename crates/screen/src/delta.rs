//! What changed between two versions of a list: the entries that came, went and changed.
//!
//! Entries are matched by their number. An entry whose number changed is one that went and one that came; so is a list
//! that changed its authority's form, whose numbers may be others. What came and what changed is what customers must be
//! held against again: nothing else of the list can be a new hit.

use std::collections::HashMap;

use crate::{Entry, List};

/// The difference from one version to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta<'a> {
    /// Entries of the new version that the old one does not have, in the order of the new.
    pub added: Vec<&'a Entry>,
    /// Entries that both have and that differ: the old, then the new.
    pub changed: Vec<(&'a Entry, &'a Entry)>,
    /// Entries of the old version that the new one does not have.
    pub removed: Vec<&'a Entry>,
}

impl<'a> Delta<'a> {
    /// The difference between two versions.
    #[must_use]
    pub fn between(old: &'a List, new: &'a List) -> Self {
        let mut before: HashMap<&str, &Entry> =
            old.entries.iter().map(|e| (e.id.as_str(), e)).collect();
        let mut delta = Self::default();
        for entry in &new.entries {
            match before.remove(entry.id.as_str()) {
                None => delta.added.push(entry),
                Some(known) if known != entry => delta.changed.push((known, entry)),
                Some(_) => {}
            }
        }
        let went = |entry: &&Entry| before.contains_key(entry.id.as_str());
        delta.removed = old.entries.iter().filter(went).collect();
        delta
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// The entries of the new version that may be new hits: those that came and those that changed.
    pub fn to_screen(&self) -> impl Iterator<Item = &'a Entry> {
        let changed = self.changed.iter().map(|(_, new)| *new);
        self.added.iter().copied().chain(changed)
    }
}

/// In what an entry differs, in words for a reviewer.
#[must_use]
pub fn differences(old: &Entry, new: &Entry) -> Vec<&'static str> {
    let names = |e: &Entry| {
        let mut names: Vec<_> = e
            .names
            .iter()
            .map(|n| (n.text.clone(), n.quality))
            .collect();
        names.sort();
        names
    };
    [
        ("kind", old.kind != new.kind),
        ("names", names(old) != names(new)),
        (
            "programmes",
            old.programs != new.programs || old.topics != new.topics,
        ),
        ("countries", old.countries != new.countries),
        ("dates of birth", old.birth_dates != new.birth_dates),
        ("gender", old.gender != new.gender),
        ("identifiers", old.identifiers != new.identifiers),
        ("addresses", old.addresses != new.addresses),
        (
            "remarks",
            old.remarks != new.remarks || old.listed_on != new.listed_on,
        ),
    ]
    .into_iter()
    .filter_map(|(what, differs)| differs.then_some(what))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Quality, Source};

    fn list(entries: &[(&str, &str)]) -> List {
        let about = Source {
            name: "l".to_owned(),
            digest: [0; 32],
            published_on: None,
            loaded_at: "2026-11-24T09:00:00Z".parse().unwrap(),
        };
        let entry = |(id, name): &(&str, &str)| {
            let mut entry = Entry::new(*id, Kind::Person);
            entry.add_name(name, Quality::Primary);
            entry
        };
        List::new(about, entries.iter().map(entry).collect())
    }

    #[test]
    fn what_came_went_and_changed() {
        let old = list(&[("1", "A"), ("2", "B"), ("3", "C")]);
        let new = list(&[("4", "D"), ("3", "C"), ("2", "BB")]);
        let delta = Delta::between(&old, &new);
        let ids = |entries: &[&Entry]| entries.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&delta.added), ["4"]);
        assert_eq!(ids(&delta.removed), ["1"]);
        assert_eq!(delta.changed.len(), 1);
        let (before, after) = delta.changed[0];
        assert_eq!(differences(before, after), ["names"]);
        assert_eq!(
            delta.to_screen().map(|e| e.id.as_str()).collect::<Vec<_>>(),
            ["4", "2"]
        );
        assert!(Delta::between(&old, &old).is_empty());
    }
}
