//! Whose e-mail address, telephone or number a row shares: by the blind index of the store, and among the rows that are
//! not stored yet. Exact only; names are not compared, since thousands share one.

use std::collections::{BTreeMap, HashMap};

use bonafide_model::{Fact, PartyId, registry::IndexKind};
use bonafide_store::TokenMatch;

use crate::App;
use crate::error::AppError;
use crate::recorder::tokens;
use crate::submission::Draft;
use crate::tenant::Tenant;

/// Tokens kept of a file that is only tried: enough for a million customers, about 150 MB. Past it, duplicates inside the
/// file are no longer looked for, and the report says so.
pub(super) const SEEN_MAX: usize = 3_500_000;

/// Somebody who has the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The attribute that is shared.
    pub attribute: String,
    /// Who has it.
    pub found: Found,
}

/// Who has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An earlier line of the file.
    Line(u64),
    /// One stored party.
    Party(PartyId),
    /// Several stored parties, of which this is the first.
    Parties(PartyId, u64),
}

/// A token of a row.
#[derive(Debug, Clone)]
pub(super) struct RowToken {
    pub(super) attribute: String,
    pub(super) token: Vec<u8>,
    /// Whether it names one customer: a telephone is shared by families and offices.
    pub(super) names_one: bool,
}

/// The tokens of the holder's e-mail address, telephone and numbers.
pub(super) fn of_draft(
    app: &App,
    tenant: &Tenant,
    draft: &Draft,
) -> Result<Vec<RowToken>, AppError> {
    let holder = draft.account.holder;
    let facts = draft.parties.iter().filter(|(id, _)| *id == holder);
    let mut found = Vec::new();
    for fact in facts.flat_map(|(_, facts)| facts) {
        let Fact::Claim(claim) = fact else { continue };
        let kind = app.registry().get(&claim.attribute).and_then(|a| a.index);
        let Some(kind) = kind.filter(|k| *k != IndexKind::Name) else {
            continue;
        };
        let value = claim.value.to_string();
        found.extend(
            tokens(app, tenant, &claim.attribute, &value)?
                .into_iter()
                .map(|token| RowToken {
                    attribute: claim.attribute.clone(),
                    token,
                    names_one: kind != IndexKind::Phone,
                }),
        );
    }
    Ok(found)
}

/// Rows that are not stored yet, by token.
#[derive(Debug, Default)]
pub(super) struct Seen {
    lines: HashMap<u64, u64>,
    /// Whether so many were seen that later ones are not kept.
    pub(super) full: bool,
}

impl Seen {
    /// The line that had a token first.
    pub(super) fn line(&self, token: &[u8]) -> Option<u64> {
        self.lines.get(&short(token)?).copied()
    }

    /// Remembers the line of a token, unless an earlier one has it.
    pub(super) fn add(&mut self, token: &[u8], line: u64) {
        if self.lines.len() >= SEEN_MAX {
            self.full = true;
            return;
        }
        if let Some(short) = short(token) {
            self.lines.entry(short).or_insert(line);
        }
    }
}

/// The first 64 bits of a keyed hash: among a million, two are alike once in forty million runs.
fn short(token: &[u8]) -> Option<u64> {
    token.first_chunk::<8>().map(|b| u64::from_be_bytes(*b))
}

/// Whom the tokens of a row find, each attribute once.
pub(super) fn of_row(
    row: &[RowToken],
    seen: &[&Seen],
    stored: &HashMap<Vec<u8>, TokenMatch>,
) -> Vec<Duplicate> {
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for token in row {
        let line = seen.iter().find_map(|s| s.line(&token.token));
        let stored = stored.get(&token.token).map(|m| match m.parties {
            0 | 1 => Found::Party(m.party),
            more => Found::Parties(m.party, more),
        });
        if let Some(one) = stored.or(line.map(Found::Line)) {
            found.entry(&token.attribute).or_insert(one);
        }
    }
    found
        .into_iter()
        .map(|(attribute, found)| Duplicate {
            attribute: attribute.to_owned(),
            found,
        })
        .collect()
}

/// The one stored party that a row is an account of, if values that name one customer name exactly one.
pub(super) fn known_party(
    row: &[RowToken],
    stored: &HashMap<Vec<u8>, TokenMatch>,
) -> Option<PartyId> {
    let mut parties = row
        .iter()
        .filter(|t| t.names_one)
        .filter_map(|t| stored.get(&t.token));
    let first = parties.next()?;
    let same = |m: &TokenMatch| m.parties == 1 && m.party == first.party;
    (same(first) && parties.all(same)).then_some(first.party)
}
