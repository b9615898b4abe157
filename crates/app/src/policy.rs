//! Packs, catalogue and profile of a tenant: which are active is a row, and every change of it a record.

use bonafide_ledger::{Kind, sha256};
use bonafide_model::Timestamp;
use bonafide_policy::{Force, Pack};
use bonafide_store::{Op, PackRow};

use crate::case::CaseRules;
use crate::engine::PackText;
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::{Action, Actor, App};

/// A pack as it is listed.
#[derive(Debug, Clone)]
pub struct PackSummary {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub digest: String,
    /// Its force.
    pub force: String,
    /// The officer who elected that it bites while it is only proposed.
    pub elected_by: Option<String>,
}

impl App {
    /// Makes a pack active in place of any earlier version of it. A mistake in it names file and line, and changes nothing.
    pub async fn activate_pack(
        &self,
        actor: &Actor,
        pack: &PackText,
    ) -> Result<PackSummary, AppError> {
        actor.may(Action::ManagePolicy)?;
        let tenant = self.tenant(&actor.tenant)?;
        let digest = sha256(pack.text.as_bytes());
        let parsed = Pack::parse(&pack.name, &pack.text, &digest.to_string(), self.registry());
        let parsed = parsed.map_err(|e| AppError::Refused(e.to_string()))?;
        let now = self.now();
        let summary = PackSummary {
            id: parsed.id.to_string(),
            version: parsed.version.to_string(),
            digest: digest.to_string(),
            force: parsed.force.as_str().to_owned(),
            elected_by: pack.elected_by.as_ref().map(|(officer, _)| officer.clone()),
        };
        let stored = self
            .store()
            .pack_digests(&tenant.name, &summary.id, &summary.version)
            .await?;
        if stored.iter().any(|d| *d != summary.digest) {
            return Err(AppError::Refused(format!(
                "pack `{}` version `{}` was stored before with another text: change the version",
                summary.id, summary.version
            )));
        }
        let active = self.store().active_packs(&tenant.name).await?;
        let before = active.into_iter().find(|p| p.pack_id == summary.id);
        let since = self.in_use_since(before, &parsed, pack.elected_by.is_some())?;
        let mut recorder = Recorder::new(self, &tenant, actor, vec![digest], now);
        recorder.push(Op::ActivatePack(PackRow {
            pack_id: summary.id.clone(),
            digest: summary.digest.clone(),
            version: summary.version.clone(),
            text: pack.text.clone(),
            elected_by: summary.elected_by.clone(),
            elected_at: pack.elected_by.as_ref().map(|(_, at)| *at),
            activated_at: now,
            active_since: Some(since.unwrap_or(now)),
        }));
        let details = [
            ("pack", summary.id.as_str()),
            ("version", summary.version.as_str()),
            ("digest", summary.digest.as_str()),
        ];
        recorder.event(Kind::PolicyActivated, Vec::new(), &details)?;
        self.writer().commit(recorder.finish()).await?;
        self.refresh_engine(&tenant).await?;
        Ok(summary)
    }

    /// Since when the version of a pack that is active has been in use, if its clocks run on under the new one: a new text
    /// starts no clock anew, but one that begins to bite does.
    fn in_use_since(
        &self,
        before: Option<PackRow>,
        new: &Pack,
        elected: bool,
    ) -> Result<Option<Timestamp>, AppError> {
        let Some(before) = before else {
            return Ok(None);
        };
        let old = Pack::parse(
            &before.pack_id,
            &before.text,
            &before.digest,
            self.registry(),
        );
        let old = old.map_err(AppError::internal)?;
        let bit = old.force != Force::Proposed || before.elected_by.is_some();
        let bites = new.force != Force::Proposed || elected;
        Ok((bit == bites).then_some(before.active_since.unwrap_or(before.activated_at)))
    }

    /// Takes a pack out of use.
    pub async fn deactivate_pack(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        actor.may(Action::ManagePolicy)?;
        let tenant = self.tenant(&actor.tenant)?;
        if !self
            .store()
            .active_packs(&tenant.name)
            .await?
            .iter()
            .any(|p| p.pack_id == id)
        {
            return Err(AppError::NotFound {
                what: "active pack",
                id: id.to_owned(),
            });
        }
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), self.now());
        recorder.push(Op::DeactivatePack {
            pack_id: id.to_owned(),
        });
        recorder.event(
            Kind::PolicyActivated,
            Vec::new(),
            &[("pack", id), ("out_of_use", "true")],
        )?;
        self.writer().commit(recorder.finish()).await?;
        self.refresh_engine(&tenant).await
    }

    /// Sets the catalogue (`catalogue`), the profile (`provider`), the methods (`methods`) or what holds for cases (`cases`)
    /// of a tenant, once they can be read.
    pub async fn set_text(&self, actor: &Actor, name: &str, text: &str) -> Result<(), AppError> {
        actor.may(Action::ManagePolicy)?;
        let tenant = self.tenant(&actor.tenant)?;
        let mut texts = crate::engine::EngineTexts::default();
        match name {
            "catalogue" => texts.catalogue = Some(text.to_owned()),
            "provider" => texts.profile = Some(text.to_owned()),
            "methods" => texts.methods = Some(text.to_owned()),
            "cases" => drop(CaseRules::parse(text)?),
            _ => {
                return Err(AppError::invalid(
                    "name",
                    format!("`{name}` is not `catalogue`, `provider`, `methods` or `cases`"),
                ));
            }
        }
        crate::Engine::build(&texts, self.registry())?;
        self.record_setting(actor, &tenant, name, text).await?;
        self.refresh_engine(&tenant).await
    }
}
