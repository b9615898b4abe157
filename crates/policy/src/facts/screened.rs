//! Screenings, and whether they are still of whoever the party claims to be.
//!
//! A screening counts for what was claimed when it was recorded. A name, number or country said since makes it out of
//! date, so that nobody is cleared under one name and served under another. A hit keeps its score until the next
//! screening: nobody is cleared by a new name either.

use bonafide_model::{Claim, PartyId, Screening, Timestamp};

use super::{Known, World, bit};
use crate::compared;

impl World<'_> {
    pub(super) fn learn_screenings(&mut self) {
        for screening in &self.dossier.screenings {
            let position = self.position(screening.party);
            let Some(party) = position.and_then(|p| self.parties.get_mut(p)) else {
                continue;
            };
            if party.screening.is_none_or(|s| s.at <= screening.at) {
                party.screening = Some(screening);
            }
        }
        for position in 0..self.parties.len() {
            let (id, screening) = (self.party(position).id, self.party(position).screening);
            let Some(screening) = screening else { continue };
            let outdated_at = self.outdated_at(id, screening);
            let attribute = self.packs.list_screening;
            let Some(party) = self.parties.get_mut(position) else {
                continue;
            };
            party.screening_outdated_at = outdated_at;
            if let Some(attribute) = attribute {
                party.held |= bit(attribute);
                let known = Known::screened(attribute, screening.at, outdated_at);
                let at = party.known.partition_point(|k| k.attribute < attribute);
                party.known.insert(at, known);
            }
        }
    }

    /// Since when something is claimed that the screening was not of.
    fn outdated_at(&self, party: PartyId, screening: &Screening) -> Option<Timestamp> {
        let own = || {
            let claims = self.dossier.claims.iter();
            claims.filter(|c| c.party == party && compared::is_compared(&c.attribute))
        };
        let begins = |c: &Claim| {
            let from = c.valid_from.map(bonafide_model::Date::start);
            from.map_or(c.recorded_at, |from| from.max(c.recorded_at))
        };
        let asked = |c: &Claim| {
            c.recorded_at <= screening.recorded_at && c.holds_on(screening.recorded_at.date())
        };
        let new = own().filter(|c| begins(c) > screening.recorded_at);
        let new = new.filter(|c| self.holds(c.valid_from, c.valid_to));
        let new = new.filter(|c| {
            let mut same = own().filter(|o| o.attribute == c.attribute && o.value == c.value);
            !same.any(asked)
        });
        new.map(begins).min()
    }
}
