//! What is still there although its time of keeping is over: later presence is a defect, and the doctor looks for it.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{DAY_MS, PartyId, Timestamp};
use bonafide_policy::keeping::{Cause, CauseKind};

use super::expire::due;
use crate::error::AppError;
use crate::{Action, Actor, App};

/// How late is late: the pass is daily, and one may be missed.
const GRACE_MS: i64 = 2 * DAY_MS;

/// What is kept too long, and what is kept against a maximum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LateReport {
    /// Parties whose records were reckoned anew.
    pub parties: usize,
    /// Parties that are noted as due and were not looked at in time, of all.
    pub overdue: u64,
    /// Of those reckoned, what should be gone: party, record class, and since when.
    pub late: Vec<(PartyId, String, Timestamp)>,
    /// Of those reckoned, contradictions of terms, each once: kept until the minimum has run, and told.
    pub conflicts: BTreeSet<String>,
}

impl App {
    /// Looks for what is kept too long: by what is noted, of all parties; by reckoning anew, of those that are due, of the
    /// oldest and of the newest, at most `sample` of each. Changes nothing.
    pub async fn kept_too_long(
        &self,
        actor: &Actor,
        sample: usize,
    ) -> Result<LateReport, AppError> {
        actor.may(Action::ReadKeeping)?;
        let tenant = self.tenant(&actor.tenant)?;
        let name = &tenant.name;
        let then = self.now().plus_millis(-GRACE_MS);
        let store = self.store();
        let mut report = LateReport {
            overdue: store.overdue(name, then).await?,
            ..LateReport::default()
        };
        let mut parties = store.parties_to_look_at(name, then, sample).await?;
        parties.extend(store.list_parties(name, None, sample, None).await?);
        parties.extend(store.newest_parties(name, sample).await?);
        let parties: BTreeSet<PartyId> = parties.into_iter().map(|row| row.party).collect();
        for party in parties {
            let kept = match self.keeping_of(&tenant, party).await {
                Ok(kept) => kept,
                Err(AppError::Gone(_) | AppError::NotFound { .. }) => continue,
                Err(other) => return Err(other),
            };
            report.parties += 1;
            let mut classes: BTreeMap<&str, Timestamp> = BTreeMap::new();
            for (_, item) in due(&kept.items, then) {
                let since = item.keeping.due_at().unwrap_or(then);
                let first = classes.entry(&item.class).or_insert(since);
                *first = since.min(*first);
            }
            let late = classes.into_iter();
            report
                .late
                .extend(late.map(|(class, since)| (party, class.to_owned(), since)));
            for item in &kept.items {
                for conflict in &item.keeping.conflicts {
                    let (max, min) = (&conflict.maximum, &conflict.minimum);
                    let pack = |c: &Cause| c.pack.clone();
                    report.conflicts.insert(format!(
                        "`{}`: {} says {}, {} says {}",
                        item.class,
                        pack(max).unwrap_or_default(),
                        span(max),
                        pack(min).unwrap_or_default(),
                        span(min),
                    ));
                }
            }
        }
        Ok(report)
    }
}

/// A term in words, without its instants, so that one contradiction is told once.
fn span(cause: &Cause) -> String {
    let (span, anchor) = (cause.span, cause.anchor);
    let from = anchor.map(|a| a.words()).unwrap_or_default();
    let least = match cause.kind {
        CauseKind::Minimum => "at least",
        _ => "at most",
    };
    format!("{least} {} from {from}", span.unwrap_or_default())
}
