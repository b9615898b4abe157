//! Destroying items of a party while the rest stays: what expiry and an erasure that can only be partial both do.
//!
//! Each class of which something goes gets a **new key**; what stays of the class is sealed again under it, and the old key
//! is gone with the wrapped row that held it, for older copies of the database when its epoch ends. The tokens of what went
//! are removed. One or more leaves name every commitment that nobody can open any more: they refer to the leaves, and repeat
//! the commitments with the number of the leaf before the name. They belong to no entry, so that they need no keeping.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Commitment, Hash, Kind, Leaf, leaf_hash};
use bonafide_model::{Claim, Entropy, Fact, PartyId, RecordId, Registry};
use bonafide_seal::{Keyring, SubjectKeys};
use bonafide_store::{ExpiredRow, KeepOp, KeyRow, Op, ScreeningOp, Subject};

use super::{ItemKeeping, OpenEntry, PartyKeeping};
use crate::App;
use crate::error::AppError;
use crate::recorder::{Recorder, tokens_with};
use crate::sealed::{self, Part};
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
        let named: Vec<Named<'_>> = gone(&cut).map(Named::of).collect();
        self.name_gone(recorder, tenant, party, (cut.kind, &cut.grounds), named)
            .await?;
        let gone: Gone = gone(&cut)
            .map(|item| (item.record, item.name.clone()))
            .collect();
        let of = cut.of;
        let ops = Means {
            registry: self.registry(),
            entropy: self.entropy(),
            keyring: &self.keyring(),
            tenant: &tenant.name,
        }
        .cut(party, &mut of.keys, &mut of.entries, &gone)?;
        for op in ops {
            recorder.push(op);
        }
        Ok(())
    }

    /// Leaves that name what can no longer be opened, and rows that say so of each class.
    pub(crate) async fn name_gone(
        &self,
        recorder: &mut Recorder<'_>,
        tenant: &Tenant,
        party: PartyId,
        (kind, grounds): (Kind, &BTreeMap<String, String>),
        mut named: Vec<Named<'_>>,
    ) -> Result<(), AppError> {
        named.sort_by_key(|item| (item.record, item.item));
        for some in named.chunks(NAMED_MAX) {
            let mut refs: Vec<(RecordId, Hash, Leaf)> = Vec::new();
            let mut commitments = Vec::new();
            for one in some {
                if refs.last().is_none_or(|(last, ..)| *last != one.record) {
                    let bytes = self.leaf_of(tenant, one.record).await?;
                    let leaf = Leaf::parse(&bytes).map_err(AppError::internal)?;
                    refs.push((one.record, leaf_hash(&bytes), leaf));
                }
                let Some((_, _, leaf)) = refs.last() else {
                    continue;
                };
                let committed = leaf.commitments.iter().find(|c| c.field == one.item);
                let committed = committed.ok_or_else(|| {
                    AppError::Internal(format!(
                        "the leaf of record `{}` does not commit to `{}`",
                        one.record, one.item
                    ))
                })?;
                commitments.push(Commitment {
                    field: format!("{}.{}", refs.len() - 1, one.item),
                    hash: committed.hash,
                });
            }
            let hashes = refs.into_iter().map(|(_, hash, _)| hash).collect();
            let named_by = recorder.leaf(kind, hashes, commitments)?;
            let classes: BTreeSet<&str> = some.iter().map(|one| one.class).collect();
            for class in classes {
                recorder.push(Op::Keep(KeepOp::Expired(ExpiredRow {
                    party,
                    record: named_by,
                    class: class.to_owned(),
                    at: recorder.now(),
                    ground: grounds.get(class).cloned().unwrap_or_default(),
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

/// An item that goes, as leaves name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) record: RecordId,
    pub(crate) item: &'a str,
    pub(crate) class: &'a str,
}

impl<'a> Named<'a> {
    fn of(item: &'a ItemKeeping) -> Self {
        Self {
            record: item.record,
            item: &item.name,
            class: &item.class,
        }
    }
}

/// Items by the record that they are in and their name there.
pub(crate) type Gone = BTreeSet<(RecordId, String)>;

/// What destroying needs, where an application is open and where a back-up is restored.
pub(crate) struct Means<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) keyring: &'a Keyring,
    pub(crate) tenant: &'a str,
}

impl Means<'_> {
    /// The operations that destroy items: new keys for their classes, what is left sealed again under them, the tokens of what
    /// is left.
    pub(crate) fn cut(
        &self,
        party: PartyId,
        keys: &mut SubjectKeys,
        entries: &mut [OpenEntry],
        gone: &Gone,
    ) -> Result<Vec<Op>, AppError> {
        let goes = |entry: &OpenEntry, part: &Part| {
            let mut items = part.items.iter();
            items.any(|item| gone.contains(&(entry.row.record, item.field.clone())))
        };
        let all = entries
            .iter()
            .flat_map(|e| e.parts.iter().map(move |p| (e, p)));
        let touched = all.filter(|(entry, part)| goes(entry, part));
        let mut classes: BTreeSet<String> = touched.map(|(_, part)| part.class.clone()).collect();
        // The screening profile repeats what was said: it goes, in older copies too, and is made again from what is left.
        classes.insert(sealed::SCREENING.to_owned());
        sealed::renew(keys, &classes, self.registry, self.entropy)?;
        let wrapped = keys.wrap(self.keyring, self.tenant, &party.to_string(), self.entropy);
        let wrapped = wrapped.map_err(AppError::internal)?;
        let mut ops = vec![Op::PutKeys(KeyRow {
            party,
            epoch: wrapped.epoch.get().into(),
            wrapped: wrapped.bytes,
        })];
        ops.push(Op::Screening(ScreeningOp::DropProfile { party }));
        let (left, attributes) = claims(entries, gone)?;
        for entry in &mut *entries {
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
                    keys,
                    self.registry,
                    self.tenant,
                    &record.to_string(),
                    self.entropy,
                )?;
                ops.push(Op::Keep(KeepOp::CutEntry {
                    party,
                    record,
                    envelope,
                }));
            }
        }
        self.cut_tokens(party, &attributes, &left, &mut ops)?;
        let mut items = entries.iter().flat_map(|e| &e.parts).flat_map(|p| &p.items);
        if !items.any(|i| i.name() == "account") {
            ops.push(Op::Keep(KeepOp::EndReviews { party }));
        }
        Ok(ops)
    }

    /// The tokens of attributes of which something went are made again from what is left.
    fn cut_tokens(
        &self,
        party: PartyId,
        attributes: &BTreeSet<String>,
        left: &[Claim],
        ops: &mut Vec<Op>,
    ) -> Result<(), AppError> {
        for attribute in attributes {
            let known = self.registry.get(attribute);
            if known.is_none_or(|a| a.index.is_none()) {
                continue;
            }
            ops.push(Op::RemoveTokens {
                party,
                attribute: attribute.clone(),
            });
            for claim in left.iter().filter(|c| c.attribute == *attribute) {
                let value = claim.value.to_string();
                let (registry, keyring) = (self.registry, self.keyring);
                let tokens = tokens_with(registry, keyring, self.tenant, attribute, &value)?;
                ops.extend(tokens.into_iter().map(|token| Op::AddToken {
                    token,
                    party,
                    attribute: attribute.clone(),
                }));
            }
        }
        Ok(())
    }
}

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
