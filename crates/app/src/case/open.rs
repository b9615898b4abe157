//! Opening a case: by itself, or in the change in which the question arises.

use bonafide_model::{AccountId, CaseClock, CaseId, CaseKind, CaseState, PartyId, Timestamp};
use bonafide_seal::SubjectKeys;
use bonafide_store::{CaseOp, CaseRow, Change, Op, Subject};

use super::answer::CaseAnswer;
use super::said::{Said, What, text};
use crate::error::AppError;
use crate::once::{Once, Reply};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App, Matter};

/// Whom a case is about.
#[derive(Clone, Copy)]
pub(crate) struct CaseSubject<'a> {
    /// The party, under whose keys everything said is sealed. The change must demand its version.
    pub(crate) party: PartyId,
    /// The account, where it is about one.
    pub(crate) account: Option<AccountId>,
    /// The party's keys.
    pub(crate) keys: &'a SubjectKeys,
}

/// A case to be opened.
pub(crate) struct NewCase<'a> {
    /// What is asked.
    pub(crate) kind: CaseKind,
    /// Of whom; `None` for kinds that can be about nobody.
    pub(crate) subject: Option<CaseSubject<'a>>,
    /// The case that it contests or reviews.
    pub(crate) parent: Option<CaseId>,
    /// When it is due.
    pub(crate) clock: CaseClock,
    /// Whether it is kept from everybody who does not work on such cases.
    pub(crate) restricted: bool,
    /// Why it is opened.
    pub(crate) grounds: &'a str,
}

impl Recorder<'_> {
    /// Opens a case in this change, sets its clock, and records why.
    pub(crate) fn open_case(&mut self, new: &NewCase<'_>) -> Result<CaseRow, AppError> {
        if new.subject.is_none() && !new.kind.may_lack_subject() {
            return Err(AppError::invalid(
                "party",
                format!(
                    "a case of kind `{}` is about a party or an account",
                    new.kind
                ),
            ));
        }
        if !new.clock.is_possible() {
            return Err(AppError::invalid(
                "due_at",
                "the case would be over before it may be decided",
            ));
        }
        let case = CaseId::new(self.now(), self.app().entropy());
        let row = CaseRow {
            case,
            version: 0,
            kind: new.kind,
            state: CaseState::Open,
            party: new.subject.map(|s| s.party),
            account: new.subject.and_then(|s| s.account),
            parent: new.parent,
            restricted: new.restricted,
            opened_by: self.actor_name().to_owned(),
            assignee: None,
            proposed_by: None,
            decided_by: None,
            approved_by: None,
            second: None,
            outcome: None,
            opened_at: self.now(),
            clock: new.clock,
            overdue_at: None,
            decided_at: None,
            closed_at: None,
        };
        self.expect(Subject::Case(case), 0);
        self.push(Op::Case(CaseOp::Open(row.clone())));
        let keys = new.subject.map(|s| s.keys);
        self.say(&row, keys, What::Opened, &Said::text(new.grounds))?;
        self.set_case_timer(&row)?;
        Ok(row)
    }
}

/// A case as somebody asks for it.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// What is asked.
    pub kind: CaseKind,
    /// Whom it is about; the holder of the account when left out.
    pub party: Option<PartyId>,
    /// The account it is about.
    pub account: Option<AccountId>,
    /// Not to be decided before this instant.
    pub earliest_at: Option<Timestamp>,
    /// To be decided before this instant; the provider's term for the kind when left out.
    pub due_at: Option<Timestamp>,
    /// Whether it is kept from everybody who does not work on such cases.
    pub restricted: bool,
    /// Why it is opened.
    pub grounds: String,
}

impl App {
    /// Opens a case.
    pub async fn open_case(
        &self,
        actor: &Actor,
        wanted: &OpenCase,
    ) -> Result<CaseAnswer, AppError> {
        self.open_case_once(actor, wanted, None).await?.made()
    }

    /// The same, at most once where the request has a key.
    pub async fn open_case_once(
        &self,
        actor: &Actor,
        wanted: &OpenCase,
        once: Option<&Once<'_, CaseAnswer>>,
    ) -> Result<Reply<CaseAnswer>, AppError> {
        let matter = Matter {
            restricted: wanted.restricted,
            ..Matter::default()
        };
        actor.may_about(Action::OpenCase, &matter)?;
        let tenant = self.tenant(&actor.tenant)?;
        text("grounds", &wanted.grounds)?;
        match wanted.kind {
            CaseKind::Review => Err(AppError::invalid(
                "kind",
                "a review is opened by the judgement that refers the account, and by nothing else",
            )),
            CaseKind::BreakGlassReview => Err(AppError::invalid(
                "kind",
                "such a case is opened by the decision that was made alone, and by nothing else",
            )),
            _ => {
                self.decide(&tenant, once, |now| {
                    self.decide_open(actor, &tenant, wanted, once, now)
                })
                .await
            }
        }
    }

    async fn decide_open(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        wanted: &OpenCase,
        once: Option<&Once<'_, CaseAnswer>>,
        now: Timestamp,
    ) -> Result<(Change, CaseAnswer), AppError> {
        let party = self.party_of(tenant, wanted).await?;
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
        let subject = match party {
            Some(party) => match self.subject_of_case(tenant, party).await {
                Err(AppError::NotFound { .. }) => {
                    return Err(AppError::invalid("party", "no such party is known"));
                }
                other => Some(other?),
            },
            None => None,
        };
        if let Some((row, _)) = &subject {
            recorder.expect(Subject::Party(row.party), row.version);
        }
        let clock = CaseClock {
            earliest: wanted.earliest_at,
            latest: match wanted.due_at {
                Some(due) => Some(due),
                None => tenant.case_rules().clock(wanted.kind, now).latest,
            },
        };
        if clock.is_over(now) {
            return Err(AppError::invalid(
                "due_at",
                "a case cannot be due in the past",
            ));
        }
        let row = recorder.open_case(&NewCase {
            kind: wanted.kind,
            subject: subject.as_ref().map(|(row, keys)| CaseSubject {
                party: row.party,
                account: wanted.account,
                keys,
            }),
            parent: None,
            clock,
            restricted: wanted.restricted,
            grounds: wanted.grounds.trim(),
        })?;
        let answer = CaseAnswer::new(&row, now);
        let about = subject.as_ref().map(|(row, keys)| (row.party, keys));
        recorder.remember(once, about, &answer)?;
        Ok((recorder.finish(), answer))
    }

    /// Whom a case is about: the party named, or the holder of the account.
    async fn party_of(
        &self,
        tenant: &Tenant,
        wanted: &OpenCase,
    ) -> Result<Option<PartyId>, AppError> {
        let Some(account) = wanted.account else {
            return Ok(wanted.party);
        };
        let row = self.store().account(&tenant.name, account).await?;
        let row = row.ok_or_else(|| AppError::invalid("account", "no such account is known"))?;
        let Some(party) = wanted.party.filter(|party| *party != row.holder) else {
            return Ok(Some(row.holder));
        };
        let accounts = self
            .store()
            .accounts_of_party(&tenant.name, party, crate::party::ACCOUNTS_MAX)
            .await?;
        if !accounts.contains(&account) {
            return Err(AppError::invalid(
                "party",
                "this party does not stand to the account",
            ));
        }
        Ok(Some(party))
    }
}
