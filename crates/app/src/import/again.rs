//! Rows that rest on what is stored: a customer who is known already, and a row that says something else than before.

use std::collections::BTreeMap;

use bonafide_ledger::Kind;
use bonafide_model::{Account, Check, Claim, Dossier, Evidence, Fact, PartyId, Timestamp};
use bonafide_policy::Assessment;
use bonafide_store::{Change, ImportOp, ImportedRow, Op};

use super::duplicates::{self, Found};
use super::prepare::Marks;
use super::record::Fresh;
use super::run::Run;
use super::{Duplicates, ImportRow, RowJudgement, RowOutcome, RowReport};
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, ORIGIN, Recorder};
use crate::sign_up::judge_draft;
use crate::subject::OpenAccount;
use crate::submission::{
    FactContext, FieldError, PartyIn, read_checks, read_claims, read_evidence,
};

/// What was not known, by party.
type News = BTreeMap<PartyId, Vec<Fact>>;

impl Run {
    /// Takes over a row after everything before it: as an account of the party that its address or number names, or as
    /// one of a party of its own.
    pub(super) async fn link(&self, mut fresh: Fresh) -> Result<RowReport, AppError> {
        for _ in 0..ATTEMPTS_MAX {
            let token = std::slice::from_ref(&fresh.marks.token);
            let stored = self.app.store().imported(&self.tenant.name, token).await?;
            if let Some(was) = stored.first() {
                return match was.content == fresh.marks.content {
                    true => Ok(RowReport::new(
                        fresh.row.line,
                        RowOutcome::Unchanged(was.account),
                    )),
                    false => self.change(&fresh.row, &fresh.marks, was).await,
                };
            }
            let (report, change) = match self.owner(&fresh).await? {
                Some(known) => self.linked(&mut fresh, known).await?,
                None => {
                    let (mut report, change) = self.build(&fresh)?;
                    if change.is_none() && fresh.duplicates.iter().any(is_line) {
                        // In a trial the earlier line is stored nowhere; in earnest it would be by now.
                        report.outcome = RowOutcome::Linked(None, None);
                    }
                    (report, change)
                }
            };
            let Some(change) = change else {
                return Ok(report);
            };
            match self.app.writer().commit(change).await {
                Ok(()) => return Ok(report),
                Err(error) => self.after(error)?,
            }
        }
        Err(AppError::Busy)
    }

    /// The stored party of the same kind that a row is an account of, where rows are linked.
    async fn owner(&self, fresh: &Fresh) -> Result<Option<PartyId>, AppError> {
        if self.plan.duplicates != Duplicates::Link {
            return Ok(None);
        }
        let tokens = duplicates::of_draft(&self.app, &self.tenant, &fresh.draft)?;
        let wanted: Vec<Vec<u8>> = tokens.iter().map(|t| t.token.clone()).collect();
        let stored = self.matches(&wanted).await?;
        let Some(known) = duplicates::known_party(&tokens, &stored) else {
            return Ok(None);
        };
        let row = self.app.store().party(&self.tenant.name, known).await?;
        let kind = fresh.row.sign_up.parties.first().map(|p| p.kind.as_str());
        Ok(row
            .filter(|row| Some(row.kind.as_str()) == kind)
            .map(|row| row.party))
    }

    async fn linked(
        &self,
        fresh: &mut Fresh,
        owner: PartyId,
    ) -> Result<(RowReport, Option<Change>), AppError> {
        let (app, now) = (&self.app, app_now(self));
        let drafted = fresh
            .row
            .draft(app, &self.engine, &self.plan, Some(owner), now);
        let draft = drafted.map_err(AppError::Invalid)?;
        let known = app.open_with_owners(&self.tenant, [owner]).await?;
        let (dossier, judgement) = judge_draft(&self.engine, &draft, &known, now, app)?;
        let mut report = RowReport::new(fresh.row.line, RowOutcome::Linked(None, Some(owner)));
        report.judged = Some(RowJudgement::of(&judgement.assessment));
        report.duplicates.clone_from(&fresh.duplicates);
        if self.plan.dry_run {
            return Ok((report, None));
        }
        let digests = self.engine.digests.clone();
        let mut recorder = Recorder::new(app, &self.tenant, &self.actor, digests, now);
        recorder.attach(owner, fresh.row.origin(&self.plan, &self.run)?);
        app.record_sign_up(&mut recorder, &draft, &known, &dossier, &judgement)?;
        let account = dossier.account.id;
        recorder.push(Op::Import(ImportOp::Add(self.stored(
            &fresh.marks,
            owner,
            account,
            now,
        ))));
        report.outcome = RowOutcome::Linked(Some(account), Some(owner));
        Ok((report, Some(recorder.finish())))
    }

    fn stored(
        &self,
        marks: &Marks,
        party: PartyId,
        account: bonafide_model::AccountId,
        at: Timestamp,
    ) -> ImportedRow {
        ImportedRow {
            token: marks.token.clone(),
            source: self.plan.source.clone(),
            party,
            account,
            content: marks.content.clone(),
            run: self.run.clone(),
            at,
        }
    }

    /// Records what a row says that was not known.
    pub(super) async fn change(
        &self,
        row: &ImportRow,
        marks: &Marks,
        was: &ImportedRow,
    ) -> Result<RowReport, AppError> {
        let mut report = RowReport::new(row.line, RowOutcome::Changed(was.account));
        for _ in 0..ATTEMPTS_MAX {
            let now = app_now(self);
            let loaded = self.app.open_account(&self.tenant, was.account).await?;
            let news = match self.news(row, &loaded, was.party, now)? {
                Ok(news) => news,
                Err(errors) => return Ok(RowReport::new(row.line, RowOutcome::Rejected(errors))),
            };
            let digests = self.engine.digests.clone();
            let mut recorder = Recorder::new(&self.app, &self.tenant, &self.actor, digests, now);
            let origin = row.origin(&self.plan, &self.run)?;
            for (party, facts) in &news {
                let open = loaded.parties.get(party);
                let open = open.ok_or_else(|| AppError::internal("news of an unknown party"))?;
                let entry = Entry {
                    party: *party,
                    account: Some(was.account),
                    kind: Kind::ClaimsAdded,
                    keys: &open.keys,
                };
                if *party == was.party && facts.is_empty() {
                    recorder.decision(&entry, &[(ORIGIN, &origin)])?;
                    continue;
                }
                recorder.attach(*party, origin.clone());
                recorder.knows(*party, &open.facts);
                recorder.facts(&entry, facts)?;
            }
            let row = self.stored(marks, was.party, was.account, now);
            recorder.push(Op::Import(ImportOp::Change(row)));
            let facts: Vec<Fact> = news.into_values().flatten().collect();
            let app = &self.app;
            let judged =
                app.judge_within(&mut recorder, &self.tenant, &loaded, &facts, None, now)?;
            let judged: Assessment = serde_json::from_value(judged).map_err(AppError::internal)?;
            report.judged = Some(RowJudgement::of(&judged));
            if self.plan.dry_run {
                return Ok(report);
            }
            match app.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(report),
                Err(error) => self.after(error)?,
            }
        }
        Err(AppError::Busy)
    }

    /// What a row says that is not recorded yet, by party; the holder is always among them.
    fn news(
        &self,
        row: &ImportRow,
        loaded: &OpenAccount,
        holder: PartyId,
        now: Timestamp,
    ) -> Result<Result<News, Vec<FieldError>>, AppError> {
        let dossier = loaded.dossier(None);
        let dossier =
            dossier.ok_or_else(|| AppError::internal("an account without its first fact"))?;
        let mut news = BTreeMap::from([(holder, Vec::new())]);
        // The row as a whole must be one that could be taken over.
        if let Err(errors) = row.draft(&self.app, &self.engine, &self.plan, None, now) {
            return Ok(Err(errors));
        }
        for (position, said) in row.sign_up.parties.iter().enumerate() {
            let party = match position {
                0 => Some(holder),
                _ => in_role(row, said, &dossier),
            };
            let Some(party) = party else { continue };
            let at = format!("parties[{position}]");
            match self.said(&at, row, said, party, &dossier, now) {
                Ok(facts) => news.entry(party).or_default().extend(facts),
                Err(errors) => return Ok(Err(errors)),
            }
        }
        if let Some(account) = changed_account(row, &dossier.account, now) {
            news.entry(holder).or_default().push(Fact::Account(account));
        }
        Ok(Ok(news))
    }

    /// What a row says of one party that is not recorded yet.
    fn said(
        &self,
        at: &str,
        row: &ImportRow,
        said: &PartyIn,
        party: PartyId,
        dossier: &Dossier,
        now: Timestamp,
    ) -> Result<Vec<Fact>, Vec<FieldError>> {
        let context = FactContext {
            registry: self.app.registry(),
            methods: &self.engine.methods,
            catalogue: &self.engine.catalogue,
            now,
            entropy: self.app.entropy(),
        };
        let mut errors = Vec::new();
        if dossier
            .parties
            .get(&party)
            .is_some_and(|p| p.kind != said.kind)
        {
            let message = format!(
                "the customer is a {} now and was none when first taken over: give it an id of its own",
                said.kind.as_str()
            );
            return Err(vec![FieldError::new(format!("{at}.kind"), message)]);
        }
        let mut claims = read_claims(at, party, said.kind, &said.claims, &context, &mut errors);
        let mut known = BTreeMap::new();
        for claim in dossier.claims.iter().filter(|c| c.party == party) {
            let many = self
                .app
                .registry()
                .get(&claim.attribute)
                .is_some_and(|a| a.many);
            let value = many.then(|| claim.value.to_string());
            known.insert((claim.attribute.clone(), value), claim.clone());
        }
        let is_new = |c: &Claim| {
            !known
                .values()
                .any(|k| (&k.attribute, &k.value) == (&c.attribute, &c.value))
        };
        claims.retain(is_new);
        for claim in &mut claims {
            claim.asserted_at = row.dates.asserted_at.unwrap_or(now);
        }
        let (evidence, named) = read_evidence(at, party, &said.evidence, &context, &mut errors);
        let said_now = |k: &&Claim| !claims.iter().any(|c| c.attribute == k.attribute);
        let mut present: Vec<Claim> = known.values().filter(said_now).cloned().collect();
        present.extend(claims.iter().cloned());
        let mut checks = read_checks(
            at,
            party,
            &said.checks,
            &present,
            &named,
            &context,
            &mut errors,
        );
        if !errors.is_empty() {
            return Err(errors);
        }
        checks.retain(|c| !dossier.checks.iter().any(|k| same_check(k, c)));
        let rests = |e: &Evidence| checks.iter().any(|c| c.evidence.contains(&e.id));
        let evidence: Vec<Evidence> = evidence.into_iter().filter(rests).collect();
        Ok(claims
            .into_iter()
            .map(Fact::Claim)
            .chain(evidence.into_iter().map(Fact::Evidence))
            .chain(checks.into_iter().map(Fact::Check))
            .collect())
    }
}

fn app_now(run: &Run) -> Timestamp {
    run.app.now()
}

fn is_line(duplicate: &super::Duplicate) -> bool {
    matches!(duplicate.found, Found::Line(_))
}

/// The party that stands to the account as the row says.
fn in_role(row: &ImportRow, said: &PartyIn, dossier: &Dossier) -> Option<PartyId> {
    let mut roles = row.sign_up.roles.iter();
    let role = roles.find(|r| r.party == said.reference)?;
    let mut held = dossier.roles.iter().rev();
    held.find(|r| r.kind == role.kind && r.party != dossier.holder())
        .map(|r| r.party)
}

/// Whether two checks are the same run of a method.
fn same_check(a: &Check, b: &Check) -> bool {
    (a.party, &a.method, a.at, a.outcome) == (b.party, &b.method, b.at, b.outcome)
}

/// The account, if the row says something else of it. What was closed here stays closed.
fn changed_account(row: &ImportRow, was: &Account, now: Timestamp) -> Option<Account> {
    let dates = &row.dates;
    let closed_at = dates.closed_at.or(dates.closed.then_some(now));
    let account = Account {
        product: row.sign_up.account.product.clone(),
        region: row.sign_up.account.region.clone(),
        opened_at: dates.opened_at.unwrap_or(was.opened_at),
        closed_at: was.closed_at.or(closed_at),
        last_access_at: was.last_access_at.max(dates.last_access_at),
        ..was.clone()
    };
    (account != *was).then_some(Account {
        recorded_at: now,
        ..account
    })
}
