//! What is added about a party that is known: claims, evidence, checks; and what is read of it.

use std::collections::BTreeMap;

use bonafide_ledger::Kind;
use bonafide_model::purpose::OpeningPurpose;
use bonafide_model::{Claim, Dossier, Fact, PartyId, PartyKind, RecordId, Timestamp};
use bonafide_store::{AccessOp, Change, Op, SearchRow, Subject};

use crate::answers::{
    AddedAnswer, CheckSummary, ClaimSummary, EvidenceSummary, ExpiredSummary, JudgedAccount, Page,
    PartyAnswer, TimelineItem,
};
use crate::error::AppError;
use crate::event::{AccountState, Event, EventKind};
use crate::judge::{Judgement, judge};
use crate::once::{Once, Reply};
use crate::recorder::{self, Entry, Recorder};
use crate::subject::OpenAccount;
use crate::submission::{
    CheckIn, ClaimIn, EvidenceIn, FactContext, FieldError, NamedEvidence, read_checks, read_claims,
    read_evidence,
};
use crate::tenant::Tenant;
use crate::{Action, Actor, App, Matter};

/// Accounts that one party can stand to and still be judged in one request.
pub(crate) const ACCOUNTS_MAX: usize = 200;
/// Items on a page, at most.
pub(crate) const PAGE_MAX: usize = 200;

/// What is added about one party.
#[derive(Debug, Clone, Default)]
pub struct Addition {
    /// Claims.
    pub claims: Vec<ClaimIn>,
    /// Evidence.
    pub evidence: Vec<EvidenceIn>,
    /// Checks.
    pub checks: Vec<CheckIn>,
}

impl App {
    /// Adds claims, evidence and checks about a party, and judges every account that it stands to.
    pub async fn add_to_party(
        &self,
        actor: &Actor,
        party: PartyId,
        addition: &Addition,
        once: Option<&Once<'_, AddedAnswer>>,
    ) -> Result<Reply<AddedAnswer>, AppError> {
        actor.may(Action::AddRecords)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.decide(&tenant, once, |now| {
            self.decide_addition(actor, &tenant, party, addition, once, now)
        })
        .await
    }

    async fn decide_addition(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        party: PartyId,
        addition: &Addition,
        once: Option<&Once<'_, AddedAnswer>>,
        now: Timestamp,
    ) -> Result<(Change, AddedAnswer), AppError> {
        let engine = tenant.engine();
        let open = self.open_party(tenant, party).await?;
        let facts = self.read_addition(&engine, party, &open.facts, addition, now)?;
        let added = facts.iter().map(id_of).collect();
        let mut recorder = Recorder::new(self, tenant, actor, engine.digests.clone(), now);
        recorder.expect(Subject::Party(party), open.row.version);
        recorder.knows(party, &open.facts);
        let kind = match (addition.claims.is_empty(), addition.evidence.is_empty()) {
            (false, _) => Kind::ClaimsAdded,
            (true, false) => Kind::EvidenceAdded,
            (true, true) => Kind::CheckRecorded,
        };
        recorder.facts(
            &Entry {
                party,
                account: None,
                kind,
                keys: &open.keys,
            },
            &facts,
        )?;
        let mut accounts = Vec::new();
        for account in self
            .store()
            .accounts_of_party(&tenant.name, party, ACCOUNTS_MAX)
            .await?
        {
            let loaded = self.open_account(tenant, account).await?;
            if !loaded.is_judgeable() {
                continue;
            }
            let judged =
                self.judge_within(&mut recorder, tenant, &loaded, &facts, Some(party), now)?;
            accounts.push(JudgedAccount {
                account,
                assessment: judged,
            });
        }
        let answer = AddedAnswer {
            party,
            added,
            accounts,
        };
        if let Some(once) = once {
            recorder.push(once.remember(self, tenant, party, &open.keys, &answer, now)?);
        }
        Ok((recorder.finish(), answer))
    }

    fn read_addition(
        &self,
        engine: &crate::Engine,
        party: PartyId,
        known: &[Fact],
        addition: &Addition,
        now: Timestamp,
    ) -> Result<Vec<Fact>, AppError> {
        let context = FactContext {
            registry: self.registry(),
            methods: &engine.methods,
            catalogue: &engine.catalogue,
            now,
            entropy: self.entropy(),
        };
        let mut errors = Vec::new();
        let claims = read_claims(
            "",
            party,
            kind_of(known),
            &addition.claims,
            &context,
            &mut errors,
        );
        let (evidence, mut named) =
            read_evidence("", party, &addition.evidence, &context, &mut errors);
        named.extend(known_evidence(known));
        let mut present = present_claims(known, now);
        present.extend(claims.iter().cloned());
        let checks = read_checks(
            "",
            party,
            &addition.checks,
            &present,
            &named,
            &context,
            &mut errors,
        );
        if addition.claims.is_empty() && addition.evidence.is_empty() && addition.checks.is_empty()
        {
            errors.push(FieldError::new(
                "",
                "nothing to add: send at least one claim, piece of evidence or check",
            ));
        }
        if !errors.is_empty() {
            return Err(AppError::Invalid(errors));
        }
        let facts = claims.into_iter().map(Fact::Claim);
        Ok(facts
            .chain(evidence.into_iter().map(Fact::Evidence))
            .chain(checks.into_iter().map(Fact::Check))
            .collect())
    }

    /// Judges an account with new facts that are recorded in the same change. `held` is a party whose version the
    /// change already demands.
    pub(crate) fn judge_within(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        loaded: &OpenAccount,
        facts: &[Fact],
        held: Option<PartyId>,
        now: Timestamp,
    ) -> Result<serde_json::Value, AppError> {
        let (dossier, judgement) = self.judge_loaded(tenant, loaded, facts, now)?;
        self.record_judgement(recorder, loaded, &dossier, &judgement, held)
    }

    /// Judges an account with new facts, and records nothing.
    pub(crate) fn judge_loaded(
        &self,
        tenant: &Tenant,
        loaded: &OpenAccount,
        facts: &[Fact],
        now: Timestamp,
    ) -> Result<(Dossier, Judgement), AppError> {
        let dossier = loaded.dossier(None);
        let dossier = dossier.ok_or_else(|| {
            let account = loaded.row.account;
            AppError::Gone(format!("what account `{account}` was judged by was erased"))
        })?;
        let mut dossier = with_facts(dossier, facts);
        let judgement = judge(&tenant.engine(), &mut dossier, now, self.entropy());
        Ok((dossier, judgement))
    }

    /// Records a judgement, with what was learned on the way to it, and moves the account to where it stands.
    pub(crate) fn record_judgement(
        &self,
        recorder: &mut Recorder<'_>,
        loaded: &OpenAccount,
        dossier: &Dossier,
        judgement: &Judgement,
        held: Option<PartyId>,
    ) -> Result<serde_json::Value, AppError> {
        for (id, party) in loaded.parties.iter().filter(|(id, _)| Some(**id) != held) {
            recorder.expect(Subject::Party(*id), party.row.version);
        }
        for (party, fact) in &judgement.learned {
            let Some(open) = loaded.parties.get(party) else {
                continue;
            };
            recorder.knows(*party, &open.facts);
            if let Some(asked) = judgement.asked.get(party) {
                recorder.asked(*party, asked)?;
            }
            let entry = Entry {
                party: *party,
                account: None,
                kind: Kind::Screened,
                keys: &open.keys,
            };
            recorder.facts(&entry, std::slice::from_ref(fact))?;
        }
        let holder = loaded.parties.get(&dossier.holder());
        let holder = holder
            .ok_or_else(|| AppError::Refused("the holder of this account was erased".to_owned()))?;
        self.record_assessment(
            recorder,
            dossier,
            &judgement.assessment,
            loaded.row.version,
            &holder.keys,
            &loaded.cases,
        )?;
        recorder.write_letters(dossier, &judgement.assessment, Some(&loaded.row.decision))?;
        let assessment = serde_json::to_value(&judgement.assessment).map_err(AppError::internal)?;
        let before = loaded.last_assessment()?;
        let state = AccountState {
            account: dossier.account.id,
            holder: dossier.account.holder,
            decision: judgement.assessment.decision.as_str(),
            version: loaded.row.version + 1,
        };
        recorder.announce_judgement(
            &state,
            assessment
                .get("entitlements")
                .unwrap_or(&serde_json::Value::Null),
            Some((
                &loaded.row.decision,
                before.as_ref().and_then(|b| b.get("entitlements")),
            )),
        );
        if loaded.row.closed_at.is_none() && dossier.account.closed_at.is_some() {
            recorder.announce(Event::account(EventKind::AccountClosed, &state));
        }
        Ok(assessment)
    }

    /// What is known about a party, without values.
    pub async fn party(&self, actor: &Actor, party: PartyId) -> Result<PartyAnswer, AppError> {
        actor.may(Action::ReadParties)?;
        let tenant = self.tenant(&actor.tenant)?;
        let open = self.open_party(&tenant, party).await?;
        let accounts = self
            .store()
            .accounts_of_party(&tenant.name, party, ACCOUNTS_MAX)
            .await?;
        let expired = self.store().expired(&tenant.name, party).await?;
        let expired = expired.into_iter().map(|row| ExpiredSummary {
            class: row.class,
            at: row.at,
            ground: row.ground,
        });
        let expired = expired.collect();
        let mut answer = PartyAnswer {
            id: party,
            kind: open.row.kind.clone(),
            recorded_at: open.row.created_at,
            accounts,
            claims: Vec::new(),
            evidence: Vec::new(),
            checks: Vec::new(),
            screenings: Vec::new(),
            expired,
        };
        for fact in &open.facts {
            match fact {
                Fact::Claim(c) => answer.claims.push(ClaimSummary {
                    id: c.id.to_string(),
                    attribute: c.attribute.clone(),
                    source: c.source.clone(),
                    asserted_at: c.asserted_at,
                }),
                Fact::Evidence(e) => answer.evidence.push(EvidenceSummary {
                    id: e.id.to_string(),
                    kind: e.kind.clone(),
                    strength: word(&e.strength),
                    recorded_at: e.recorded_at,
                }),
                Fact::Check(c) => answer.checks.push(CheckSummary {
                    id: c.id.to_string(),
                    method: c.method.clone(),
                    outcome: word(&c.outcome),
                    at: c.at,
                }),
                Fact::Screening(s) => answer.screenings.push(s.into()),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// Parties whose attribute has exactly this value, by blind index. What for is said, and that it
    /// was asked is recorded: who has a value is a thing learned.
    pub async fn find_parties(
        &self,
        actor: &Actor,
        attribute: &str,
        value: &str,
        purpose: &str,
    ) -> Result<Vec<PartyId>, AppError> {
        actor.may(Action::SearchParties)?;
        let purpose = self.search_purpose(actor, purpose)?;
        let tenant = self.tenant(&actor.tenant)?;
        let known = self.registry().get(attribute);
        let known = known
            .ok_or_else(|| AppError::invalid("attribute", self.registry().unknown(attribute)))?;
        if known.index.is_none() {
            let searchable: Vec<&str> = self
                .registry()
                .attributes()
                .iter()
                .filter(|a| a.index.is_some())
                .map(|a| a.name.as_str())
                .collect();
            let message = format!(
                "`{attribute}` cannot be searched by; these can: {}",
                searchable.join(", ")
            );
            return Err(AppError::invalid("attribute", message));
        }
        let tokens = recorder::tokens(self, &tenant, attribute, value)?;
        if tokens.is_empty() {
            return Err(AppError::invalid(
                "value",
                "there is nothing in this value that can be searched for",
            ));
        }
        let found = self.store().find(&tenant.name, &tokens, PAGE_MAX).await?;
        self.record_search(actor, &tenant, purpose, attribute, found.len())
            .await?;
        Ok(found)
    }

    /// The purpose of that name, if somebody may search for it.
    pub(crate) fn search_purpose(
        &self,
        actor: &Actor,
        purpose: &str,
    ) -> Result<&OpeningPurpose, AppError> {
        let purpose = self.purpose(purpose)?;
        let matter = Matter {
            purpose: Some(purpose.name.clone()),
            ..Matter::default()
        };
        actor.may_about(Action::SearchParties, &matter)?;
        if !purpose.search {
            let message = format!("nobody is searched for `{}`", purpose.name);
            return Err(AppError::invalid("purpose", message));
        }
        Ok(purpose)
    }

    /// Records that somebody searched, for what, and by what; never the value.
    pub(crate) async fn record_search(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        purpose: &OpeningPurpose,
        attribute: &str,
        found: usize,
    ) -> Result<(), AppError> {
        let now = self.now();
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        let details = [("purpose", purpose.name.as_str()), ("attribute", attribute)];
        let record = recorder.event(Kind::Searched, Vec::new(), &details)?;
        recorder.push(Op::Access(AccessOp::AddSearch(SearchRow {
            actor: actor.name.clone(),
            record,
            purpose: purpose.name.clone(),
            attribute: attribute.to_owned(),
            found: i64::try_from(found).map_err(AppError::internal)?,
            at: now,
        })));
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// The records about a party, a page at a time, oldest first.
    pub async fn timeline(
        &self,
        actor: &Actor,
        party: PartyId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Page<TimelineItem>, AppError> {
        actor.may(Action::ReadParties)?;
        let tenant = self.tenant(&actor.tenant)?;
        if self.store().party(&tenant.name, party).await?.is_none() {
            return Err(self.no_party(&tenant, party).await);
        }
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = self
            .store()
            .timeline(&tenant.name, party, after, limit + 1)
            .await?;
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.record.to_string()))
            .flatten();
        let items = rows.into_iter().take(limit).map(|r| TimelineItem {
            record: r.record,
            kind: r.kind,
            at: r.at,
            leaf_index: r.leaf_index,
        });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }
}

fn with_facts(mut dossier: Dossier, facts: &[Fact]) -> Dossier {
    for fact in facts.iter().cloned() {
        match fact {
            Fact::Claim(x) => dossier.claims.push(x),
            Fact::Evidence(x) => dossier.evidence.push(x),
            Fact::Check(x) => dossier.checks.push(x),
            Fact::Screening(x) => dossier.screenings.push(x),
            Fact::Determination(x) => dossier.determinations.push(x),
            Fact::Role(x) => dossier.roles.push(x),
            Fact::Party(x) => drop(dossier.parties.insert(x.id, x)),
            Fact::Account(x) => dossier.account = x,
        }
    }
    dossier
}

fn kind_of(known: &[Fact]) -> PartyKind {
    known
        .iter()
        .find_map(|f| {
            if let Fact::Party(p) = f {
                Some(p.kind)
            } else {
                None
            }
        })
        .unwrap_or(PartyKind::Person)
}

fn known_evidence(known: &[Fact]) -> NamedEvidence {
    known
        .iter()
        .filter_map(|f| {
            if let Fact::Evidence(e) = f {
                Some((e.id.to_string(), e.id))
            } else {
                None
            }
        })
        .collect()
}

/// The claims that hold today; of attributes that have one value, the latest.
fn present_claims(known: &[Fact], now: Timestamp) -> Vec<Claim> {
    let holding = known.iter().filter_map(|f| {
        if let Fact::Claim(c) = f {
            Some(c)
        } else {
            None
        }
    });
    let mut latest: BTreeMap<(&str, String), &Claim> = BTreeMap::new();
    for claim in holding.filter(|c| c.holds_on(now.date())) {
        latest.insert((&claim.attribute, claim.value.to_string()), claim);
    }
    latest.into_values().cloned().collect()
}

fn id_of(fact: &Fact) -> String {
    match fact {
        Fact::Claim(x) => x.id.to_string(),
        Fact::Evidence(x) => x.id.to_string(),
        Fact::Check(x) => x.id.to_string(),
        Fact::Role(x) => x.id.to_string(),
        Fact::Party(x) => x.id.to_string(),
        Fact::Account(x) => x.id.to_string(),
        Fact::Screening(x) => x.party.to_string(),
        Fact::Determination(x) => x.id.to_string(),
    }
}

/// The word that a unit variant is written as.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}
