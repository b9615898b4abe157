//! When a letter is put, and sending it.
//!
//! A letter is a job, put in the same change as the judgement it follows from. Whoever does it looks at how the account
//! stands then: what is no longer missing is not asked for. That it went out is recorded under the holder's key. A
//! process that dies between the server's acceptance and the record sends it again, under the same `Message-ID`.

use bonafide_connect::{Letter, MailError, Mailer};
use bonafide_ledger::{Kind, sha256};
use bonafide_model::{AccountId, DAY_MS, Dossier, JobId, Timestamp, Value};
use bonafide_policy::{Assessment, Decision};
use bonafide_store::{ApplyError, Subject};
use serde_json::json;

use super::brand::Brand;
use super::{LetterKind, Rendered};
use crate::access::Action;
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenAccount;
use crate::tenant::Tenant;
use crate::work::{Enqueue, Outcome, Task};
use crate::{Actor, App};

/// The name of an account's reminder, before its id.
const REMINDER: &str = "remind:";

impl Recorder<'_> {
    /// Puts the letters that follow from a judgement; `before` is the decision that stood, if one did.
    pub(crate) fn write_letters(
        &mut self,
        dossier: &Dossier,
        assessment: &Assessment,
        before: Option<&str>,
    ) -> Result<(), AppError> {
        let brands = self.tenant().brands();
        let Some(brand) = brands.of_product(&dossier.account.product) else {
            return Ok(());
        };
        if before == Some(assessment.decision.as_str()) {
            return Ok(());
        }
        let (account, now) = (dossier.account.id, self.now());
        let timer = format!("{REMINDER}{account}");
        let letter = |kind| Task::SendLetter {
            account,
            letter: kind,
        };
        let about = |timer: Option<String>| Enqueue {
            timer,
            party: Some(dossier.account.holder),
            lane: Some(format!("letters:{account}")),
        };
        match assessment.decision {
            Decision::Provisional | Decision::Refer if before.is_none() => {
                self.enqueue(&letter(LetterKind::InformationNeeded), now, about(None))?;
                if let Some(at) = remind_at(brand, assessment, now) {
                    self.enqueue(&letter(LetterKind::Reminder), at, about(Some(timer)))?;
                }
            }
            Decision::Provisional | Decision::Refer => {}
            Decision::Approve => {
                self.cancel_timer(&timer);
                if before.is_some() {
                    self.enqueue(&letter(LetterKind::Verified), now, about(None))?;
                }
            }
            Decision::Refuse => {
                self.cancel_timer(&timer);
                if before.is_some() {
                    self.enqueue(&letter(LetterKind::Limited), now, about(None))?;
                }
            }
        }
        Ok(())
    }
}

/// When to remind: some days before what is allowed meanwhile ends, if that is still to come.
fn remind_at(brand: &Brand, assessment: &Assessment, now: Timestamp) -> Option<Timestamp> {
    let at = assessment
        .review_at?
        .plus_millis(-i64::from(brand.remind_days) * DAY_MS);
    (at > now).then_some(at)
}

impl App {
    /// Sends with this from now on. A service sets it once, at its start.
    pub fn set_mailer(&self, mailer: Mailer) {
        // Once for the process: a second one changes nothing.
        let _ = self.mailer_place().set(mailer);
    }

    /// Sends an example of a letter to an address of the operator's own.
    pub async fn send_example(
        &self,
        actor: &Actor,
        from: &str,
        to: &str,
        rendered: &Rendered,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageMail)?;
        let mailer = self.mailer_place().get().ok_or_else(no_mailer)?;
        let id = JobId::new(self.now(), self.entropy()).to_string();
        let sent = mailer.send(&letter(from, None, to, rendered, id)).await;
        sent.map_err(|e| AppError::Refused(format!("the e-mail did not go out: {e}")))
    }

    /// Does one letter.
    pub(crate) async fn send_letter(
        &self,
        tenant: &Tenant,
        job: JobId,
        account: AccountId,
        kind: LetterKind,
    ) -> Result<Outcome, AppError> {
        let brands = tenant.brands();
        let loaded = match self.open_account(tenant, account).await {
            Ok(loaded) => loaded,
            Err(AppError::NotFound { .. }) => return Ok(Outcome::Done),
            Err(other) => return Err(other),
        };
        let Some(brand) = brands.of_product(&loaded.row.product) else {
            return Ok(Outcome::Done);
        };
        let Some(rendered) = self.written(&loaded, brand, kind)? else {
            return Ok(Outcome::Done);
        };
        let Some(to) = said(&loaded, "email") else {
            return Ok(Outcome::Dead {
                error: "no_address".to_owned(),
            });
        };
        let Some(mailer) = self.mailer_place().get() else {
            return Ok(Outcome::Again {
                error: "no_mail_server".to_owned(),
                at: None,
            });
        };
        let letter = letter(
            &brand.from,
            brand.reply_to.as_deref(),
            &to,
            &rendered,
            job.to_string(),
        );
        match mailer.send(&letter).await {
            Ok(()) => {
                self.record_letter(tenant, account, kind, &rendered).await?;
                Ok(Outcome::Done)
            }
            Err(error) => Ok(after(&error)),
        }
    }

    /// The letter as the account stands now; none when there is no reason for it any more.
    fn written(
        &self,
        loaded: &OpenAccount,
        brand: &Brand,
        kind: LetterKind,
    ) -> Result<Option<Rendered>, AppError> {
        let stands = |decisions: &[&str]| {
            loaded.row.closed_at.is_none() && decisions.contains(&loaded.row.decision.as_str())
        };
        let wanted = match kind {
            LetterKind::InformationNeeded | LetterKind::Reminder => {
                stands(&["provisional", "refer"])
            }
            LetterKind::Verified => stands(&["approve"]),
            LetterKind::Limited => stands(&["refuse"]),
        };
        let missing = self.missing(loaded)?;
        let asks = matches!(kind, LetterKind::InformationNeeded | LetterKind::Reminder);
        if !wanted || (asks && missing.is_empty()) {
            return Ok(None);
        }
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        let due = loaded.row.review_at.map(|at| at.date().to_string());
        if kind == LetterKind::Reminder && due.is_none() {
            return Ok(None);
        }
        let language = said(loaded, "language");
        let today = self.now().date().to_string();
        let made = brand.letter(kind, language.as_deref(), &missing, due, today);
        made.map(Some).map_err(AppError::Internal)
    }

    /// What the applicant can do something about: attributes that are missing and that no automatic method finds.
    fn missing(&self, loaded: &OpenAccount) -> Result<Vec<String>, AppError> {
        let Some(assessment) = loaded.last_assessment()? else {
            return Ok(Vec::new());
        };
        let assessment: Assessment =
            serde_json::from_value(assessment).map_err(AppError::internal)?;
        let of_person = |name: &str| {
            self.registry()
                .get(name)
                .is_some_and(|a| a.class != "screening" && a.class != "usage")
        };
        let asked = assessment.missing.iter().filter(|m| !m.proposed);
        let first = asked.filter_map(|m| m.attributes.first());
        let mut names: Vec<String> = first
            .map(|need| need.attribute.to_string())
            .filter(|name| of_person(name))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Records that a letter went out: which, in which language, and the digest of its text.
    async fn record_letter(
        &self,
        tenant: &Tenant,
        account: AccountId,
        kind: LetterKind,
        rendered: &Rendered,
    ) -> Result<(), AppError> {
        let said = json!({
            "letter": kind,
            "language": rendered.language,
            "text": sha256(rendered.text.as_bytes()).to_string(),
        });
        let actor = Actor::worker(&tenant.name);
        for _ in 0..ATTEMPTS_MAX {
            let loaded = match self.open_account(tenant, account).await {
                Ok(loaded) => loaded,
                // Erased meanwhile: there is nobody left to record it of.
                Err(AppError::NotFound { .. }) => return Ok(()),
                Err(other) => return Err(other),
            };
            let Some(holder) = loaded.parties.get(&loaded.row.holder) else {
                return Ok(());
            };
            let mut recorder = Recorder::new(self, tenant, &actor, Vec::new(), self.now());
            recorder.expect(Subject::Party(holder.row.party), holder.row.version);
            let entry = Entry {
                party: holder.row.party,
                account: Some(account),
                kind: Kind::Notified,
                keys: &holder.keys,
            };
            recorder.decision(&entry, &[("letter", &said)])?;
            match self.writer().commit(recorder.finish()).await {
                Err(ApplyError::Conflict { .. }) => {}
                other => return Ok(other?),
            }
        }
        Err(AppError::Busy)
    }
}

/// The latest that the holder said of an attribute.
fn said(loaded: &OpenAccount, attribute: &str) -> Option<String> {
    let dossier = loaded.dossier(None)?;
    let holder = dossier.account.holder;
    let mut claims = dossier.claims.iter().rev();
    let latest = claims.find(|c| c.party == holder && c.attribute == attribute)?;
    match &latest.value {
        Value::Text(text) => Some(text.clone()),
        other => other.as_text().map(str::to_owned),
    }
}

fn letter(from: &str, reply_to: Option<&str>, to: &str, rendered: &Rendered, id: String) -> Letter {
    Letter {
        from: from.to_owned(),
        reply_to: reply_to.map(str::to_owned),
        to: to.to_owned(),
        subject: rendered.subject.clone(),
        text: rendered.text.clone(),
        language: rendered.language.clone(),
        id,
    }
}

fn after(error: &MailError) -> Outcome {
    let code = error.code().to_owned();
    match error.may_pass() {
        true => Outcome::Again {
            error: code,
            at: None,
        },
        false => Outcome::Dead { error: code },
    }
}

fn no_mailer() -> AppError {
    AppError::Refused(
        "no mail server is set: give `mail.server` in the configuration (`bonafide config reference`)".to_owned(),
    )
}
