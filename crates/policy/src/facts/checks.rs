//! Claims and what checks say of them.

use bonafide_model::{Check, CheckOutcome, Claim, ClaimId, Date, EvidenceId, Timestamp};

use super::{Known, World, bit, day_after};

/// What the newest conclusive run of a method says of a claim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    claim: ClaimId,
    party: usize,
    /// Position of the method; [`usize::MAX`] if it is not known.
    pub(super) method: usize,
    pub(super) at: Timestamp,
    /// Place among the checks, which tells runs of one instant apart.
    pub(super) order: usize,
    pub(super) passed: bool,
    /// Since when evidence of the run has been out of date.
    pub(super) spent_at: Option<Timestamp>,
}

/// A claim with its place.
pub(super) struct Placed<'a> {
    pub(super) party: usize,
    pub(super) attribute: usize,
    order: usize,
    pub(super) current: bool,
    pub(super) claim: &'a Claim,
}

impl<'a> World<'a> {
    /// Resolves claims, evidence and checks.
    pub(super) fn learn_claims(&mut self) {
        let expiries = self.learn_evidence();
        let all = self.verdicts(&expiries);
        let verdicts = self.newest(&all);
        self.count_failures(&verdicts);
        let mut placed: Vec<Placed<'a>> = Vec::with_capacity(self.dossier.claims.len());
        for (order, claim) in self.dossier.claims.iter().enumerate() {
            let party = self.position(claim.party);
            let attribute = self.packs.positions.get(claim.attribute.as_str());
            if attribute.is_none() {
                self.unknown_attributes.insert(claim.attribute.as_str());
            }
            if let (Some(party), Some(attribute)) = (party, attribute) {
                placed.push(Placed {
                    party,
                    attribute: *attribute,
                    order,
                    current: self.holds(claim.valid_from, claim.valid_to),
                    claim,
                });
            }
        }
        let key = |p: &Placed<'a>| (p.party, p.attribute, p.claim.recorded_at, p.order);
        placed.sort_unstable_by_key(key);
        for claims in placed.chunk_by(|a, b| (a.party, a.attribute) == (b.party, b.attribute)) {
            self.learn_attribute(claims, &verdicts);
            self.learn_lives(claims, &all);
        }
    }

    /// All claims of one attribute of one party, in order of recording.
    fn learn_attribute(&mut self, claims: &[Placed<'a>], verdicts: &[Verdict]) {
        let Some(first) = claims.first() else { return };
        let attribute = first.attribute;
        let once = self.packs.many & bit(attribute) == 0;
        let mut known: Vec<Known<'a>> = Vec::new();
        for placed in claims.iter().rev().filter(|p| p.current) {
            let value = &placed.claim.value;
            if known.iter().any(|k| k.value == Some(value)) {
                continue;
            }
            if once && !known.is_empty() {
                break;
            }
            let same = claims
                .iter()
                .filter(|p| p.current && p.claim.value == *value);
            known.push(self.weigh(attribute, value, same, verdicts));
        }
        if let Some(party) = self.parties.get_mut(first.party)
            && !known.is_empty()
        {
            party.held |= bit(attribute);
            party.known.append(&mut known);
        }
    }

    /// How surely a value is known, by the claims of it.
    fn weigh<'c>(
        &self,
        attribute: usize,
        value: &'a bonafide_model::Value,
        claims: impl Iterator<Item = &'c Placed<'a>> + Clone,
        verdicts: &[Verdict],
    ) -> Known<'a>
    where
        'a: 'c,
    {
        let mut known = Known {
            attribute,
            value: Some(value),
            at: [None; 3],
            failed: false,
            outdated_at: None,
        };
        for placed in claims.clone() {
            known.establish(
                bonafide_model::Assurance::Asserted,
                placed.claim.asserted_at,
            );
        }
        let all = || claims.clone().flat_map(|p| of_claim(verdicts, p));
        let fail = all().filter(|v| !v.passed).map(|v| (v.at, v.order)).max();
        known.failed = fail.is_some();
        for pass in all().filter(|v| v.passed && fail < Some((v.at, v.order))) {
            let method = self.methods.methods().get(pass.method);
            let shows = method.and_then(|m| m.shows.iter().find(|(p, _)| *p == attribute));
            let Some((_, assurance)) = shows else {
                continue;
            };
            if pass.spent_at.is_none() {
                known.establish(*assurance, pass.at);
                known.failed = false;
            }
        }
        known
    }

    /// Notes expired evidence by party; the last days of all evidence, by id.
    fn learn_evidence(&mut self) -> Vec<(EvidenceId, Date)> {
        let mut expiries = Vec::with_capacity(self.dossier.evidence.len());
        for evidence in &self.dossier.evidence {
            let Some(last) = evidence.expires_on else {
                continue;
            };
            expiries.push((evidence.id, last));
            let (today, position) = (self.today, self.position(evidence.party));
            if let Some(party) = position.and_then(|p| self.parties.get_mut(p)) {
                party.evidence_expired |= last < today;
                let next = Some(day_after(last)).filter(|_| last >= today);
                party.evidence_expires_at = match (party.evidence_expires_at, next) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
        expiries.sort_unstable_by_key(|(id, _)| *id);
        expiries
    }

    /// Every conclusive verdict on each claim, by claim and method, in order of running.
    fn verdicts(&mut self, expiries: &[(EvidenceId, Date)]) -> Vec<Verdict> {
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(self.dossier.checks.len() * 2);
        for (order, check) in self.dossier.checks.iter().enumerate() {
            let Some(party) = self.position(check.party) else {
                continue;
            };
            let methods = self.methods.methods();
            let method = methods.binary_search_by(|m| (*m.id).cmp(check.method.as_str()));
            if method.is_err() {
                self.unknown_methods.insert(check.method.as_str());
            }
            let method = method.unwrap_or(usize::MAX);
            if check.outcome == CheckOutcome::Inconclusive {
                self.wait(party, method, check);
                continue;
            }
            self.go_on(party, method);
            let passed = check.outcome == CheckOutcome::Pass;
            let verdict = |claim: ClaimId| Verdict {
                claim,
                party,
                method,
                at: check.at,
                order,
                passed,
                spent_at: self.spent_at(check, passed, expiries),
            };
            if check.claims.is_empty() {
                verdicts.push(verdict(NO_CLAIM));
            }
            verdicts.extend(check.claims.iter().map(|claim| verdict(*claim)));
        }
        let dossier = self.dossier;
        let run = move |v: &Verdict| dossier.checks.get(v.order).map(|c| c.method.as_str());
        verdicts.sort_unstable_by(|a, b| {
            let key = |v: &Verdict| (v.claim, v.party, run(v), v.at, v.order);
            key(a).cmp(&key(b))
        });
        verdicts
    }

    /// The newest verdict of each method on each claim.
    fn newest(&self, verdicts: &[Verdict]) -> Vec<Verdict> {
        let run = |v: &Verdict| self.dossier.checks.get(v.order).map(|c| c.method.as_str());
        let mut newest: Vec<Verdict> = Vec::with_capacity(verdicts.len());
        for verdict in verdicts {
            let same = |last: &&mut Verdict| {
                (last.claim, last.party, run(last)) == (verdict.claim, verdict.party, run(verdict))
            };
            match newest.last_mut().filter(same) {
                Some(last) => *last = *verdict,
                None => newest.push(*verdict),
            }
        }
        newest
    }

    /// Since when evidence of a passing check has been out of date; else the day on which it will be is noted.
    fn spent_at(
        &self,
        check: &Check,
        passed: bool,
        expiries: &[(EvidenceId, Date)],
    ) -> Option<Timestamp> {
        let last = |id: &EvidenceId| {
            let found = expiries.binary_search_by_key(id, |(id, _)| *id).ok()?;
            expiries.get(found).map(|(_, last)| *last)
        };
        let first_out = check.evidence.iter().filter_map(last).min()?;
        let out_at = day_after(first_out);
        (passed && self.has_come(out_at)).then_some(out_at)
    }

    /// An inconclusive run asks that the method waits.
    fn wait(&mut self, party: usize, method: usize, check: &Check) {
        let waits = check.retry_at.is_some_and(|at| !self.has_come(at));
        let flag = method_bit(method);
        if let Some(party) = self.parties.get_mut(party) {
            party.waiting = if waits {
                party.waiting | flag
            } else {
                party.waiting & !flag
            };
        }
    }

    /// A conclusive run ends the waiting.
    fn go_on(&mut self, party: usize, method: usize) {
        if let Some(party) = self.parties.get_mut(party) {
            party.waiting &= !method_bit(method);
        }
    }

    /// Distinct checks that failed and were not made good by a later run of the same method on the same claim.
    fn count_failures(&mut self, verdicts: &[Verdict]) {
        let mut failed: Vec<(usize, usize)> = verdicts
            .iter()
            .filter(|v| !v.passed)
            .map(|v| (v.party, v.order))
            .collect();
        failed.sort_unstable();
        failed.dedup();
        for (party, place) in failed {
            if let Some(party) = self.parties.get_mut(party) {
                party.failed.push(place);
            }
        }
    }
}

/// Stands for the claim of a check that names none.
const NO_CLAIM: ClaimId = ClaimId::from_bits(0);

/// The verdicts on a claim; a check of another party says nothing of it.
pub(super) fn of_claim<'v>(
    verdicts: &'v [Verdict],
    placed: &Placed<'_>,
) -> impl Iterator<Item = &'v Verdict> + Clone + use<'v> {
    let (claim, party) = (placed.claim.id, placed.party);
    let from = verdicts.partition_point(|v| v.claim < claim);
    let all = verdicts.get(from..).unwrap_or(&[]).iter();
    all.take_while(move |v| v.claim == claim)
        .filter(move |v| v.party == party)
}

fn method_bit(method: usize) -> u64 {
    u32::try_from(method)
        .ok()
        .and_then(|m| 1_u64.checked_shl(m))
        .unwrap_or(0)
}
