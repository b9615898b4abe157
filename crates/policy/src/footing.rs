//! What a finding rests on: a digest for each thing that was read to make it.
//!
//! A determination settles a finding for what it rested on. The finding stays settled as long as every item that it rests
//! on now was among those looked at: an item that is gone re-opens nothing, an item that is new does. Items are digests,
//! because what one party said must not stand in the record of another.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use bonafide_model::{PartyId, Screening};

/// What a finding rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Footing {
    items: BTreeSet<String>,
}

impl Footing {
    /// Adds something that was read: what it is, about whom, and what it said.
    pub(crate) fn add(&mut self, what: &str, about: Option<PartyId>, said: &str) {
        let about = about.map_or_else(String::new, |id| id.to_string());
        self.digest(&[what, &about, said]);
    }

    /// Adds what a screening found: each hit for itself, so that another hit is another question. A hit is the same as long as
    /// both sides are: what the list says of its entry, under whichever number, and what the party says of itself. Hits that
    /// were left out nobody has seen: they are looked at again at each screening.
    pub(crate) fn add_hits(&mut self, party: PartyId, screening: &Screening) {
        let id = party.to_string();
        for hit in &screening.hits {
            if let (Some(entity), Some(asked)) = (&hit.entity, &screening.asked) {
                self.digest(&["listed", &id, &hit.list, entity, asked]);
                continue;
            }
            // Recorded before digests were.
            let score = hit.score_bp.to_string();
            let mut parts = vec!["hit", &id, &hit.list, &hit.entry, &hit.listed_name, &score];
            parts.extend(hit.explanation.iter().map(String::as_str));
            self.digest(&parts);
        }
        if screening.hits_left_out > 0 {
            self.add("hits left out", Some(party), &screening.at.to_string());
        }
    }

    fn digest(&mut self, parts: &[&str]) {
        let mut context = Context::new(&SHA256);
        for part in parts {
            // Each with its length, so that no two lists of parts run together to the same bytes.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        let digest = context.finish();
        let hex = digest.as_ref().iter().fold(String::new(), |mut hex, b| {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{b:02x}");
            hex
        });
        self.items.insert(hex);
    }

    /// Whether all of it was looked at.
    pub(crate) fn is_within(&self, looked_at: &[String]) -> bool {
        self.items.iter().all(|item| looked_at.contains(item))
    }

    /// The digests, ascending.
    pub(crate) fn into_items(self) -> Vec<String> {
        self.items.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_stays_within_and_what_is_new_does_not() {
        let mut footing = Footing::default();
        footing.add("value", None, "a");
        let one = footing.clone().into_items();
        footing.add("value", None, "b");
        let both = footing.clone().into_items();
        assert!(footing.is_within(&both) && !footing.is_within(&one));
        assert!(Footing::default().is_within(&[]));
    }

    #[test]
    fn parts_do_not_run_together() {
        let (mut one, mut other) = (Footing::default(), Footing::default());
        one.digest(&["ab", "c"]);
        other.digest(&["a", "bc"]);
        assert_ne!(one, other);
    }
}
