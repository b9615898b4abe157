//! A pack at work on an account: what it derives, whom it is about, whether it applies and bites.

use std::sync::Arc;

use bonafide_model::{RoleKind, Timestamp};

use super::{BeneficialOwner, NoticeRef, PackRef};
use crate::expr::{Condition, Scene, Truth, Unknowns, View};
use crate::facts::World;
use crate::footing::Footing;
use crate::ownership::Holdings;
use crate::pack::{ActivePack, Pack, Subject};
use crate::status;

/// A pack at work on an account.
pub(super) struct Panel<'a> {
    active: &'a ActivePack,
    pub(super) pack: &'a Pack,
    pub(super) view: View,
    pub(super) owners: Vec<BeneficialOwner>,
    /// Controllers of the holder and of those who steer it.
    pub(super) controllers: Vec<usize>,
    pub(super) applies: bool,
    /// Whether what it decides is done, and not only told.
    pub(super) bites: bool,
    /// Parties that a failure added, to be identified as owners are.
    pub(super) added: Vec<usize>,
    /// Whether it has a part in the account being provisional.
    pub(super) provisional: bool,
}

/// The parties that stand in roles to the account, whatever the pack.
pub(super) struct Roster {
    holder: Vec<usize>,
    representatives: Vec<usize>,
    payers: Vec<usize>,
    resellers: Vec<usize>,
    lessees: Vec<usize>,
}

impl Roster {
    pub(super) fn new(world: &World<'_>) -> Self {
        Self {
            holder: vec![world.holder],
            representatives: world.in_role(RoleKind::Representative),
            payers: world.in_role(RoleKind::Payer),
            resellers: world.in_role(RoleKind::Reseller),
            lessees: world.in_role(RoleKind::Lessee),
        }
    }

    /// The parties that a pack means by a subject.
    pub(super) fn of<'r>(&'r self, subject: Subject, panel: &'r Panel<'_>) -> &'r [usize] {
        match subject {
            Subject::Party | Subject::Account => &self.holder,
            Subject::Owner => &panel.view.owners,
            Subject::Controller => &panel.controllers,
            Subject::Representative => &self.representatives,
            Subject::Payer => &self.payers,
            Subject::Reseller => &self.resellers,
            Subject::Lessee => &self.lessees,
        }
    }

    /// The parties of several subjects, each once.
    pub(super) fn all(&self, subjects: &[Subject], panel: &Panel<'_>) -> Vec<usize> {
        let parties = subjects.iter().flat_map(|s| self.of(*s, panel)).copied();
        let mut parties: Vec<usize> = parties.collect();
        parties.sort_unstable();
        parties.dedup();
        parties
    }
}

impl<'a> Panel<'a> {
    pub(super) fn new(active: &'a ActivePack, world: &World<'_>, holdings: &Holdings) -> Self {
        let pack = &*active.pack;
        let found = pack.beneficial_owner.as_ref();
        let found = found.map_or_else(Vec::new, |rule| holdings.beneficial(rule, world));
        let (positions, owners) = found.into_iter().unzip();
        let mut controllers = world.in_role(RoleKind::Controller);
        controllers.extend(holdings.controllers(pack.beneficial_owner.as_ref(), world.holder));
        controllers.sort_unstable();
        controllers.dedup();
        let mut panel = Self {
            active,
            pack,
            view: status::view(pack, world, holdings, positions),
            owners,
            controllers,
            applies: true,
            bites: active.bites(),
            added: Vec::new(),
            provisional: false,
        };
        if let Some(applies) = &pack.applies {
            let asked = panel.ask(applies, world.holder, world, &mut Vec::new());
            panel.applies = asked != Truth::False;
        }
        panel
    }

    /// Asks a condition of a party.
    pub(super) fn ask(
        &self,
        condition: &Condition,
        subject: usize,
        world: &World<'_>,
        unknowns: &mut Unknowns,
    ) -> Truth {
        let scene = Scene {
            world,
            view: &self.view,
            subject,
        };
        condition.eval(&scene, unknowns)
    }

    /// From when something about a party can lack: from the opening of the account, from when the party was recorded, and
    /// not before the pack was in use.
    pub(super) fn since(&self, party: usize, world: &World<'_>) -> Timestamp {
        let opened_at = world.dossier.account.opened_at;
        let begun = world.party(party).recorded_at.max(opened_at);
        self.active
            .active_since
            .map_or(begun, |in_use| begun.max(in_use))
    }

    /// What a condition reads of a party, whatever it comes to.
    pub(super) fn footing(
        &self,
        condition: &Condition,
        subject: usize,
        world: &World<'_>,
        footing: &mut Footing,
    ) {
        let scene = Scene {
            world,
            view: &self.view,
            subject,
        };
        condition.footing(&scene, footing);
    }

    /// Whether it says that no machine refuses alone.
    pub(super) fn leaves_it_to_a_human(&self) -> bool {
        self.applies && self.bites && self.pack.human_decides
    }

    pub(super) fn notices(&self) -> impl Iterator<Item = NoticeRef> {
        self.pack.notices.iter().map(|notice| NoticeRef {
            pack: Arc::clone(&self.pack.id),
            version: Arc::clone(&self.pack.version),
            id: Arc::clone(&notice.id),
            locale: Arc::clone(&notice.locale),
        })
    }

    pub(super) fn reference(&self) -> PackRef {
        PackRef {
            id: Arc::clone(&self.pack.id),
            version: Arc::clone(&self.pack.version),
            digest: Arc::clone(&self.pack.digest),
            force: self.pack.force,
            regime: Arc::clone(&self.pack.regime),
            elected_by: self.active.elected_by.clone(),
            applies: self.applies,
        }
    }
}
