//! Erasure of a party: consults the terms and holds that exist, and either refuses with the citation or destroys keys,
//! envelopes, openings, the map from subject to records, and every token.
//!
//! What remains is the tree of commitments, which nobody can open any more, and in the company's own entry the share that
//! the erased party held, without a name. A record of the erasure names the leaves that can no longer be opened.

use std::collections::BTreeSet;

use bonafide_ledger::{Hash, Kind, leaf_hash};
use bonafide_model::{Account, AccountId, Fact, HoldId, PartyId, Timestamp};
use bonafide_policy::terms::{Anchors, Hold, HoldScope, KeepGround, KeepReason, must_keep_until};
use bonafide_policy::{ActivePack, assess};
use bonafide_seal::Aad;
use bonafide_store::{ApplyError, HoldRow, Op, Subject};

use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::party::ACCOUNTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::sealed;
use crate::subject::OpenParty;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Leaves named by one erasure record: 64 digits each, in a leaf of 16 KiB.
const REFS_PER_RECORD: usize = 200;
/// Records read at once when a party's leaves are gathered.
const PAGE: usize = 500;

/// What an erasure did.
#[derive(Debug, Clone)]
pub struct Erased {
    /// The party.
    pub party: PartyId,
    /// How many of its records can no longer be opened.
    pub records: usize,
    /// The epoch whose end makes older copies of the database unreadable for this party.
    pub readable_until_end_of_epoch: u32,
}

impl App {
    /// Erases a party, or says what must be kept until when and why.
    pub async fn erase_party(
        &self,
        actor: &Actor,
        party: PartyId,
        ground: &str,
    ) -> Result<Erased, AppError> {
        actor.may(Action::EraseParty)?;
        let tenant = self.tenant(&actor.tenant)?;
        if ground.trim().is_empty() {
            return Err(AppError::invalid(
                "ground",
                "say on what ground the party is erased, such as `GDPR 17(1)(a)`",
            ));
        }
        for _ in 0..ATTEMPTS_MAX {
            let open = self.open_party(&tenant, party).await?;
            let reasons = self.keep_reasons(&tenant, party, &open).await?;
            if !reasons.is_empty() {
                return Err(AppError::Refused(format!(
                    "party `{party}` cannot be erased yet: {}",
                    reasons.join("; ")
                )));
            }
            let leaves = self.leaves_of(&tenant, party).await?;
            let mut recorder = Recorder::new(
                self,
                &tenant,
                actor,
                tenant.engine().digests.clone(),
                self.now(),
            );
            recorder.expect(Subject::Party(party), open.row.version);
            for refs in leaves.chunks(REFS_PER_RECORD) {
                recorder.event(Kind::Erasure, refs.to_vec(), &[("ground", ground)])?;
            }
            recorder.push(Op::EraseParty { party });
            let committed = self
                .commit_erasure(&tenant, party, recorder.finish())
                .await?;
            match committed {
                Ok(()) => {
                    self.scrub_soon().await?;
                    // The keys of this epoch are there for as long as it is the current or the previous one.
                    let epoch = self.keyring().current_epoch().get().saturating_add(1);
                    return Ok(Erased {
                        party,
                        records: leaves.len(),
                        readable_until_end_of_epoch: epoch,
                    });
                }
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    /// Why a party must be kept, in words with citations; empty when it may be erased.
    async fn keep_reasons(
        &self,
        tenant: &Tenant,
        party: PartyId,
        open: &OpenParty,
    ) -> Result<Vec<String>, AppError> {
        let now = self.now();
        let holds = self.live_holds(tenant, party, open, now).await?;
        let used = open
            .facts
            .iter()
            .map(|f| sealed::class_of(f, self.registry()));
        let classes: BTreeSet<&str> = used.chain(["decision"]).collect();
        let mut reasons = BTreeSet::new();
        for (anchors, packs) in self.terms_of(tenant, party, open, now).await? {
            for class in &classes {
                let kept = must_keep_until(class, anchors, &packs, &holds, now);
                reasons.extend(kept.iter().map(describe));
            }
        }
        Ok(reasons.into_iter().collect())
    }

    /// For each account of a party, the instants that terms run from, and the packs that apply to it.
    async fn terms_of(
        &self,
        tenant: &Tenant,
        party: PartyId,
        open: &OpenParty,
        now: Timestamp,
    ) -> Result<Vec<(Anchors, Vec<ActivePack>)>, AppError> {
        let engine = tenant.engine();
        let learned = open.facts.iter().map(Fact::recorded_at).max();
        let recorded_at = learned.unwrap_or(open.row.created_at);
        let mut terms = Vec::new();
        for account in self
            .store()
            .accounts_of_party(&tenant.name, party, ACCOUNTS_MAX)
            .await?
        {
            let loaded = self.open_account(tenant, account).await?;
            let Some(dossier) = loaded.dossier(None) else {
                continue;
            };
            let assessment = assess(&engine.inputs(&dossier, now));
            let applies = |id: &str| assessment.packs.iter().any(|p| &*p.id == id && p.applies);
            let packs = engine
                .packs
                .active()
                .iter()
                .filter(|p| applies(&p.pack.id))
                .cloned();
            let anchors = Anchors {
                closed_at: loaded.row.closed_at,
                last_access_at: loaded.row.last_access_at,
                recorded_at,
                decided_at: Some(recorded_at),
            };
            terms.push((anchors, packs.collect()));
        }
        if terms.is_empty() {
            // A party without an account: its terms run from what was learned last, under every pack.
            let closed_at = Some(recorded_at);
            let anchors = Anchors {
                closed_at,
                last_access_at: None,
                recorded_at,
                decided_at: closed_at,
            };
            terms.push((anchors, engine.packs.active().to_vec()));
        }
        Ok(terms)
    }

    async fn live_holds(
        &self,
        tenant: &Tenant,
        party: PartyId,
        open: &OpenParty,
        now: Timestamp,
    ) -> Result<Vec<Hold>, AppError> {
        let rows = self.store().holds(&tenant.name, party).await?;
        let live = rows
            .into_iter()
            .filter(|r| r.released_at.is_none() && r.expires_at.is_none_or(|e| now < e));
        live.map(|row| {
            let id = row.hold.to_string();
            let aad = Aad {
                tenant: &tenant.name,
                record: &id,
                field: "hold",
                version: 1,
            };
            let basis = sealed::open_answer(&row.envelope, &open.keys, self.registry(), &aad)?;
            let basis = String::from_utf8(basis).map_err(AppError::internal)?;
            Ok(Hold {
                id: row.hold,
                scope: HoldScope::All,
                basis,
                until: row.expires_at,
            })
        })
        .collect()
    }

    /// Forbids the erasure of a party until the hold expires or is released.
    pub async fn hold_party(
        &self,
        actor: &Actor,
        party: PartyId,
        basis: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<HoldId, AppError> {
        actor.may(Action::HoldParty)?;
        let tenant = self.tenant(&actor.tenant)?;
        let basis = bonafide_model::value::text(basis)
            .map_err(|e| AppError::invalid("basis", e.message))?;
        let (now, open) = (self.now(), self.open_party(&tenant, party).await?);
        if expires_at.is_some_and(|e| e <= now) {
            return Err(AppError::invalid("until", "a hold cannot end in the past"));
        }
        let hold = HoldId::new(now, self.entropy());
        let id = hold.to_string();
        let aad = Aad {
            tenant: &tenant.name,
            record: &id,
            field: "hold",
            version: 1,
        };
        let envelope = sealed::seal_answer(
            basis.as_bytes(),
            &open.keys,
            self.registry(),
            &aad,
            self.entropy(),
        )?;
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.expect(Subject::Party(party), open.row.version);
        recorder.push(Op::PutHold(HoldRow {
            hold,
            party,
            starts_at: now,
            expires_at,
            released_at: None,
            envelope,
        }));
        recorder.facts(
            &Entry {
                party,
                account: None,
                kind: Kind::Hold,
                keys: &open.keys,
            },
            &[],
        )?;
        self.writer().commit(recorder.finish()).await?;
        Ok(hold)
    }

    /// Ends a hold.
    pub async fn release_hold(
        &self,
        actor: &Actor,
        party: PartyId,
        hold: HoldId,
    ) -> Result<(), AppError> {
        actor.may(Action::ReleaseHold)?;
        let tenant = self.tenant(&actor.tenant)?;
        let (now, open) = (self.now(), self.open_party(&tenant, party).await?);
        let rows = self.store().holds(&tenant.name, party).await?;
        if !rows
            .iter()
            .any(|r| r.hold == hold && r.released_at.is_none())
        {
            return Err(AppError::NotFound {
                what: "live hold",
                id: hold.to_string(),
            });
        }
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.expect(Subject::Party(party), open.row.version);
        recorder.push(Op::ReleaseHold {
            hold,
            party,
            at: now,
        });
        recorder.facts(
            &Entry {
                party,
                account: None,
                kind: Kind::HoldReleased,
                keys: &open.keys,
            },
            &[],
        )?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// Closes an account; its terms of keeping run from then. Closing what is closed changes nothing.
    pub async fn close_account(&self, actor: &Actor, account: AccountId) -> Result<(), AppError> {
        actor.may(Action::CloseAccount)?;
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.open_account(&tenant, account).await?;
            let dossier = loaded
                .dossier(None)
                .ok_or_else(|| AppError::internal("an account without its first fact"))?;
            if dossier.account.closed_at.is_some() {
                return Ok(());
            }
            let now = self.now();
            let closed = Account {
                closed_at: Some(now),
                recorded_at: now,
                ..dossier.account
            };
            let holder = loaded.parties.get(&closed.holder);
            let holder = holder.ok_or_else(|| {
                AppError::Refused("the holder of this account was erased".to_owned())
            })?;
            let mut recorder =
                Recorder::new(self, &tenant, actor, tenant.engine().digests.clone(), now);
            let entry = Entry {
                party: closed.holder,
                account: Some(account),
                kind: Kind::RoleChanged,
                keys: &holder.keys,
            };
            let facts = [Fact::Account(closed)];
            recorder.facts(&entry, &facts)?;
            self.judge_again(&mut recorder, &tenant, &loaded, &facts, None, now)?;
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(()),
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    /// The hashes of the leaves of a party's records that have their place.
    async fn leaves_of(&self, tenant: &Tenant, party: PartyId) -> Result<Vec<Hash>, AppError> {
        let (mut hashes, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .store()
                .timeline(&tenant.name, party, after, PAGE)
                .await?;
            for index in page.iter().filter_map(|r| r.leaf_index) {
                hashes.push(leaf_hash(&self.leaf_at(tenant, index).await?));
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.record),
                _ => return Ok(hashes),
            }
        }
    }
}

/// A reason in words. The basis of a hold is not among them: it may be a secret of the process that ordered it.
fn describe(reason: &KeepReason) -> String {
    let until = reason
        .until
        .map_or_else(|| "no end yet".to_owned(), |t| format!("until {t}"));
    if let KeepGround::Hold(hold) = &reason.ground {
        return format!("hold `{hold}` ({until})");
    }
    let cited: Vec<&str> = reason.citations.iter().map(|c| &*c.text).collect();
    let cited = if cited.is_empty() {
        String::new()
    } else {
        format!(" [{}]", cited.join("; "))
    };
    format!("{} ({}, {until}){cited}", reason.class, reason.text)
}
