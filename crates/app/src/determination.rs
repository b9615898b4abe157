//! Determinations: a human settles findings of an account, and the account is judged again in the same change.
//!
//! A determination names findings as they are at that moment and keeps digests of what each rested on; it is a fact of the
//! dossier like any other, sealed with the holder's decisions. Refused are a finding that is no longer there, one that has
//! changed since it was looked at, and one that the pack lets nobody lift.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Kind, sha256};
use bonafide_model::{
    AccountId, DecisionMode, Determination, DeterminationId, DeterminedOutcome, Fact,
    GROUNDS_TEXT_MAX, Ground, PartyId, SETTLED_MAX, SettledFinding, Timestamp,
};
use bonafide_policy::{Decision, Finding, findings};
use bonafide_store::ApplyError;

use crate::answers::JudgedAccount;
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenAccount;
use crate::submission::FieldError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Characters of a pseudonym of whoever decides or agrees.
const NAME_MAX: usize = 200;

/// A finding that a determination is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settle {
    /// `pack-id/rule-id`, or `engine/…`, as the reason says.
    pub rule: String,
    /// About whom, as the reason says.
    pub subject: Option<PartyId>,
    /// [`OpenFinding::seen`] of the finding that was looked at; if it has changed since, nothing is determined.
    pub seen: Option<String>,
}

/// What somebody determines.
#[derive(Debug, Clone)]
pub struct NewDetermination {
    /// What.
    pub outcome: DeterminedOutcome,
    /// Of which findings.
    pub settles: Vec<Settle>,
    /// Why, in codes.
    pub grounds: Vec<Ground>,
    /// Why, in words, for staff.
    pub text: String,
    /// Who decides.
    pub decided_by: String,
    /// Who agrees, where two pairs of eyes are wanted; somebody else.
    pub approved_by: Option<String>,
    /// Until when it counts; without an end if absent.
    pub expires_at: Option<Timestamp>,
    /// The case in which it is made.
    pub case: Option<String>,
}

/// A finding that can be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFinding {
    /// `pack-id/rule-id`, or `engine/…`.
    pub rule: String,
    /// About whom.
    pub subject: Option<PartyId>,
    /// What it does to the decision by itself.
    pub effect: Decision,
    /// Names what it rests on now, so that a later determination can be held to it.
    pub seen: String,
    /// The determination that settles it now.
    pub determination: Option<DeterminationId>,
}

impl App {
    /// The findings of an account that a determination can settle, as they are now, in order of rule and subject.
    pub async fn findings(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<OpenFinding>, AppError> {
        actor.may(Action::ReadAccounts)?;
        let tenant = self.tenant(&actor.tenant)?;
        let loaded = self.open_account(&tenant, account).await?;
        let found = self.findings_of(&tenant, &loaded, self.now())?;
        Ok(found
            .into_values()
            .filter(|f| f.open)
            .map(|f| OpenFinding {
                seen: seen(&f),
                rule: f.rule.to_string(),
                subject: f.subject,
                effect: f.effect,
                determination: f.determination,
            })
            .collect())
    }

    /// Records a determination and judges the account again. Cases do so within their own change.
    pub async fn determine_account(
        &self,
        actor: &Actor,
        account: AccountId,
        new: &NewDetermination,
    ) -> Result<(Determination, JudgedAccount), AppError> {
        actor.may(Action::RecordDetermination)?;
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.open_account(&tenant, account).await?;
            let digests = tenant.engine().digests.clone();
            let mut recorder = Recorder::new(self, &tenant, actor, digests, self.now());
            let (determination, assessment) =
                self.determine(&mut recorder, &tenant, &loaded, new)?;
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => {
                    let judged = JudgedAccount {
                        account,
                        assessment,
                    };
                    return Ok((determination, judged));
                }
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    /// Records a determination of an account's findings and judges the account again, both in the recorder's change.
    /// Gives the determination, as it was recorded, and the assessment that follows from it.
    pub(crate) fn determine(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        loaded: &OpenAccount,
        new: &NewDetermination,
    ) -> Result<(Determination, serde_json::Value), AppError> {
        let now = recorder.now();
        check(new, now)?;
        let account = loaded.row.account;
        let looked_at = loaded.assessments.last().and_then(|(_, items)| {
            let item = items.iter().find(|i| i.name() == "assessment")?;
            Some(sha256(item.value.get().as_bytes()).to_string())
        });
        let determination = Determination {
            id: DeterminationId::new(now, self.entropy()),
            account,
            outcome: new.outcome,
            settles: self.settled(tenant, loaded, &new.settles, now)?,
            grounds: BTreeSet::from_iter(new.grounds.iter().copied())
                .into_iter()
                .collect(),
            text: new.text.trim().to_owned(),
            decided_by: new.decided_by.clone(),
            approved_by: new.approved_by.clone(),
            mode: DecisionMode::Human,
            at: now,
            expires_at: new.expires_at,
            case: new.case.clone(),
            rests_on: looked_at.ok_or_else(|| {
                AppError::Internal(format!("account `{account}` was never judged"))
            })?,
            recorded_at: now,
        };
        let holder = loaded.parties.get(&loaded.row.holder);
        let holder = holder
            .ok_or_else(|| AppError::Refused("the holder of this account was erased".to_owned()))?;
        let facts = [Fact::Determination(determination.clone())];
        let entry = Entry {
            party: loaded.row.holder,
            account: Some(account),
            kind: Kind::Determined,
            keys: &holder.keys,
        };
        recorder.facts(&entry, &facts)?;
        let assessment = self.judge_within(recorder, tenant, loaded, &facts, None, now)?;
        Ok((determination, assessment))
    }

    /// The findings that are named, with what they rest on now.
    fn settled(
        &self,
        tenant: &Tenant,
        loaded: &OpenAccount,
        settles: &[Settle],
        now: Timestamp,
    ) -> Result<Vec<SettledFinding>, AppError> {
        let found = self.findings_of(tenant, loaded, now)?;
        let mut settled = BTreeSet::new();
        for (position, named) in settles.iter().enumerate() {
            let field = format!("settles[{position}]");
            let rule = &named.rule;
            let finding = found.get(&(rule.clone(), named.subject));
            let finding = finding.ok_or_else(|| {
                let about = named.subject.map_or_else(
                    || "about nobody in particular".to_owned(),
                    |p| format!("about `{p}`"),
                );
                AppError::invalid(
                    &field,
                    format!("the account has no finding `{rule}` {about} now: read its findings"),
                )
            })?;
            if !finding.open {
                return Err(AppError::Refused(format!(
                    "`{rule}` refuses outright and lets nobody appeal: what it refuses, no determination lifts"
                )));
            }
            if named.seen.as_ref().is_some_and(|s| *s != seen(finding)) {
                return Err(AppError::Refused(format!(
                    "what `{rule}` rests on has changed since it was looked at: look at it again"
                )));
            }
            settled.insert(SettledFinding {
                rule: rule.clone(),
                subject: named.subject,
                rests_on: finding.rests_on.clone(),
            });
        }
        Ok(settled.into_iter().collect())
    }

    /// Findings by rule and subject; what a rule found of one subject in several ways is one finding.
    pub(crate) fn findings_of(
        &self,
        tenant: &Tenant,
        loaded: &OpenAccount,
        now: Timestamp,
    ) -> Result<BTreeMap<FindingKey, Finding>, AppError> {
        let dossier = loaded.dossier(None).ok_or_else(|| {
            AppError::Internal(format!(
                "account `{}` has no first fact",
                loaded.row.account
            ))
        })?;
        let engine = tenant.engine();
        let mut by_key: BTreeMap<FindingKey, Finding> = BTreeMap::new();
        for finding in findings(&engine.inputs(&dossier, now)) {
            let key = (finding.rule.to_string(), finding.subject);
            match by_key.get_mut(&key) {
                Some(known) => {
                    known.effect = known.effect.max(finding.effect);
                    known.open &= finding.open;
                    known.rests_on.extend(finding.rests_on);
                    known.rests_on.sort_unstable();
                    known.rests_on.dedup();
                }
                None => drop(by_key.insert(key, finding)),
            }
        }
        Ok(by_key)
    }
}

pub(crate) type FindingKey = (String, Option<PartyId>);

/// Names everything that a finding rests on.
pub(crate) fn seen(finding: &Finding) -> String {
    sha256(finding.rests_on.concat().as_bytes()).to_string()
}

/// Finds every mistake at once.
fn check(new: &NewDetermination, now: Timestamp) -> Result<(), AppError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| errors.push(FieldError::new(field, message));
    if new.settles.is_empty() || new.settles.len() > SETTLED_MAX {
        let message = format!("name 1 to {SETTLED_MAX} findings that are settled");
        wrong("settles", message);
    }
    if new.grounds.is_empty() {
        let known: Vec<&str> = Ground::ALL.iter().map(|g| g.as_str()).collect();
        wrong("grounds", format!("say why: {}", known.join(", ")));
    }
    if new.text.chars().count() > GROUNDS_TEXT_MAX {
        wrong(
            "text",
            format!("write at most {GROUNDS_TEXT_MAX} characters"),
        );
    }
    let name = |name: &str| (1..=NAME_MAX).contains(&name.trim().chars().count());
    if !name(&new.decided_by) {
        wrong(
            "decided_by",
            format!("say who decides, in 1 to {NAME_MAX} characters"),
        );
    }
    match new.approved_by.as_deref() {
        Some(approver) if !name(approver) => {
            wrong(
                "approved_by",
                format!("say who agrees, in 1 to {NAME_MAX} characters"),
            );
        }
        Some(approver) if approver.trim() == new.decided_by.trim() => {
            let message = "whoever decides cannot agree with themselves: name somebody else";
            wrong("approved_by", message.to_owned());
        }
        _ => {}
    }
    if let Some(end) = new.expires_at.filter(|end| *end <= now) {
        wrong("expires_at", format!("`{end}` is not in the future"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(errors))
    }
}
