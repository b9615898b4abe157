//! From facts to one change of the store: seal them, commit to them in a leaf, index what can be searched.
//!
//! Everything that one use case learns and decides goes into one change, so that the record, the sealed entry and the
//! projections stand or fall together.

use std::collections::BTreeMap;

use bonafide_ledger::{Blob, Commitment, Hash, Kind, Leaf, Opening, commit, commitment};
use bonafide_model::{
    AccountId, Claim, Fact, PartyId, RecordId, Registry, Screening, Timestamp, registry::IndexKind,
};
use bonafide_screen::Query;
use bonafide_seal::{AttributeKind, Keyring, SubjectKeys};
use bonafide_store::{Change, EntryRow, KeyRow, Op, RecordRow, ScreeningOp, Subject};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::PackUse;
use crate::error::AppError;
use crate::once::Once;
use crate::screening::{Profile, ScreeningOutcome};
use crate::sealed::{self, Item, Part, SCREENING};
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Facts in one record: a leaf of 16 KiB has room for about 130 commitments.
const FACTS_PER_RECORD: usize = 100;

/// Coarse name of what says where facts came from.
pub(crate) const ORIGIN: &str = "origin";

/// Builds one change.
pub(crate) struct Recorder<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    actor: &'a Actor,
    policy: Vec<Hash>,
    now: Timestamp,
    change: Change,
    attached: Option<(PartyId, Box<RawValue>)>,
    /// Profiles of parties of which everything that was known before is known here.
    profiles: BTreeMap<PartyId, Profile>,
    /// What the lists were asked of whoever was screened.
    asked: BTreeMap<PartyId, Box<RawValue>>,
}

/// One record about one party, before sealing.
pub(crate) struct Entry<'a> {
    pub(crate) party: PartyId,
    pub(crate) account: Option<AccountId>,
    pub(crate) kind: Kind,
    pub(crate) keys: &'a SubjectKeys,
}

impl<'a> Recorder<'a> {
    /// Starts a change made at `now` under the digests of packs, lists and engine.
    pub(crate) fn new(
        app: &'a App,
        tenant: &'a Tenant,
        actor: &'a Actor,
        policy: Vec<Hash>,
        now: Timestamp,
    ) -> Self {
        let change = Change {
            tenant: tenant.name.clone(),
            expect: Vec::new(),
            ops: Vec::new(),
        };
        Self {
            app,
            tenant,
            actor,
            policy,
            now,
            change,
            attached: None,
            profiles: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }

    /// Puts something beside the next facts that are recorded about a party: where they came from.
    pub(crate) fn attach(&mut self, party: PartyId, origin: Box<RawValue>) {
        self.attached = Some((party, origin));
    }

    /// Says everything that was known about a party before this change, so that its screening profile follows what is added.
    pub(crate) fn knows(&mut self, party: PartyId, facts: &[Fact]) {
        let known = self.profiles.entry(party);
        known.or_insert_with(|| Profile::of(facts));
    }

    /// Says what the lists were asked of a party, to stand beside its next screening.
    pub(crate) fn asked(&mut self, party: PartyId, query: &Query) -> Result<(), AppError> {
        let query = serde_json::value::to_raw_value(query).map_err(AppError::internal)?;
        self.asked.insert(party, query);
        Ok(())
    }

    /// Demands that a party or account still has the version that was read; zero means that it must be new.
    pub(crate) fn expect(&mut self, subject: Subject, version: i64) {
        self.change.expect.push((subject, version));
    }

    /// The application that the change is made for.
    pub(crate) fn app(&self) -> &'a App {
        self.app
    }

    /// The tenant whose change it is.
    pub(crate) fn tenant(&self) -> &'a Tenant {
        self.tenant
    }

    /// The handle of who makes the change.
    pub(crate) fn actor_name(&self) -> &'a str {
        &self.actor.name
    }

    /// Adds an operation as it is.
    pub(crate) fn push(&mut self, op: Op) {
        self.change.ops.push(op);
    }

    /// The instant of the change.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// How the packs are in use that it is made under.
    pub(crate) fn pack_uses(&self) -> Result<Vec<PackUse>, AppError> {
        let mut uses = Vec::new();
        for one in &self.tenant.engine().uses {
            if self.policy.contains(&one.digest()?) {
                uses.push(one.clone());
            }
        }
        Ok(uses)
    }

    /// The digests that it is made under, in hex.
    pub(crate) fn digests(&self) -> Vec<String> {
        self.policy.iter().map(ToString::to_string).collect()
    }

    /// The change, to be committed.
    pub(crate) fn finish(self) -> Change {
        self.change
    }

    /// Makes keys for a new party and stores them wrapped.
    pub(crate) fn new_keys(&mut self, party: PartyId) -> Result<SubjectKeys, AppError> {
        let keys = sealed::new_keys(self.app.registry(), self.app.entropy())?;
        let keyring = self.app.keyring();
        let wrapped = keys.wrap(
            &keyring,
            &self.tenant.name,
            &party.to_string(),
            self.app.entropy(),
        );
        let wrapped = wrapped.map_err(AppError::internal)?;
        self.push(Op::PutKeys(KeyRow {
            party,
            epoch: wrapped.epoch.get().into(),
            wrapped: wrapped.bytes,
        }));
        Ok(keys)
    }

    /// Records facts about a party, in as many records as their leaves have room for: leaf, sealed entry, tokens.
    pub(crate) fn facts(&mut self, entry: &Entry<'_>, facts: &[Fact]) -> Result<(), AppError> {
        for some in facts.chunks(FACTS_PER_RECORD) {
            let mut draft = Draft::default();
            self.add(&mut draft, "decision", "subject", &entry.party)?;
            if let Some((_, origin)) = self.attached.take_if(|(of, _)| *of == entry.party) {
                self.add(&mut draft, "decision", ORIGIN, &origin)?;
            }
            for fact in some {
                if let Fact::Screening(screening) = fact {
                    self.add_proof(&mut draft, screening)?;
                }
                let class = sealed::class_of(fact, self.app.registry()).to_owned();
                self.add(&mut draft, &class, sealed::field_of(fact), fact)?;
                if let Fact::Claim(claim) = fact {
                    self.tokens(claim)?;
                }
            }
            self.record(entry, draft)?;
        }
        self.keep_profile(entry, facts)
    }

    /// Commits to what was asked and against what, each for itself: that somebody was screened on that day against that version
    /// and nothing was found is then shown without showing more.
    fn add_proof(&mut self, draft: &mut Draft, screening: &Screening) -> Result<(), AppError> {
        if let Some(query) = self.asked.remove(&screening.party) {
            self.add(draft, SCREENING, "query", &query)?;
        }
        let outcome = ScreeningOutcome::of(screening);
        self.add(draft, SCREENING, "outcome", &outcome)
    }

    /// Keeps the screening profile of a party at what is known of it; drops it where the rest is not known here.
    fn keep_profile(&mut self, entry: &Entry<'_>, facts: &[Fact]) -> Result<(), AppError> {
        let party = entry.party;
        let mut scratch = Profile::default();
        if !facts.iter().any(|fact| scratch.learn(fact)) {
            return Ok(());
        }
        if facts.iter().any(|fact| matches!(fact, Fact::Party(_))) {
            self.knows(party, &[]);
        }
        let is_put = |op: &Op| matches!(op, Op::Screening(ScreeningOp::PutProfile { party: p, .. }) if *p == party);
        self.change.ops.retain(|op| !is_put(op));
        let Some(profile) = self.profiles.get_mut(&party) else {
            self.push(Op::Screening(ScreeningOp::DropProfile { party }));
            return Ok(());
        };
        for fact in facts {
            profile.learn(fact);
        }
        let sealed = profile.seal(
            party,
            &self.tenant.name,
            entry.keys,
            self.app.registry(),
            self.app.entropy(),
        )?;
        self.push(Op::Screening(ScreeningOp::PutProfile { party, sealed }));
        Ok(())
    }

    /// Records an answer (an assessment, with the inputs it rests on) under the party's key for decisions.
    pub(crate) fn decision<T: Serialize>(
        &mut self,
        entry: &Entry<'_>,
        items: &[(&str, &T)],
    ) -> Result<RecordId, AppError> {
        let mut draft = Draft::default();
        self.add(&mut draft, "decision", "subject", &entry.party)?;
        for (field, value) in items {
            self.add(&mut draft, "decision", field, *value)?;
        }
        self.record(entry, draft)
    }

    /// Records something that is about no party: a policy, a list, a key. What is committed to is not personal data and
    /// stands in the tables too.
    pub(crate) fn event(
        &mut self,
        kind: Kind,
        refs: Vec<Hash>,
        details: &[(&str, &str)],
    ) -> Result<RecordId, AppError> {
        let mut draft = Draft::default();
        for (field, value) in details {
            self.add(&mut draft, "decision", field, value)?;
        }
        self.leaf(kind, refs, draft.commitments)
    }

    /// Records something about sealed bytes that are kept outside of the database.
    pub(crate) fn blob_event(
        &mut self,
        kind: Kind,
        blob: Blob,
        details: &[(&str, &str)],
    ) -> Result<RecordId, AppError> {
        let mut draft = Draft::default();
        for (field, value) in details {
            self.add(&mut draft, "decision", field, value)?;
        }
        self.encode(kind, Vec::new(), draft.commitments, Some(blob))
    }

    /// Remembers the answer to a request that has a key, in the same change.
    pub(crate) fn remember<T>(
        &mut self,
        once: Option<&Once<'_, T>>,
        about: Option<(PartyId, &SubjectKeys)>,
        answer: &T,
    ) -> Result<(), AppError> {
        if let Some(once) = once {
            let row = once.remember_of(self.app, self.tenant, about, answer, self.now)?;
            self.push(row);
        }
        Ok(())
    }

    fn add<T: Serialize + ?Sized>(
        &self,
        draft: &mut Draft,
        class: &str,
        field: &str,
        value: &T,
    ) -> Result<(), AppError> {
        let value = serde_json::value::to_raw_value(value).map_err(AppError::internal)?;
        let mut random = [0_u8; commitment::RANDOM_BYTES];
        self.app.entropy().fill(&mut random);
        let field = format!("{field}-{}", draft.commitments.len());
        let opening = Opening {
            field: field.clone(),
            random,
            value: value.get().as_bytes().to_vec(),
        };
        let hash = commit(&self.tenant.origin, &opening);
        draft.commitments.push(Commitment {
            field: field.clone(),
            hash,
        });
        let item = Item {
            field,
            random: hex(&random),
            value,
        };
        draft.parts.entry(class.to_owned()).or_default().push(item);
        Ok(())
    }

    fn record(&mut self, entry: &Entry<'_>, draft: Draft) -> Result<RecordId, AppError> {
        let record = self.leaf(entry.kind, Vec::new(), draft.commitments)?;
        let parts: Vec<Part> = draft
            .parts
            .into_iter()
            .map(|(class, items)| Part { class, items })
            .collect();
        let app = self.app;
        let (tenant, name) = (&self.tenant.name, record.to_string());
        let envelope = sealed::seal_parts(
            &parts,
            entry.keys,
            app.registry(),
            tenant,
            &name,
            app.entropy(),
        )?;
        self.push(Op::AddEntry(EntryRow {
            party: entry.party,
            record,
            account: entry.account,
            kind: entry.kind.to_string(),
            at: self.now,
            envelope,
        }));
        Ok(record)
    }

    /// Adds a leaf that no entry belongs to.
    pub(crate) fn leaf(
        &mut self,
        kind: Kind,
        refs: Vec<Hash>,
        commitments: Vec<Commitment>,
    ) -> Result<RecordId, AppError> {
        self.encode(kind, refs, commitments, None)
    }

    fn encode(
        &mut self,
        kind: Kind,
        refs: Vec<Hash>,
        commitments: Vec<Commitment>,
        blob: Option<Blob>,
    ) -> Result<RecordId, AppError> {
        let leaf = Leaf {
            ledger: self.tenant.origin.clone(),
            kind,
            at: self.now,
            actor: self.actor.name.clone(),
            policy: self.policy.clone(),
            refs,
            commitments,
            blob,
        };
        let record = self.app.next_record(self.now);
        let leaf = leaf.encode().map_err(AppError::internal)?;
        self.push(Op::AddRecord(RecordRow { record, leaf }));
        Ok(record)
    }

    fn tokens(&mut self, claim: &Claim) -> Result<(), AppError> {
        for token in tokens(
            self.app,
            self.tenant,
            &claim.attribute,
            &claim.value.to_string(),
        )? {
            self.push(Op::AddToken {
                token,
                party: claim.party,
                attribute: claim.attribute.clone(),
            });
        }
        Ok(())
    }
}

/// Items and their commitments, in step.
#[derive(Default)]
struct Draft {
    parts: BTreeMap<String, Vec<Item>>,
    commitments: Vec<Commitment>,
}

/// The blind tokens of a value, none for an attribute that is not searched by.
pub(crate) fn tokens(
    app: &App,
    tenant: &Tenant,
    attribute: &str,
    value: &str,
) -> Result<Vec<Vec<u8>>, AppError> {
    tokens_with(
        app.registry(),
        &app.keyring(),
        &tenant.name,
        attribute,
        value,
    )
}

/// The same where no application is open.
pub(crate) fn tokens_with(
    registry: &Registry,
    keyring: &Keyring,
    tenant: &str,
    attribute: &str,
    value: &str,
) -> Result<Vec<Vec<u8>>, AppError> {
    let Some(index) = registry.get(attribute).and_then(|a| a.index) else {
        return Ok(Vec::new());
    };
    let kind = match index {
        IndexKind::Name => AttributeKind::Name,
        IndexKind::Email => AttributeKind::Email,
        IndexKind::Phone => AttributeKind::Telephone,
        IndexKind::Document => AttributeKind::DocumentNumber,
    };
    let keys = keyring
        .tenant(tenant)
        .ok_or_else(|| AppError::Internal("the tenant has no keys".to_owned()))?;
    // A value in which nothing can be compared (a name of symbols alone) cannot be searched for either.
    let tokens = keys.index_key().tokens_for(kind, value).unwrap_or_default();
    Ok(tokens.iter().map(|t| t.as_bytes().to_vec()).collect())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{b:02x}");
            text
        })
}
