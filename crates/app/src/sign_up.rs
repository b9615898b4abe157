//! A sign-up: learned, sealed, recorded and judged, in one change.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::Kind;
use bonafide_model::{Dossier, Fact, PartyId, Timestamp};
use bonafide_policy::{Assessment, ENGINE};
use bonafide_seal::SubjectKeys;
use bonafide_store::{AccountRow, CaseRow, Op, PartyRow, Subject};
use serde::{Deserialize, Serialize};

use crate::answers::{NamedParty, SignUpAnswer};
use crate::engine::{Engine, PackUse};
use crate::error::AppError;
use crate::event::AccountState;
use crate::judge::{Judgement, judge};
use crate::once::{Once, Reply};
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenParty;
use crate::submission::{Draft, FactContext, SignUp};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// What a recorded assessment rests on, so that it can be made again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RestsOn {
    /// Version of the rules compiled into the program.
    pub(crate) engine: String,
    /// The instant judged for.
    pub(crate) now: Timestamp,
    /// SHA-256 of the dossier as JSON.
    pub(crate) dossier: String,
    /// Digests of the packs, lists and engine that judged.
    pub(crate) digests: Vec<String>,
    /// How the packs were in use; their digests are among them.
    #[serde(default)]
    pub(crate) packs: Vec<PackUse>,
}

impl App {
    /// Opens an account: reads the sign-up, judges it, records everything, answers with the assessment.
    pub async fn sign_up(
        &self,
        actor: &Actor,
        sign_up: &SignUp,
        once: Option<&Once<'_, SignUpAnswer>>,
    ) -> Result<Reply<SignUpAnswer>, AppError> {
        actor.may(Action::SignUp)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.decide(&tenant, once, |now| {
            self.decide_sign_up(actor, &tenant, sign_up, once, now)
        })
        .await
    }

    async fn decide_sign_up(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        sign_up: &SignUp,
        once: Option<&Once<'_, SignUpAnswer>>,
        now: Timestamp,
    ) -> Result<(bonafide_store::Change, SignUpAnswer), AppError> {
        let engine = tenant.engine();
        let context = FactContext {
            registry: self.registry(),
            methods: &engine.methods,
            catalogue: &engine.catalogue,
            now,
            entropy: self.entropy(),
        };
        let draft = sign_up.draft(&context).map_err(AppError::Invalid)?;
        let known = self.known_parties(tenant, sign_up, &draft).await?;
        let (dossier, judgement) = judge_draft(&engine, &draft, &known, now, self)?;
        let mut recorder = Recorder::new(self, tenant, actor, engine.digests.clone(), now);
        let keys = self.record_sign_up(&mut recorder, &draft, &known, &dossier, &judgement)?;
        let holder_keys = keys_of(&keys, &known, dossier.holder())?;
        recorder.write_letters(&dossier, &judgement.assessment, None)?;
        if let Some(name) = &sign_up.external_id {
            let joined = self.waiting_slots(tenant, name, draft.account.id).await?;
            joined.into_iter().for_each(|op| recorder.push(op));
        }
        let answer = answer(sign_up, &draft, &judgement.assessment)?;
        if let Some(once) = once {
            recorder.push(once.remember(
                self,
                tenant,
                dossier.holder(),
                holder_keys,
                &answer,
                now,
            )?);
        }
        Ok((recorder.finish(), answer))
    }

    /// Records a sign-up that was judged: its facts, what was learned on the way, the assessment, who belongs to the
    /// account. Gives the keys made for new parties.
    pub(crate) fn record_sign_up(
        &self,
        recorder: &mut Recorder<'_>,
        draft: &Draft,
        known: &BTreeMap<PartyId, OpenParty>,
        dossier: &Dossier,
        judgement: &Judgement,
    ) -> Result<BTreeMap<PartyId, SubjectKeys>, AppError> {
        let keys = self.record_draft(recorder, draft, known, judgement)?;
        let holder_keys = keys_of(&keys, known, dossier.holder())?;
        self.record_assessment(
            recorder,
            dossier,
            &judgement.assessment,
            0,
            holder_keys,
            &[],
        )?;
        let state = AccountState {
            account: dossier.account.id,
            holder: dossier.holder(),
            decision: judgement.assessment.decision.as_str(),
            version: 1,
        };
        let entitlements = serde_json::to_value(&judgement.assessment.entitlements);
        let entitlements = entitlements.map_err(AppError::internal)?;
        recorder.announce_judgement(&state, &entitlements, None);
        let mut involved: BTreeSet<PartyId> = draft.parties.iter().map(|(id, _)| *id).collect();
        involved.extend(known.keys());
        for party in involved {
            recorder.push(Op::LinkParty {
                account: dossier.account.id,
                party,
            });
        }
        Ok(keys)
    }

    pub(crate) async fn known_parties(
        &self,
        tenant: &Tenant,
        sign_up: &SignUp,
        draft: &Draft,
    ) -> Result<BTreeMap<PartyId, OpenParty>, AppError> {
        let known = self
            .open_with_owners(tenant, draft.known.iter().copied())
            .await?;
        match sign_up
            .parties
            .iter()
            .position(|p| p.id.is_some_and(|id| !known.contains_key(&id)))
        {
            Some(position) => Err(AppError::invalid(
                format!("parties[{position}].id"),
                "no such party is known",
            )),
            None => Ok(known),
        }
    }

    /// Records the facts of a draft and what was learned by automatic methods; gives the keys made for new parties.
    fn record_draft(
        &self,
        recorder: &mut Recorder<'_>,
        draft: &Draft,
        known: &BTreeMap<PartyId, OpenParty>,
        judgement: &Judgement,
    ) -> Result<BTreeMap<PartyId, SubjectKeys>, AppError> {
        let mut made = BTreeMap::new();
        for (party, open) in known {
            recorder.expect(Subject::Party(*party), open.row.version);
        }
        for (party, facts) in &draft.parties {
            let holder = *party == draft.account.holder;
            let kind = if holder {
                Kind::SignUp
            } else {
                Kind::PartyAdded
            };
            if !known.contains_key(party) {
                recorder.expect(Subject::Party(*party), 0);
                let kind = facts.iter().find_map(|f| {
                    if let Fact::Party(p) = f {
                        Some(p.kind)
                    } else {
                        None
                    }
                });
                let kind =
                    kind.ok_or_else(|| AppError::internal("a new party without its first fact"))?;
                recorder.push(Op::PutParty(PartyRow::new(
                    *party,
                    kind.as_str(),
                    recorder.now(),
                )));
                made.insert(*party, recorder.new_keys(*party)?);
            }
            if let Some(open) = known.get(party) {
                recorder.knows(*party, &open.facts);
            }
            let keys = keys_of(&made, known, *party)?;
            let account = Some(draft.account.id);
            if !facts.is_empty() {
                recorder.facts(
                    &Entry {
                        party: *party,
                        account,
                        kind,
                        keys,
                    },
                    facts,
                )?;
            }
        }
        for (party, fact) in &judgement.learned {
            let keys = keys_of(&made, known, *party)?;
            if let Some(asked) = judgement.asked.get(party) {
                recorder.asked(*party, asked)?;
            }
            let entry = Entry {
                party: *party,
                account: None,
                kind: Kind::Screened,
                keys,
            };
            recorder.facts(&entry, std::slice::from_ref(fact))?;
        }
        Ok(made)
    }

    /// Records an assessment under the holder's key, puts its outcome into the account's row, and opens or closes the review
    /// that follows from it. `pending` are the account's cases that somebody must still do something about.
    pub(crate) fn record_assessment(
        &self,
        recorder: &mut Recorder<'_>,
        dossier: &Dossier,
        assessment: &Assessment,
        version: i64,
        keys: &SubjectKeys,
        pending: &[CaseRow],
    ) -> Result<(), AppError> {
        let now = recorder.now();
        let account = &dossier.account;
        let bytes = serde_json::to_vec(dossier).map_err(AppError::internal)?;
        let rests = RestsOn {
            engine: ENGINE.to_owned(),
            now,
            dossier: bonafide_ledger::sha256(&bytes).to_string(),
            digests: recorder.digests(),
            packs: recorder.pack_uses()?,
        };
        let entry = Entry {
            party: account.holder,
            account: Some(account.id),
            kind: Kind::Assessed,
            keys,
        };
        let rests = serde_json::value::to_raw_value(&rests).map_err(AppError::internal)?;
        let raw = serde_json::value::to_raw_value(assessment).map_err(AppError::internal)?;
        recorder.decision(&entry, &[("assessment", &raw), ("inputs", &rests)])?;
        recorder.expect(Subject::Account(account.id), version);
        recorder.push(Op::PutAccount(AccountRow {
            account: account.id,
            holder: account.holder,
            product: account.product.clone(),
            state: assessment.standing.as_str().to_owned(),
            decision: assessment.decision.as_str().to_owned(),
            risk: assessment.risk.as_str().to_owned(),
            review_at: assessment.review_at,
            version,
            created_at: account.opened_at,
            closed_at: account.closed_at,
            last_access_at: account.last_access_at,
        }));
        recorder.follow_judgement(dossier, assessment, keys, pending)
    }
}

pub(crate) fn judge_draft(
    engine: &Engine,
    draft: &Draft,
    known: &BTreeMap<PartyId, OpenParty>,
    now: Timestamp,
    app: &App,
) -> Result<(Dossier, Judgement), AppError> {
    let earlier = known.values().flat_map(|p| p.facts.iter());
    let facts = earlier
        .chain(draft.parties.iter().flat_map(|(_, facts)| facts))
        .cloned();
    let dossier = Dossier::fold(facts, None);
    let mut dossier = dossier.ok_or_else(|| AppError::internal("a draft without an account"))?;
    let judgement = judge(engine, &mut dossier, now, app.entropy());
    Ok((dossier, judgement))
}

fn keys_of<'a>(
    made: &'a BTreeMap<PartyId, SubjectKeys>,
    known: &'a BTreeMap<PartyId, OpenParty>,
    party: PartyId,
) -> Result<&'a SubjectKeys, AppError> {
    let keys = made
        .get(&party)
        .or_else(|| known.get(&party).map(|p| &p.keys));
    keys.ok_or_else(|| AppError::Internal(format!("party `{party}` has no keys")))
}

fn answer(
    sign_up: &SignUp,
    draft: &Draft,
    assessment: &Assessment,
) -> Result<SignUpAnswer, AppError> {
    let named = |reference: &String| {
        draft.references.get(reference).map(|id| NamedParty {
            reference: reference.clone(),
            id: *id,
        })
    };
    Ok(SignUpAnswer {
        account: draft.account.id,
        external_id: sign_up.external_id.clone(),
        parties: sign_up
            .parties
            .iter()
            .filter_map(|p| named(&p.reference))
            .collect(),
        assessment: serde_json::to_value(assessment).map_err(AppError::internal)?,
    })
}
