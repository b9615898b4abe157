//! What humans determined, by the finding that it settles.
//!
//! Of several determinations of one finding only the last counts: one that has lapsed does not bring an earlier one
//! back, the finding is open again.

use std::collections::BTreeMap;

use bonafide_model::{Determination, Dossier, PartyId, SettledFinding};

use super::World;
use crate::footing::Footing;

/// The last determination of each finding.
pub(crate) struct Settlements<'a> {
    of: BTreeMap<(&'a str, Option<PartyId>), (&'a Determination, &'a SettledFinding)>,
}

impl<'a> Settlements<'a> {
    pub(super) fn new(dossier: &'a Dossier) -> Self {
        let own = dossier.determinations.iter();
        let mut own: Vec<&Determination> =
            own.filter(|d| d.account == dossier.account.id).collect();
        // A stable sort: of one instant, in order of recording.
        own.sort_by_key(|d| d.recorded_at);
        let each = own.into_iter();
        let each = each.flat_map(|d| d.settles.iter().map(move |finding| (d, finding)));
        Self {
            of: each
                .map(|(d, finding)| ((finding.rule.as_str(), finding.subject), (d, finding)))
                .collect(),
        }
    }
}

impl<'a> World<'a> {
    /// The determination that settles a finding now: the last one of it, from its instant until it expires, as long as
    /// nothing has come to what the finding rests on. The instants at which that changes are noted.
    pub(crate) fn determination(
        &self,
        rule: &str,
        subject: Option<PartyId>,
        footing: impl FnOnce(&mut Footing),
    ) -> Option<&'a Determination> {
        let (determination, finding) = self.settled.of.get(&(rule, subject))?;
        let mut now = Footing::default();
        footing(&mut now);
        if !now.is_within(&finding.rests_on) || !self.has_come(determination.at) {
            return None;
        }
        let expired = determination.expires_at.is_some_and(|at| self.has_come(at));
        (!expired).then_some(determination)
    }
}
