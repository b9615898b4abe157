//! Erasure of a party on request: what nothing keeps is destroyed, what must stay is listed with its reason and its end.
//!
//! Three outcomes, all of them recorded. **Whole**: nothing keeps anything; keys, envelopes, openings, the map from subject
//! to records and every token go, and a tombstone says when and on what ground. **Partial**: what may go, goes; the rest
//! stays and is listed. **Refused**: everything must stay; the refusal is recorded with its reasons, under the
//! party's own key.
//!
//! What remains of a whole erasure is the tree of commitments, which nobody can open any more, and in the company's own
//! entry the share that the erased party held, without a name. The record of the erasure names every leaf that can no longer
//! be opened, those that still wait for their place too: a leaf's hash does not depend on its place.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Hash, Kind, leaf_hash};
use bonafide_model::{AccountId, PartyId, RecordId, Timestamp};
use bonafide_store::{ApplyError, ErasedRow, KeepOp, Op, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::AppError;
use crate::event::Event;
use crate::keeping::{Cut, Gone, KeptItem, PartyKeeping, kept_items, reasons};
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Leaves named by one erasure record: 64 digits each, in a leaf of 16 KiB.
const REFS_PER_RECORD: usize = 200;
/// Characters of a ground. It stays when the party is gone, so that it is no place for a story.
const GROUND_MAX_CHARS: usize = 200;

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Erased {
    /// The party.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// Whether everything went; else `kept` says what stays.
    pub whole: bool,
    /// Records of which something can no longer be opened.
    pub records: usize,
    /// What stays, why and until when.
    pub kept: Vec<KeptItem>,
    /// The epoch whose end makes older copies of the database unreadable for what went.
    pub readable_until_end_of_epoch: u32,
}

impl App {
    /// Erases a party, or what of it may be erased, or says what must be kept until when and why.
    pub async fn erase_party(
        &self,
        actor: &Actor,
        party: PartyId,
        ground: &str,
    ) -> Result<Erased, AppError> {
        actor.may(Action::EraseParty)?;
        let tenant = self.tenant(&actor.tenant)?;
        let ground = ground.trim();
        if ground.is_empty() || ground.chars().count() > GROUND_MAX_CHARS {
            return Err(AppError::invalid(
                "ground",
                format!(
                    "say on what ground the party is erased, such as `GDPR 17(1)(a)`, in at most {GROUND_MAX_CHARS} \
                     characters and without a word about the person: it stays when they are gone"
                ),
            ));
        }
        for _ in 0..ATTEMPTS_MAX {
            let mut kept = self.keeping_of(&tenant, party).await?;
            let now = self.now();
            let keeps = kept.items.iter().enumerate();
            let gone: BTreeSet<usize> = keeps
                .filter(|(_, item)| item.keeping.kept_at(now).is_empty())
                .map(|(place, _)| place)
                .collect();
            let result = if gone.len() == kept.items.len() && kept.live_holds(now) == 0 {
                self.erase_whole(actor, &tenant, &kept, now, ground).await
            } else if gone.is_empty() {
                self.refuse(actor, &tenant, &kept, ground).await
            } else {
                self.erase_part(actor, &tenant, &mut kept, gone, ground)
                    .await
            };
            match result {
                Err(AppError::Busy) => {}
                other => return other,
            }
        }
        Err(AppError::Busy)
    }

    /// The accounts that a party holds, which go with it.
    async fn accounts_held(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<Vec<AccountId>, AppError> {
        let store = self.store();
        let mut held = Vec::new();
        let all = store.accounts_of_party(&tenant.name, party, usize::MAX);
        for account in all.await? {
            let row = store.account(&tenant.name, account).await?;
            held.extend(row.filter(|r| r.holder == party).map(|r| r.account));
        }
        Ok(held)
    }

    /// Everything goes.
    pub(crate) async fn erase_whole(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        kept: &PartyKeeping,
        erased_at: Timestamp,
        ground: &str,
    ) -> Result<Erased, AppError> {
        let (now, party) = (self.now(), kept.row.party);
        let mut leaves: Vec<Hash> = Vec::new();
        for entry in &kept.entries {
            leaves.push(leaf_hash(&self.leaf_of(tenant, entry.row.record).await?));
        }
        let mut recorder = Recorder::new(self, tenant, actor, tenant.engine().digests.clone(), now);
        recorder.expect(Subject::Party(party), kept.row.version);
        let record = erasure_records(&mut recorder, &leaves, ground)?;
        recorder.push(Op::Keep(KeepOp::Bury(ErasedRow {
            party,
            erased_at,
            ground: ground.to_owned(),
            record,
        })));
        // Whoever was told of an account is told that it is no more, and erases what they hold (GDPR 19).
        for account in self.accounts_held(tenant, party).await? {
            recorder.announce(Event::erased(account));
        }
        recorder.push(Op::EraseParty { party });
        match self
            .commit_erasure(tenant, party, &Gone::new(), recorder.finish())
            .await?
        {
            Ok(()) => self.scrub_soon().await?,
            Err(ApplyError::Conflict { .. }) => return Err(AppError::Busy),
            Err(other) => return Err(other.into()),
        }
        Ok(Erased {
            party,
            whole: true,
            records: leaves.len(),
            kept: Vec::new(),
            // The keys of this epoch are there for as long as it is the current or the previous one.
            readable_until_end_of_epoch: self.keyring().current_epoch().get().saturating_add(1),
        })
    }

    /// What may go, goes.
    async fn erase_part(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        kept: &mut PartyKeeping,
        gone: BTreeSet<usize>,
        ground: &str,
    ) -> Result<Erased, AppError> {
        let (now, party) = (self.now(), kept.row.party);
        let stays = kept_items(&kept.items, |place, _| !gone.contains(&place));
        let items = gone.iter().filter_map(|place| kept.items.get(*place));
        let records: BTreeSet<_> = items.clone().map(|item| item.record).collect();
        let named: Gone = items
            .clone()
            .map(|item| (item.record, item.name.clone()))
            .collect();
        let grounds: BTreeMap<String, String> = items
            .map(|item| (item.class.clone(), ground.to_owned()))
            .collect();
        let mut recorder = Recorder::new(self, tenant, actor, tenant.engine().digests.clone(), now);
        let cut = Cut {
            of: kept,
            gone,
            kind: Kind::Erasure,
            grounds,
        };
        self.cut(&mut recorder, tenant, cut).await?;
        // On the list of what is erased again: nothing else would take it out of a back-up that is restored.
        self.commit_erasure(tenant, party, &named, recorder.finish())
            .await??;
        self.scrub_soon().await?;
        Ok(Erased {
            party,
            whole: false,
            records: records.len(),
            kept: stays,
            // The keys of this epoch are there for as long as it is the current or the previous one.
            readable_until_end_of_epoch: self.keyring().current_epoch().get().saturating_add(1),
        })
    }

    /// Everything must stay: that it was asked for, and why it was refused, is recorded.
    async fn refuse(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        kept: &PartyKeeping,
        ground: &str,
    ) -> Result<Erased, AppError> {
        let (now, party) = (self.now(), kept.row.party);
        let mut why = reasons(&kept.items, now);
        if why.is_empty() {
            why.push("a hold has not ended".to_owned());
        }
        let mut recorder = Recorder::new(self, tenant, actor, tenant.engine().digests.clone(), now);
        recorder.expect(Subject::Party(party), kept.row.version);
        let entry = Entry {
            party,
            account: None,
            kind: Kind::ErasureRefused,
            keys: &kept.keys,
        };
        recorder.decision(
            &entry,
            &[("ground", &ground), ("reasons", &why.join("; ").as_str())],
        )?;
        self.commit(recorder).await?;
        Err(AppError::Refused(format!(
            "party `{party}` cannot be erased yet: {}",
            why.join("; ")
        )))
    }

    pub(crate) async fn commit(&self, recorder: Recorder<'_>) -> Result<(), AppError> {
        match self.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(()),
            Err(ApplyError::Conflict { .. }) => Err(AppError::Busy),
            Err(other) => Err(other.into()),
        }
    }
}

/// Records that leaves can no longer be opened; gives the first of the records.
pub(crate) fn erasure_records(
    recorder: &mut Recorder<'_>,
    leaves: &[Hash],
    ground: &str,
) -> Result<RecordId, AppError> {
    let mut first = None;
    for refs in leaves.chunks(REFS_PER_RECORD) {
        let record = recorder.event(Kind::Erasure, refs.to_vec(), &[("ground", ground)])?;
        first.get_or_insert(record);
    }
    match first {
        Some(record) => Ok(record),
        None => recorder.event(Kind::Erasure, Vec::new(), &[("ground", ground)]),
    }
}
