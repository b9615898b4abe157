//! What use cases answer: handles, never values. Opening sealed values is a use case of its own and takes a purpose.

use bonafide_model::{AccountId, DAY_MS, Date, PartyId, RecordId, Screening, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A party of a request and the id it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedParty {
    /// The reference used in the request.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The party's id.
    #[schema(value_type = String)]
    pub id: PartyId,
}

/// The answer to a sign-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignUpAnswer {
    /// The account's id.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The operator's own id, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The parties, in the order they were sent.
    pub parties: Vec<NamedParty>,
    /// The judgement.
    #[schema(value_type = Object)]
    pub assessment: serde_json::Value,
}

/// The answer to something added about a party: the judgement of every account it concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AddedAnswer {
    /// The party.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// Ids of what was added, in the order it was sent.
    pub added: Vec<String>,
    /// The judgements, by account.
    pub accounts: Vec<JudgedAccount>,
}

/// An account and its judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JudgedAccount {
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Its judgement.
    #[schema(value_type = Object)]
    pub assessment: serde_json::Value,
}

/// The answer to parties and roles added to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartiesAddedAnswer {
    /// The parties of the request and the ids they got.
    pub parties: Vec<NamedParty>,
    /// The account and its judgement.
    #[serde(flatten)]
    pub judged: JudgedAccount,
}

/// Something of a record class that was erased while the party stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExpiredSummary {
    /// The record class.
    pub class: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// On what ground: packs and their rules, or what was asked.
    pub ground: String,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountSummary {
    /// The account's id.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Its holder.
    #[schema(value_type = String)]
    pub holder: PartyId,
    /// The product ordered.
    pub product: String,
    /// The present decision.
    pub decision: String,
    /// Where that leaves the account.
    pub standing: String,
    /// The present risk band.
    pub risk: String,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// The first instant at which the decision can change by time alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub review_at: Option<Timestamp>,
}

/// A page of a list; `next` is what to pass as `after` for the page that follows, absent on the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
}

/// What is known about a party, without the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyAnswer {
    /// The party's id.
    #[schema(value_type = String)]
    pub id: PartyId,
    /// `person` or `organisation`.
    pub kind: String,
    /// When it came into view.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// Accounts that it stands to.
    #[schema(value_type = Vec<String>)]
    pub accounts: Vec<AccountId>,
    /// Claims, in order of recording.
    pub claims: Vec<ClaimSummary>,
    /// Evidence, in order of recording.
    pub evidence: Vec<EvidenceSummary>,
    /// Checks, in order of recording.
    pub checks: Vec<CheckSummary>,
    /// Screenings against lists, in order of recording.
    pub screenings: Vec<ScreeningSummary>,
    /// What was erased of it, oldest first.
    pub expired: Vec<ExpiredSummary>,
}

/// A screening: against which lists, and which entries the party may be. Every text in it is of the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreeningSummary {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The lists as they stood.
    pub lists: Vec<ScreenedList>,
    /// The entries that the party may be; none means that nothing reached the threshold.
    pub hits: Vec<ScreenedHit>,
    /// The least score that counts as a hit, in basis points.
    pub threshold_bp: u16,
}

/// A list as it stood at a screening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreenedList {
    /// The name that the operator gave it.
    pub name: String,
    /// SHA-256 of its files, in hex.
    pub digest: String,
    /// When the authority published it; absent when nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, nullable = false)]
    pub published_on: Option<Date>,
    /// When it was loaded.
    #[schema(value_type = String, format = DateTime)]
    pub loaded_at: Timestamp,
    /// How old it was at the screening, in whole days: since publication, or since loading where nobody said when that was.
    pub age_days: i64,
}

/// An entry of a list that a party may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreenedHit {
    /// The list's name.
    pub list: String,
    /// The entry's number on the list.
    pub entry: String,
    /// The name on the list that matched.
    pub listed_name: String,
    /// How like they are, in basis points.
    pub score_bp: u16,
    /// The steps that add up to the score.
    pub explanation: Vec<String>,
}

impl From<&Screening> for ScreeningSummary {
    fn from(screening: &Screening) -> Self {
        let lists = screening.lists.iter().map(|l| ScreenedList {
            name: l.name.clone(),
            digest: l.digest.clone(),
            published_on: l.published_on,
            loaded_at: l.loaded_at,
            age_days: {
                let since = l.published_on.map_or(l.loaded_at, Date::start);
                ((screening.at.as_millis() - since.as_millis()) / DAY_MS).max(0)
            },
        });
        let hits = screening.hits.iter().map(|h| ScreenedHit {
            list: h.list.clone(),
            entry: h.entry.clone(),
            listed_name: h.listed_name.clone(),
            score_bp: h.score_bp,
            explanation: h.explanation.clone(),
        });
        Self {
            at: screening.at,
            lists: lists.collect(),
            hits: hits.collect(),
            threshold_bp: screening.threshold_bp,
        }
    }
}

/// A claim without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimSummary {
    /// The claim's id.
    pub id: String,
    /// The attribute.
    pub attribute: String,
    /// Who said so.
    pub source: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asserted_at: Timestamp,
}

/// Evidence without its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceSummary {
    /// The evidence's id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// `fair`, `strong` or `superior`.
    pub strength: String,
    /// When we knew.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckSummary {
    /// The check's id.
    pub id: String,
    /// The method that was run.
    pub method: String,
    /// `pass`, `fail` or `inconclusive`.
    pub outcome: String,
    /// When it was run.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One record about a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineItem {
    /// The record's id.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// What kind of record it is.
    pub kind: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Its place in the ledger; absent for the moment between commit and sequencing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub leaf_index: Option<u64>,
}

/// A proof that a record stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProofAnswer {
    /// The exact leaf, as text.
    pub leaf: String,
    /// The proof as a C2SP tlog-proof file.
    pub tlog_proof: String,
}
