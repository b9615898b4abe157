//! What was recorded about an account and its parties, and the dossiers that it can have been at an instant.
//!
//! An instant is a millisecond, and several changes can fall into one. Records of one instant have no order among them, and
//! facts are sealed by record class and not in the order in which they were sent. So the dossier of an assessment is looked
//! for: among the few that the records allow, the one whose digest was recorded is it.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::Kind;
use bonafide_model::{AccountId, Dossier, Fact, PartyId, RoleTarget, Timestamp};
use bonafide_store::{EntryRow, ErasedRow, ExpiredRow};

use crate::App;
use crate::error::AppError;
use crate::sealed::{self, Item};
use crate::sign_up::RestsOn;
use crate::tenant::Tenant;

/// Records of one instant, at most, of which every selection is tried: 256 of them.
const SELECTED_MAX: usize = 8;

/// An assessment as it was recorded.
pub(super) struct Recorded {
    /// The exact text.
    pub(super) assessment: String,
    pub(super) rests: RestsOn,
}

/// What one record taught about one party.
struct Learned {
    party: PartyId,
    at: Timestamp,
    /// Found by an automatic method while judging.
    screened: bool,
    /// Of this account or of none; not of another one of the party.
    here: bool,
    as_sealed: Vec<Fact>,
    as_sent: Vec<Fact>,
}

/// Everything recorded about an account.
pub(super) struct History {
    account: AccountId,
    parties: BTreeSet<PartyId>,
    learned: Vec<Learned>,
    /// Parties that stood to it and were erased.
    pub(super) erased: BTreeMap<PartyId, ErasedRow>,
    /// What was erased of parties that are still there.
    pub(super) expired: Vec<ExpiredRow>,
    /// Oldest first.
    pub(super) assessments: Vec<Recorded>,
}

/// A dossier that may have been the one.
pub(super) struct Candidate {
    pub(super) dossier: Dossier,
    /// Made of everything that was recorded up to the instant.
    pub(super) whole: bool,
}

/// One way to read what was recorded.
#[derive(Debug, Clone, Copy)]
struct View {
    /// With what the parties' other accounts taught about them.
    elsewhere: bool,
    /// Of the parties alone that roles lead to, from the account on: others joined it later.
    reached: bool,
    /// Facts of before, and of the instant itself, in the order in which they were sent and not in that in which they
    /// were sealed. What comes with a change is judged as sent, and judged as read ever after.
    sent: (bool, bool),
    /// What was found while judging comes before what was sent, because it is of an earlier change of the same instant.
    found_first: bool,
}

impl View {
    /// Every view, the likeliest first.
    fn all() -> Vec<Self> {
        let mut views = Vec::new();
        for found_first in [false, true] {
            for sent in [(false, true), (true, true), (false, false)] {
                for reached in [false, true] {
                    for elsewhere in [false, true] {
                        views.push(Self {
                            elsewhere,
                            reached,
                            sent,
                            found_first,
                        });
                    }
                }
            }
        }
        views
    }
}

impl App {
    pub(super) async fn history(
        &self,
        tenant: &Tenant,
        account: AccountId,
    ) -> Result<History, AppError> {
        let loaded = self.store().load_account(&tenant.name, account).await?;
        let Some(loaded) = loaded else {
            return Err(self.no_account(tenant, account).await);
        };
        let mut history = History {
            account,
            parties: loaded.parties.iter().map(|p| p.party).collect(),
            learned: Vec::new(),
            erased: BTreeMap::new(),
            expired: Vec::new(),
            assessments: Vec::new(),
        };
        if !history.parties.contains(&loaded.account.holder) {
            return Err(self.no_account(tenant, account).await);
        }
        for party in history.parties.clone() {
            let bundle = self.store().party_bundle(&tenant.name, party).await?;
            let keys = self.subject_keys(tenant, party).await?;
            let (Some(bundle), Some(keys)) = (bundle, keys) else {
                // Erased while this was read.
                return Err(self.no_party(tenant, party).await);
            };
            history
                .expired
                .extend(self.store().expired(&tenant.name, party).await?);
            for entry in &bundle.entries {
                let record = entry.record.to_string();
                let parts = sealed::open_parts(
                    &entry.envelope,
                    &keys,
                    self.registry(),
                    &tenant.name,
                    &record,
                )?;
                history.add(entry, parts.into_iter().flat_map(|p| p.items).collect())?;
            }
        }
        for party in history.absent() {
            let erased = self.store().erased_party(&tenant.name, party).await?;
            history.erased.extend(erased.map(|row| (party, row)));
        }
        history.assessments.sort_by_key(|a| a.rests.now);
        Ok(history)
    }
}

impl History {
    fn add(&mut self, entry: &EntryRow, mut items: Vec<Item>) -> Result<(), AppError> {
        let here = entry.account.is_none_or(|a| a == self.account);
        if entry.kind == Kind::Assessed.as_str() {
            // One whose time of keeping is over has nothing left to compare.
            let kept = items.iter().any(|item| item.name() == "assessment");
            if entry.account == Some(self.account) && kept {
                self.assessments.push(recorded(&items)?);
            }
            return Ok(());
        }
        let facts = |items: &[Item]| -> Result<Vec<Fact>, AppError> {
            let facts = items.iter().filter_map(|i| i.fact().transpose());
            let facts = facts.filter(|f| f.as_ref().map_or(true, |f| here || of_party(f)));
            facts.collect()
        };
        let as_sealed = facts(&items)?;
        items.sort_by_key(|i| {
            i.field
                .rsplit_once('-')
                .and_then(|(_, n)| n.parse::<u32>().ok())
        });
        self.learned.push(Learned {
            party: entry.party,
            at: entry.at,
            screened: entry.kind == Kind::Screened.as_str(),
            here,
            as_sealed,
            as_sent: facts(&items)?,
        });
        Ok(())
    }

    /// Parties that roles name and that are not there any more.
    fn absent(&self) -> BTreeSet<PartyId> {
        let facts = self.learned.iter().flat_map(|l| &l.as_sealed);
        let named = facts.filter_map(|f| match f {
            Fact::Role(role) => Some(role.party),
            _ => None,
        });
        named
            .filter(|party| !self.parties.contains(party))
            .collect()
    }

    /// A party that stood to the account by an instant and of whom nothing is kept.
    pub(super) fn erased_by_now(&self, now: Timestamp) -> Option<PartyId> {
        let known = self.learned.iter().filter(|l| l.at <= now && l.here);
        let mut named = known.flat_map(|l| &l.as_sealed).filter_map(|f| {
            if let Fact::Role(role) = f {
                Some(role.party)
            } else {
                None
            }
        });
        named.find(|party| !self.parties.contains(party))
    }

    /// The dossiers that the records of an instant and of before allow, the likeliest first.
    pub(super) fn dossiers(&self, now: Timestamp) -> impl Iterator<Item = Candidate> {
        let views = View::all();
        let last = self.learned.iter().filter(|l| l.at == now).count();
        let selections = if last <= SELECTED_MAX {
            1_u32 << last
        } else {
            1
        };
        (0..selections).flat_map(move |left_out| {
            views.clone().into_iter().filter_map(move |view| {
                let dossier = self.dossier(now, view, left_out)?;
                Some(Candidate {
                    dossier,
                    whole: left_out == 0,
                })
            })
        })
    }

    /// One of them; bits of `left_out` say which records of the last instant were not known yet.
    fn dossier(&self, now: Timestamp, view: View, left_out: u32) -> Option<Dossier> {
        let seen = self.learned.iter().filter(|l| view.elsewhere || l.here);
        let mut earlier: Vec<(&Learned, &Fact)> = Vec::new();
        let (mut last, mut screened): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        let mut number = 0;
        for learned in seen.filter(|l| l.at <= now) {
            let (before, within) = view.sent;
            let sent = if learned.at < now { before } else { within };
            let facts = if sent {
                &learned.as_sent
            } else {
                &learned.as_sealed
            };
            let facts = facts.iter().map(|f| (learned, f));
            if learned.at < now {
                earlier.extend(facts);
                continue;
            }
            let known = left_out
                .checked_shr(number)
                .is_none_or(|bits| bits & 1 == 0);
            number += 1;
            if known && learned.screened {
                screened.extend(facts);
            } else if known {
                last.extend(facts);
            }
        }
        earlier.sort_by_key(|(_, fact)| fact.recorded_at());
        let mut facts = earlier;
        if view.found_first {
            facts.extend(screened);
            facts.extend(last);
        } else {
            facts.extend(last);
            facts.extend(screened);
        }
        if view.reached {
            let reached = reached(self.account, &facts);
            facts.retain(|(learned, _)| reached.contains(&learned.party));
        }
        Dossier::fold(facts.into_iter().map(|(_, fact)| fact.clone()), None)
    }
}

/// The parties to whom roles lead, from the account on.
fn reached(account: AccountId, facts: &[(&Learned, &Fact)]) -> BTreeSet<PartyId> {
    let mut reached: BTreeSet<PartyId> = BTreeSet::new();
    loop {
        let before = reached.len();
        for (_, fact) in facts {
            match fact {
                Fact::Account(a) => drop(reached.insert(a.holder)),
                Fact::Role(role) => {
                    let leads = match role.target {
                        RoleTarget::Account(target) => target == account,
                        RoleTarget::Party(target) => reached.contains(&target),
                    };
                    if leads {
                        reached.insert(role.party);
                    }
                }
                _ => {}
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// Whether a fact of another account is about the party itself.
fn of_party(fact: &Fact) -> bool {
    match fact {
        Fact::Account(_) | Fact::Determination(_) => false,
        Fact::Role(role) => matches!(role.target, RoleTarget::Party(_)),
        _ => true,
    }
}

fn recorded(items: &[Item]) -> Result<Recorded, AppError> {
    let text = |name: &str| {
        let item = items.iter().find(|i| i.name() == name);
        item.map(|i| i.value.get())
            .ok_or_else(|| AppError::Internal(format!("a recorded assessment has no `{name}`")))
    };
    Ok(Recorded {
        assessment: text("assessment")?.to_owned(),
        rests: serde_json::from_str(text("inputs")?).map_err(AppError::internal)?,
    })
}
