//! What must not be collected about whom.

use std::sync::Arc;

use super::ConflictSide;
use super::panel::Panel;
use crate::expr::Truth;
use crate::facts::World;
use crate::pack::{Pack, Prohibition, ProhibitionAction};

/// Prohibitions of the packs that bite, by party.
pub(super) struct Bans<'a> {
    of: Vec<Vec<(&'a Pack, &'a Prohibition)>>,
}

impl<'a> Bans<'a> {
    /// A prohibition whose condition is not known to be false counts: what is once collected cannot be unlearned.
    pub(super) fn new(panels: &[Panel<'a>], world: &World<'_>) -> Self {
        let mut of = vec![Vec::new(); world.parties.len()];
        for panel in panels.iter().filter(|p| p.applies && p.bites) {
            for prohibition in &panel.pack.prohibitions {
                if prohibition.action != ProhibitionAction::Collect {
                    continue;
                }
                for (party, bans) in of.iter_mut().enumerate() {
                    let when = prohibition.when.as_ref();
                    let asked = when.map(|w| panel.ask(w, party, world, &mut Vec::new()));
                    if asked != Some(Truth::False) {
                        bans.push((panel.pack, prohibition));
                    }
                }
            }
        }
        Self { of }
    }

    fn on(&self, party: usize) -> &[(&'a Pack, &'a Prohibition)] {
        self.of.get(party).map_or(&[], Vec::as_slice)
    }

    /// Attributes that may not be collected about a party for a pack's requirement.
    pub(super) fn for_pack(&self, party: usize, pack: &Pack) -> u128 {
        let bans = self.on(party).iter();
        let bans = bans.filter(|(_, ban)| !yields(ban, pack));
        bans.fold(0, |set, (_, ban)| set | ban.attributes)
    }

    /// Attributes that no step may collect about a party, given what is required by packs that a prohibition yields to.
    pub(super) fn for_plan(&self, party: usize, required: &[(&Pack, u128)]) -> u128 {
        let bans = self.on(party).iter();
        bans.fold(0, |set, (_, ban)| {
            let excepted = required.iter().filter(|(pack, _)| yields(ban, pack));
            let excepted = excepted.fold(0, |all, (_, attributes)| all | attributes);
            set | (ban.attributes & !excepted)
        })
    }

    /// What forbids these attributes to a pack.
    pub(super) fn sides(&self, party: usize, pack: &Pack, attributes: u128) -> Vec<ConflictSide> {
        let bans = self.on(party).iter();
        bans.filter(|(_, ban)| !yields(ban, pack) && ban.attributes & attributes != 0)
            .map(|(of, ban)| ConflictSide {
                pack: Arc::clone(&of.id),
                id: Arc::clone(&ban.id),
                citations: ban.citations.clone(),
            })
            .collect()
    }
}

fn yields(ban: &Prohibition, pack: &Pack) -> bool {
    ban.unless_required_by.iter().any(|id| **id == *pack.id)
}
