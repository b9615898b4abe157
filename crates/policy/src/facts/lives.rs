//! How long each thing that was shown held: from the check that showed it until it was lost.
//!
//! The clock of what lacks runs from when the need was last met. What was shown is lost when the first of these comes: the
//! evidence ran out, a later check of the claim failed, another value was said of an attribute that has one, the claim's
//! time ended; and where a requirement has an age, when that was reached. To say or to show something too weak since is no
//! new beginning.

use bonafide_model::{Assurance, Claim, Date, Span, Timestamp, Value};

use super::checks::{Placed, Verdict, of_claim};
use super::{World, bit};

/// Something that was shown, and until when.
#[derive(Debug, Clone)]
pub(crate) struct Life<'a> {
    attribute: usize,
    value: &'a Value,
    assurance: Assurance,
    at: Timestamp,
    /// When it was lost; not yet where it holds.
    until: Option<Timestamp>,
}

impl<'a> World<'a> {
    /// What passing checks showed of one attribute of one party, given all claims of it in order of recording.
    pub(super) fn learn_lives(&mut self, claims: &[Placed<'a>], verdicts: &[Verdict]) {
        let Some(first) = claims.first() else { return };
        let (party, attribute) = (first.party, first.attribute);
        let once = self.packs.many & bit(attribute) == 0;
        let mut lives = Vec::new();
        for (place, placed) in claims.iter().enumerate() {
            if !self.has_begun(placed.claim) {
                continue;
            }
            let later = claims.iter().skip(place + 1);
            let later = later.filter(|p| once && p.claim.value != placed.claim.value);
            let mut later = later.filter(|p| self.has_begun(p.claim));
            let given_up = later.next().map(|p| begins(p.claim));
            let ended = placed.claim.valid_to.filter(|to| *to <= self.today);
            let ended = ended.map(Date::start);
            lives.push(Life {
                attribute,
                value: &placed.claim.value,
                assurance: Assurance::Asserted,
                at: placed.claim.asserted_at,
                until: given_up.into_iter().chain(ended).min(),
            });
            for pass in of_claim(verdicts, placed).filter(|v| v.passed) {
                let method = self.methods.methods().get(pass.method);
                let shows = method.and_then(|m| m.shows.iter().find(|(p, _)| *p == attribute));
                let Some((_, assurance)) = shows else {
                    continue;
                };
                let fails = of_claim(verdicts, placed).filter(|v| !v.passed);
                let later = fails.filter(|f| (f.at, f.order) > (pass.at, pass.order));
                let failed = later.map(|f| f.at).min();
                let ends = [pass.spent_at, failed, given_up, ended];
                lives.push(Life {
                    attribute,
                    value: &placed.claim.value,
                    assurance: *assurance,
                    at: pass.at,
                    until: ends.into_iter().flatten().min(),
                });
            }
        }
        if let Some(party) = self.parties.get_mut(party) {
            party.lives.append(&mut lives);
        }
    }

    /// Whether a claim's time has begun; the day on which it does is noted where claims are placed.
    fn has_begun(&self, claim: &Claim) -> bool {
        claim.valid_from.is_none_or(|from| from <= self.today)
    }

    /// When a need was last met by anything that was shown of some attributes and counts.
    pub(crate) fn last_met(
        &self,
        party: usize,
        attributes: u128,
        need: Assurance,
        max_age: Option<Span>,
        counts: impl Fn(&Value) -> bool,
    ) -> Option<Timestamp> {
        let lives = self.party(party).lives.iter();
        let met = lives.filter(|life| {
            attributes & bit(life.attribute) != 0 && life.assurance >= need && counts(life.value)
        });
        let ends = met.filter_map(|life| {
            let aged = max_age.map(|age| life.at.plus(age));
            let end = [life.until, aged].into_iter().flatten().min()?;
            // Evidence that had run out before it was looked at showed nothing.
            (life.at < end).then_some(end)
        });
        // What was shown by a value that is no longer the current one may have its end still to come: it begins the
        // clock anew then.
        ends.filter(|end| self.has_come(*end)).max()
    }
}

/// From when a claim counts.
fn begins(claim: &Claim) -> Timestamp {
    let from = claim.valid_from.map(Date::start);
    from.map_or(claim.recorded_at, |from| from.max(claim.recorded_at))
}
