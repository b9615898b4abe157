//! Parties and roles added to an account that is known: a sign-up in steps, or an owner who came later.

use std::collections::BTreeMap;

use bonafide_ledger::Kind;
use bonafide_model::{AccountId, Fact, PartyId, Timestamp};
use bonafide_store::{Change, Op, PartyRow};

use crate::answers::{JudgedAccount, NamedParty, PartiesAddedAnswer};
use crate::error::AppError;
use crate::once::{Once, Reply};
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenParty;
use crate::submission::{AccountAddition, Draft, FactContext};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

impl App {
    /// Adds parties and roles to an account and judges it.
    pub async fn add_to_account(
        &self,
        actor: &Actor,
        account: AccountId,
        addition: &AccountAddition,
        once: Option<&Once<'_, PartiesAddedAnswer>>,
    ) -> Result<Reply<PartiesAddedAnswer>, AppError> {
        actor.may(Action::AddParties)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.decide(&tenant, once, |now| {
            self.decide_parties(actor, &tenant, account, addition, once, now)
        })
        .await
    }

    async fn decide_parties(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        account: AccountId,
        addition: &AccountAddition,
        once: Option<&Once<'_, PartiesAddedAnswer>>,
        now: Timestamp,
    ) -> Result<(Change, PartiesAddedAnswer), AppError> {
        let engine = tenant.engine();
        let mut loaded = self.open_account(tenant, account).await?;
        let Some(dossier) = loaded.dossier(None) else {
            return Err(self.no_dossier(tenant, &loaded).await);
        };
        let context = FactContext {
            registry: self.registry(),
            methods: &engine.methods,
            catalogue: &engine.catalogue,
            now,
            entropy: self.entropy(),
        };
        let draft = addition
            .draft(&dossier, &context)
            .map_err(AppError::Invalid)?;
        let known = addition
            .parties
            .iter()
            .filter_map(|p| p.id)
            .filter(|id| !loaded.parties.contains_key(id));
        let known = self
            .open_with_owners(tenant, known.collect::<Vec<_>>())
            .await?;
        for (id, open) in known {
            loaded.parties.entry(id).or_insert(open);
        }
        if let Some(position) = addition
            .parties
            .iter()
            .position(|p| p.id.is_some_and(|id| !loaded.parties.contains_key(&id)))
        {
            return Err(AppError::invalid(
                format!("parties[{position}].id"),
                "no such party is known",
            ));
        }
        let mut recorder = Recorder::new(self, tenant, actor, engine.digests.clone(), now);
        let facts = self.record_parties(&mut recorder, &mut loaded.parties, &draft, account)?;
        for party in loaded.parties.keys() {
            recorder.push(Op::LinkParty {
                account,
                party: *party,
            });
        }
        let assessment = self.judge_within(&mut recorder, tenant, &loaded, &facts, None, now)?;
        let named = |(reference, id): (&String, &PartyId)| NamedParty {
            reference: reference.clone(),
            id: *id,
        };
        let new = draft
            .references
            .iter()
            .filter(|(r, _)| addition.parties.iter().any(|p| &p.reference == *r));
        let answer = PartiesAddedAnswer {
            parties: new.map(named).collect(),
            judged: JudgedAccount {
                account,
                assessment,
            },
        };
        if let Some(once) = once {
            let holder = loaded.parties.get(&dossier.holder());
            let holder = holder.ok_or_else(|| {
                AppError::Refused("the holder of this account was erased".to_owned())
            })?;
            recorder.push(once.remember(
                self,
                tenant,
                dossier.holder(),
                &holder.keys,
                &answer,
                now,
            )?);
        }
        Ok((recorder.finish(), answer))
    }

    /// Records the parties' new facts; parties that are new join `parties` with version 0.
    fn record_parties(
        &self,
        recorder: &mut Recorder<'_>,
        parties: &mut BTreeMap<PartyId, OpenParty>,
        draft: &Draft,
        account: AccountId,
    ) -> Result<Vec<Fact>, AppError> {
        let mut all = Vec::new();
        for (party, facts) in draft.parties.iter().filter(|(_, facts)| !facts.is_empty()) {
            if let Some(kind) = facts.iter().find_map(|f| {
                if let Fact::Party(p) = f {
                    Some(p.kind)
                } else {
                    None
                }
            }) {
                let row = PartyRow::new(*party, kind.as_str(), recorder.now());
                recorder.push(Op::PutParty(row.clone()));
                let keys = recorder.new_keys(*party)?;
                parties.insert(
                    *party,
                    OpenParty {
                        row,
                        keys,
                        facts: Vec::new(),
                    },
                );
            }
            let open = parties
                .get(party)
                .ok_or_else(|| AppError::internal("a role towards an unknown party"))?;
            let new = facts.iter().any(|f| matches!(f, Fact::Party(_)));
            if !new {
                recorder.knows(*party, &open.facts);
            }
            let kind = if new {
                Kind::PartyAdded
            } else {
                Kind::RoleChanged
            };
            recorder.facts(
                &Entry {
                    party: *party,
                    account: Some(account),
                    kind,
                    keys: &open.keys,
                },
                facts,
            )?;
            all.extend(facts.iter().cloned());
        }
        Ok(all)
    }
}
