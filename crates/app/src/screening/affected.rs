//! Whom a list update concerns.
//!
//! The entries that came or changed are indexed alone, and every party is asked against that small index with a wide net: how
//! rare a part of a name is, and so how much it tells, is counted from the lists, and an index of few entries counts
//! otherwise. Whoever is caught is asked against the whole lists. Whoever had a hit on an entry that went or changed is
//! concerned without a question.

use std::collections::HashSet;

use bonafide_model::Date;
use bonafide_screen::{ALERT_THRESHOLD_BP, Delta, Index, List};

use super::Profile;

/// What an update changed of a list.
pub(super) struct Update {
    list: String,
    /// The entries that came or changed.
    news: Index,
    fresh: HashSet<String>,
    /// Entries that changed or went.
    touched: HashSet<String>,
}

impl Update {
    /// The update from one version, or from none, to another.
    pub(super) fn between(old: Option<&List>, new: List) -> Self {
        let (mut fresh, mut touched) = (HashSet::new(), HashSet::new());
        match old {
            None => fresh.extend(new.entries.iter().map(|e| e.id.clone())),
            Some(old) => {
                let delta = Delta::between(old, &new);
                fresh.extend(delta.to_screen().map(|e| e.id.clone()));
                let changed = delta.changed.iter().map(|(_, new)| *new);
                touched.extend(changed.chain(delta.removed).map(|e| e.id.clone()));
            }
        }
        let mut news = new;
        news.entries.retain(|e| fresh.contains(&e.id));
        Self {
            list: news.name.clone(),
            news: Index::build(vec![news]),
            fresh,
            touched,
        }
    }

    /// Whether nobody can be concerned.
    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.touched.is_empty()
    }

    /// Whether a party must be held against the lists again. One with nothing that can be compared never was and cannot be.
    pub(super) fn concerns(&self, profile: &Profile, lists: &Index, on: Date) -> bool {
        if profile.has_hit(&self.list, |entry| self.touched.contains(entry)) {
            return true;
        }
        let question = profile.question(on);
        let caught = self.news.screen_all(&question);
        if caught.is_ok_and(|found| found.hits.is_empty()) {
            return false;
        }
        let found = lists.screen_all(&question);
        found.is_ok_and(|found| {
            let alert = |h: &bonafide_screen::Hit| {
                h.list == self.list
                    && h.score_bp >= ALERT_THRESHOLD_BP
                    && self.fresh.contains(&h.entry_id)
            };
            found.hits_left_out > 0 || found.hits.iter().any(alert)
        })
    }
}
