//! The loop that judges: assess, run the automatic methods of the plan, record what they found, and assess again.
//!
//! Pure but for the memory of the lists. The one automatic method there is today is the screening against lists; a
//! method that cannot be run is recorded as inconclusive and is not a pass.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{
    Check, CheckId, CheckOutcome, Dossier, Entropy, Fact, ListVersion, PartyId, Screening,
    ScreeningHit, Timestamp,
};
use bonafide_policy::{Assessment, Inputs, assess};
use bonafide_screen::Query;

use crate::engine::Engine;
use crate::screening::{digest_of_entry, digest_of_query, query};

/// Rounds of assessing and running automatic methods; every round must record something new, so that more than a few
/// means a method that never satisfies its requirement.
pub(crate) const ROUNDS_MAX: usize = 8;
/// The automatic method that screens against the loaded lists.
pub const LIST_SCREENING: &str = "list-screening";

/// What judging came to.
#[derive(Debug)]
pub struct Judgement {
    /// The assessment.
    pub assessment: Assessment,
    /// What the automatic methods recorded on the way, already in the dossier.
    pub learned: Vec<(PartyId, Fact)>,
    /// What the lists were asked of whoever was screened on the way.
    pub asked: BTreeMap<PartyId, Query>,
}

/// Judges a dossier at an instant, screening whoever the plan says must be screened.
pub fn judge(
    engine: &Engine,
    dossier: &mut Dossier,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Judgement {
    let mut learned = Vec::new();
    let mut asked = BTreeMap::new();
    let mut tried = BTreeSet::new();
    let mut assessment = assess(&engine.inputs(dossier, now));
    for _ in 1..ROUNDS_MAX {
        let due: Vec<PartyId> = assessment
            .automatic_steps(LIST_SCREENING)
            .filter(|party| tried.insert(*party))
            .collect();
        if due.is_empty() {
            break;
        }
        for party in due {
            let fact = match screen(engine, dossier, party, now) {
                Ok((query, screening)) => {
                    asked.insert(party, query);
                    Fact::Screening(screening)
                }
                Err(reason) if is_recorded(dossier, party, reason) => continue,
                Err(reason) => Fact::Check(inconclusive(party, reason, now, entropy)),
            };
            match &fact {
                Fact::Screening(screening) => dossier.screenings.push(screening.clone()),
                Fact::Check(check) => dossier.checks.push(check.clone()),
                _ => {}
            }
            learned.push((party, fact));
        }
        assessment = assess(&engine.inputs(dossier, now));
    }
    Judgement {
        assessment,
        learned,
        asked,
    }
}

impl Engine {
    /// The inputs of an assessment under this engine.
    #[must_use]
    pub fn inputs<'a>(&'a self, dossier: &'a Dossier, now: Timestamp) -> Inputs<'a> {
        Inputs {
            dossier,
            packs: &self.packs,
            methods: &self.methods,
            catalogue: &self.catalogue,
            profile: &self.profile,
            now,
        }
    }
}

/// A screening that could not be run. It may be tried again at every assessment, because what was in the way goes with a
/// list loaded or a name corrected and not with time.
fn inconclusive(party: PartyId, reason: &str, now: Timestamp, entropy: &dyn Entropy) -> Check {
    Check {
        id: CheckId::new(now, entropy),
        party,
        method: LIST_SCREENING.to_owned(),
        evidence: Vec::new(),
        claims: Vec::new(),
        outcome: CheckOutcome::Inconclusive,
        reasons: vec![reason.to_owned()],
        at: now,
        retry_at: None,
        recorded_at: now,
    }
}

/// Whether the last that is recorded of screening a party is that it could not be run for this reason. It is then not
/// recorded again, so that assessing often does not grow the record.
fn is_recorded(dossier: &Dossier, party: PartyId, reason: &str) -> bool {
    let of_party = |c: &&Check| c.party == party && c.method == LIST_SCREENING;
    let Some(last) = dossier.checks.iter().rev().find(of_party) else {
        return false;
    };
    let mut screenings = dossier.screenings.iter().filter(|s| s.party == party);
    last.outcome == CheckOutcome::Inconclusive
        && last.reasons.iter().eq([reason])
        && !screenings.any(|s| s.recorded_at > last.recorded_at)
}

/// Holds a party against the lists, or says why that cannot be done; gives what was asked, too.
pub(crate) fn screen(
    engine: &Engine,
    dossier: &Dossier,
    party: PartyId,
    now: Timestamp,
) -> Result<(Query, Screening), &'static str> {
    if engine.lists.lists().is_empty() {
        return Err("no_list_loaded");
    }
    let query = query(engine, dossier, party, now);
    let outcome = engine.lists.screen_all(&query);
    let outcome = outcome.map_err(|_| "name_not_screenable")?;
    let threshold = bonafide_screen::ALERT_THRESHOLD_BP;
    let left_out = outcome.hits_left_out;
    let hits = outcome
        .hits
        .iter()
        .filter(|h| h.score_bp >= threshold)
        .map(|h| ScreeningHit {
            list: h.list.clone(),
            entry: h.entry_id.clone(),
            listed_name: h.listed_name.clone(),
            score_bp: u16::try_from(h.score_bp).unwrap_or(0),
            explanation: h.explanation.iter().map(ToString::to_string).collect(),
            entity: engine
                .lists
                .entry(&h.list, &h.entry_id)
                .map(digest_of_entry),
        });
    let asked = digest_of_query(&query);
    let screening = Screening {
        party,
        lists: outcome
            .lists
            .iter()
            .map(|l| ListVersion {
                name: l.name.clone(),
                digest: l.version.clone(),
                published_on: l.published_on,
                loaded_at: l.loaded_at,
            })
            .collect(),
        hits: hits.collect(),
        hits_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        threshold_bp: u16::try_from(threshold).unwrap_or(u16::MAX),
        engine: Some(bonafide_screen::ENGINE.to_owned()),
        asked: Some(asked),
        at: now,
        recorded_at: now,
    };
    Ok((query, screening))
}
