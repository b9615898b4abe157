//! Destroying items of a party while the rest stays: what expiry and an erasure that can only be partial both do.
//!
//! Each class of which something goes gets a **new key**; what stays of the class is sealed again under it, and the old key
//! is gone with the wrapped row that held it, for older copies of the database when its epoch ends. The tokens of what went
//! are removed. One or more leaves name every commitment that nobody can open any more: they refer to the leaves, and repeat
//! the commitments with the number of the leaf before the name. They belong to no entry, so that they need no keeping.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Commitment, Hash, Kind, Leaf, leaf_hash};
use bonafide_model::{Claim, Fact, PartyId, RecordId};
use bonafide_store::{ExpiredRow, KeepOp, KeyRow, Op, Subject};

use super::{ItemKeeping, OpenEntry, PartyKeeping};
use crate::App;
use crate::error::AppError;
use crate::recorder::{self, Recorder};
use crate::sealed;
use crate::tenant::Tenant;

/// Commitments named by one leaf: about a hundred bytes each, in a leaf of 16 KiB that refers to other leaves too.
const NAMED_MAX: usize = 80;

/// What goes of a party.
pub(crate) struct Cut<'a> {
    pub(crate) of: &'a mut PartyKeeping,
    /// Places in the party's items.
    pub(crate) gone: BTreeSet<usize>,
    /// The kind of the leaves that name it.
    pub(crate) kind: Kind,
    /// On what ground, by class.
    pub(crate) grounds: BTreeMap<String, String>,
}

impl App {
    /// Adds to a change everything that destroys the items.
    pub(crate) async fn cut(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        cut: Cut<'_>,
    ) -> Result<(), AppError> {
        let party = cut.of.row.party;
        recorder.expect(Subject::Party(party), cut.of.row.version);
        self.name_gone(recorder, tenant, &cut).await?;
        let gone: Gone = gone(&cut)
            .map(|item| (item.record, item.name.clone()))
            .collect();
        let classes: BTreeSet<String> = gone_classes(&cut);
        let of = cut.of;
        sealed::renew(&mut of.keys, &classes, self.registry(), self.entropy())?;
        let keyring = self.keyring();
        let wrapped = of
            .keys
            .wrap(&keyring, &tenant.name, &party.to_string(), self.entropy());
        let wrapped = wrapped.map_err(AppError::internal)?;
        recorder.push(Op::PutKeys(KeyRow {
            party,
            epoch: wrapped.epoch.get().into(),
            wrapped: wrapped.bytes,
        }));
        let (left, attributes) = claims(&of.entries, &gone)?;
        for entry in &mut of.entries {
            let record = entry.row.record;
            let touched = entry.parts.iter().any(|p| classes.contains(&p.class));
            for part in &mut entry.parts {
                part.items
                    .retain(|item| !gone.contains(&(record, item.field.clone())));
            }
            entry.parts.retain(|part| !part.items.is_empty());
            if touched {
                let envelope = sealed::seal_parts(
                    &entry.parts,
                    &of.keys,
                    self.registry(),
                    &tenant.name,
                    &record.to_string(),
                    self.entropy(),
                )?;
                recorder.push(Op::Keep(KeepOp::CutEntry {
                    party,
                    record,
                    envelope,
                }));
            }
        }
        self.cut_tokens(recorder, tenant, party, &attributes, &left)?;
        let parts = of.entries.iter().flat_map(|e| &e.parts);
        let mut items = parts.flat_map(|p| &p.items);
        if !items.any(|i| i.name() == "account") {
            recorder.push(Op::Keep(KeepOp::EndReviews { party }));
        }
        Ok(())
    }

    /// The tokens of attributes of which something went are made again from what is left.
    fn cut_tokens(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        party: PartyId,
        attributes: &BTreeSet<String>,
        left: &[Claim],
    ) -> Result<(), AppError> {
        for attribute in attributes {
            if self
                .registry()
                .get(attribute)
                .is_none_or(|a| a.index.is_none())
            {
                continue;
            }
            recorder.push(Op::RemoveTokens {
                party,
                attribute: attribute.clone(),
            });
            for claim in left.iter().filter(|c| c.attribute == *attribute) {
                let value = claim.value.to_string();
                for token in recorder::tokens(self, tenant, attribute, &value)? {
                    recorder.push(Op::AddToken {
                        token,
                        party,
                        attribute: attribute.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Leaves that name what can no longer be opened, and rows that say so of each class.
    async fn name_gone(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        cut: &Cut<'_>,
    ) -> Result<(), AppError> {
        let mut named: Vec<(RecordId, &ItemKeeping)> = gone(cut).map(|i| (i.record, i)).collect();
        named.sort_by(|(a, i), (b, j)| (a, &i.name).cmp(&(b, &j.name)));
        for some in named.chunks(NAMED_MAX) {
            let mut refs: Vec<(RecordId, Hash, Leaf)> = Vec::new();
            let mut commitments = Vec::new();
            for (record, item) in some {
                if refs.last().is_none_or(|(last, ..)| last != record) {
                    let bytes = self.leaf_of(tenant, *record).await?;
                    let leaf = Leaf::parse(&bytes).map_err(AppError::internal)?;
                    refs.push((*record, leaf_hash(&bytes), leaf));
                }
                let Some((_, _, leaf)) = refs.last() else {
                    continue;
                };
                let committed = leaf.commitments.iter().find(|c| c.field == item.name);
                let committed = committed.ok_or_else(|| {
                    AppError::Internal(format!(
                        "the leaf of record `{record}` does not commit to `{}`",
                        item.name
                    ))
                })?;
                commitments.push(Commitment {
                    field: format!("{}.{}", refs.len() - 1, item.name),
                    hash: committed.hash,
                });
            }
            let hashes = refs.into_iter().map(|(_, hash, _)| hash).collect();
            let named_by = recorder.leaf(cut.kind, hashes, commitments)?;
            let classes: BTreeSet<&String> = some.iter().map(|(_, item)| &item.class).collect();
            for class in classes {
                recorder.push(Op::Keep(KeepOp::Expired(ExpiredRow {
                    party: cut.of.row.party,
                    record: named_by,
                    class: class.clone(),
                    at: recorder.now(),
                    ground: cut.grounds.get(class).cloned().unwrap_or_default(),
                })));
            }
        }
        Ok(())
    }

    /// The leaf of a record, in the tree or waiting for its place.
    pub(crate) async fn leaf_of(
        &self,
        tenant: &Tenant,
        record: RecordId,
    ) -> Result<Vec<u8>, AppError> {
        let waiting = self.store().waiting_leaf(&tenant.name, record).await?;
        if let Some(leaf) = waiting {
            return Ok(leaf);
        }
        // A leaf that waits gets its place and never loses it again.
        let place = self.store().record_position(&tenant.name, record).await?;
        let place =
            place.ok_or_else(|| AppError::Internal(format!("record `{record}` has no leaf")))?;
        self.leaf_at(tenant, place).await
    }
}

/// Whether a leaf names fields of other leaves as destroyed, and not leaves as a whole.
pub(crate) fn names_fields(leaf: &Leaf) -> bool {
    leaf.commitments.iter().any(|c| c.field.contains('.'))
}

type Gone = BTreeSet<(RecordId, String)>;

/// The claims that stay, and the attributes of which one goes.
fn claims(entries: &[OpenEntry], gone: &Gone) -> Result<(Vec<Claim>, BTreeSet<String>), AppError> {
    let (mut left, mut attributes) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        for item in entry.parts.iter().flat_map(|p| &p.items) {
            let Some(Fact::Claim(claim)) = item.fact()? else {
                continue;
            };
            if gone.contains(&(entry.row.record, item.field.clone())) {
                attributes.insert(claim.attribute);
            } else {
                left.push(claim);
            }
        }
    }
    Ok((left, attributes))
}

fn gone<'a>(cut: &'a Cut<'_>) -> impl Iterator<Item = &'a ItemKeeping> {
    cut.gone.iter().filter_map(|place| cut.of.items.get(*place))
}

fn gone_classes(cut: &Cut<'_>) -> BTreeSet<String> {
    gone(cut).map(|item| item.class.clone()).collect()
}
