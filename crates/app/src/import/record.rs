//! A customer who is new: judged, sealed, and made one change of the store.

use std::collections::BTreeMap;

use bonafide_model::Timestamp;
use bonafide_store::{Change, ImportOp, ImportedRow, Op};

use super::prepare::Marks;
use super::run::Run;
use super::{Duplicate, ImportRow, RowJudgement, RowOutcome, RowReport};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::sign_up::judge_draft;
use crate::submission::Draft;

/// A row that is not stored yet and can be taken over.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    /// Its place in the batch.
    pub(super) at: usize,
    pub(super) row: ImportRow,
    pub(super) marks: Marks,
    pub(super) draft: Draft,
    pub(super) duplicates: Vec<Duplicate>,
    pub(super) now: Timestamp,
}

impl Run {
    /// Judges a row and builds its change; in a trial there is none.
    pub(super) fn build(&self, fresh: &Fresh) -> Result<(RowReport, Option<Change>), AppError> {
        let (app, now) = (&self.app, fresh.now);
        let engine = &self.engine;
        let none = BTreeMap::new();
        let (dossier, judgement) = judge_draft(engine, &fresh.draft, &none, now, app)?;
        let mut report = RowReport::new(fresh.row.line, RowOutcome::Imported(None));
        report.judged = Some(RowJudgement::of(&judgement.assessment));
        report.duplicates.clone_from(&fresh.duplicates);
        if self.plan.dry_run {
            return Ok((report, None));
        }
        let digests = engine.digests.clone();
        let mut recorder = Recorder::new(app, &self.tenant, &self.actor, digests, now);
        let account = dossier.account.id;
        recorder.attach(dossier.holder(), fresh.row.origin(&self.plan, &self.run)?);
        app.record_sign_up(&mut recorder, &fresh.draft, &none, &dossier, &judgement)?;
        recorder.push(Op::Import(ImportOp::Add(ImportedRow {
            token: fresh.marks.token.clone(),
            source: self.plan.source.clone(),
            party: dossier.holder(),
            account,
            content: fresh.marks.content.clone(),
            run: self.run.clone(),
            at: now,
        })));
        report.outcome = RowOutcome::Imported(Some(account));
        Ok((report, Some(recorder.finish())))
    }
}
