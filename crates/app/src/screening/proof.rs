//! Proving a screening: that a party was held against lists on a day, and what came of it, to somebody who trusts nothing but
//! the signed checkpoint.
//!
//! The leaf, its place in the tree, and the openings of two of its commitments: the party's handle, and the outcome, which
//! names lists with their versions, the engine, the threshold and the number of hits. What was asked and which entries were
//! hit stay closed: they are values, and are opened for a purpose in a case.

use bonafide_ledger::{Opening, leaf_hash};
use bonafide_model::{Fact, PartyId, RecordId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::ProofAnswer;
use crate::entries::random;
use crate::error::AppError;
use crate::sealed::{self, Item};
use crate::{Action, Actor, App};

/// What is opened of a screening's leaf.
const SHOWN: [&str; 2] = ["subject", "outcome"];

/// A screening with everything that proves it offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningProof {
    /// Who was screened.
    pub party: PartyId,
    /// The record of the screening.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// What came of it, as it was committed to.
    pub outcome: Value,
    /// The ledger that it is of, which commitments are bound to.
    pub origin: String,
    /// The key that verifies the ledger's checkpoints.
    pub verifier_key: String,
    /// SHA-256 of the leaf, as it stands in the tree, in hex.
    pub leaf_hash: String,
    /// The leaf and the proof of its place.
    pub proof: ProofAnswer,
    /// The openings, each as `bonafide verify --kind opening` reads it, with the commitment that it opens.
    pub openings: Vec<OpenedCommitment>,
}

/// A commitment of a leaf, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedCommitment {
    /// The commitment in hex, as the leaf has it.
    pub commitment: String,
    /// What opens it: `field`, `random`, `value`.
    pub opening: Value,
}

impl App {
    /// Proves the last screening of a party, or the last one up to an instant.
    pub async fn prove_screening(
        &self,
        actor: &Actor,
        party: PartyId,
        until: Option<Timestamp>,
    ) -> Result<ScreeningProof, AppError> {
        actor.may(Action::ReadParties)?;
        let tenant = self.tenant(&actor.tenant)?;
        let bundle = self.store().party_bundle(&tenant.name, party).await?;
        let Some(bundle) = bundle else {
            return Err(self.no_party(&tenant, party).await);
        };
        let keys = self.unwrap(&tenant, &bundle.keys)?;
        let entries = bundle.entries.iter().rev();
        let within = |at: Timestamp| until.is_none_or(|until| at <= until);
        for entry in entries.filter(|e| e.kind == "screened" && within(e.at)) {
            let (registry, name) = (self.registry(), &tenant.name);
            let record = entry.record.to_string();
            let parts = sealed::open_parts(&entry.envelope, &keys, registry, name, &record)?;
            let items: Vec<Item> = parts.into_iter().flat_map(|part| part.items).collect();
            if !is_screening(&items)? {
                continue;
            }
            let proof = self.prove(actor, entry.record).await?;
            let outcome = items.iter().find(|item| item.name() == "outcome");
            let outcome = outcome.ok_or_else(|| {
                AppError::Refused(format!(
                    "the screening of record `{record}` was recorded before outcomes were committed to: screen again"
                ))
            })?;
            return Ok(ScreeningProof {
                party,
                record: entry.record,
                at: entry.at,
                outcome: serde_json::from_str(outcome.value.get()).map_err(AppError::internal)?,
                origin: leaf_origin(&proof)?,
                verifier_key: self.verifier_key(actor)?,
                leaf_hash: leaf_hash(proof.leaf.as_bytes()).to_string(),
                openings: openings(&items, &proof)?,
                proof,
            });
        }
        Err(AppError::Refused(format!(
            "party `{party}` was not screened{}",
            until.map_or_else(String::new, |until| format!(" up to {until}"))
        )))
    }
}

/// Whether a record that screening made holds a screening, and not that it could not be run.
fn is_screening(items: &[Item]) -> Result<bool, AppError> {
    for item in items {
        if matches!(item.fact()?, Some(Fact::Screening(_))) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn leaf_of(proof: &ProofAnswer) -> Result<bonafide_ledger::Leaf, AppError> {
    bonafide_ledger::Leaf::parse(proof.leaf.as_bytes()).map_err(AppError::internal)
}

fn leaf_origin(proof: &ProofAnswer) -> Result<String, AppError> {
    Ok(leaf_of(proof)?.ledger)
}

fn openings(items: &[Item], proof: &ProofAnswer) -> Result<Vec<OpenedCommitment>, AppError> {
    let leaf = leaf_of(proof)?;
    let mut opened = Vec::new();
    for item in items.iter().filter(|item| SHOWN.contains(&item.name())) {
        let committed = leaf.commitments.iter().find(|c| c.field == item.field);
        let damaged =
            || AppError::internal("an entry has a field that its leaf does not commit to");
        let opening = Opening {
            field: item.field.clone(),
            random: random(&item.random).ok_or_else(damaged)?,
            value: item.value.get().as_bytes().to_vec(),
        };
        opened.push(OpenedCommitment {
            commitment: committed.ok_or_else(damaged)?.hash.to_string(),
            opening: opening.to_json(),
        });
    }
    Ok(opened)
}
