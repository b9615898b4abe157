//! The planner: the least intrusive set of methods that closes a subject's gaps.
//!
//! A gap is closed when one of its alternatives, an attribute and the assurance it needs, is met: a chosen method shows
//! it so surely, or it only has to be asserted and its field is handed over. The cost of a plan is that of the union of
//! the fields newly handed over, each once, plus money, minutes and drop-off of the methods chosen. This is weighted set
//! cover with shared costs; it is solved exactly, by integers, for each subject by itself. Of plans that
//! cost the same, the one of fewer methods wins, then fewer fields, then the earlier method ids, then the earlier fields
//! of the registry: the same request yields the same bytes.
//!
//! A method that touches a prohibited attribute is never used; what only it could close is *unmet*, with the reason.
//! Should the search ever meet [`SEARCH_NODES_MAX`], the plan still closes what it claims and says `proven_optimal: false`.

mod answer;
mod instance;
mod reduce;
mod replace;
mod search;

use std::sync::Arc;

use bonafide_model::{Assurance, PartyId, PartyKind};
use serde::{Deserialize, Serialize};

use crate::method::MethodSet;
use answer::Answer;
use instance::Instance;

/// Gaps that one subject may have; whoever compiles requirements checks it at load.
pub const GAPS_MAX: usize = 24;

/// Gaps that the planner's sets can hold at all; further ones are unmet with the reason [`UnmetReason::TooMany`].
pub const GAPS_ROOM: usize = 64;

/// Nodes of the search tree for one subject, some ten milliseconds; the shipped methods on real gaps need a handful.
pub const SEARCH_NODES_MAX: u32 = 50_000;

/// Alternatives told for a step.
pub const ALTERNATIVES_MAX: usize = 3;

/// What is missing about whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanRequest {
    /// Each subject once.
    pub subjects: Vec<SubjectGaps>,
}

/// What is missing about one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectGaps {
    /// The party.
    pub party: PartyId,
    /// Person or organisation: only its own attributes are asked for.
    pub kind: PartyKind,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// Attributes already asserted, by position in the registry; handing them over again costs nothing. An attribute
    /// with a gap at `asserted` (its assertion is too old) counts as not held.
    pub held: u128,
    /// Attributes that must not be collected.
    pub prohibited: u128,
    /// Whether each method of [`MethodSet::methods`] fits; one that is not named does not.
    pub fits: Vec<bool>,
}

/// One thing missing: any of the alternatives will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Position in the registry, and the least assurance.
    pub alternatives: Vec<(usize, Assurance)>,
}

/// What to do next, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// By subject in the order of the request; what is asked, then methods by id, then those that run by themselves.
    pub steps: Vec<Step>,
    /// What all steps cost.
    pub cost: PlanCost,
    /// What no method can close.
    pub unmet: Vec<Unmet>,
    /// Whether no cheaper plan exists under these weights; false only if the search met its limit.
    pub proven_optimal: bool,
}

/// One method to run, or one field to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// About whom.
    pub subject: PartyId,
    /// The method's id; [`crate::method::ASK`] for a form field.
    pub method: Arc<str>,
    /// What an applicant reads: the method's title, or the field's label.
    pub title: Arc<str>,
    /// Attributes that close gaps.
    pub closes: Vec<Arc<str>>,
    /// Those among them that no other step of this plan closes: why the step is needed.
    pub only_here: Vec<Arc<str>>,
    /// Fields to hand over that were not held and that no earlier step collects.
    pub collects: Vec<Arc<str>>,
    /// Why the step is needed, in words.
    pub why: String,
    /// What could stand in its place, cheapest first.
    pub alternatives: Vec<Alternative>,
    /// Whether the provider does it without the applicant; only a screening is done by the product itself.
    pub automatic: bool,
}

/// One method or a pair that could replace a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Ids of the methods, [`crate::method::ASK`] among them for a form field.
    pub methods: Vec<Arc<str>>,
    /// Fields that it would collect and the rest of the plan does not.
    pub collects: Vec<Arc<str>>,
    /// How many points more the plan would cost; less than zero only if it is not proven optimal.
    pub extra_cost: i64,
}

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanCost {
    /// Points: what the planner made least.
    pub total: u64,
    /// Every field newly handed over.
    pub fields: Vec<CollectedField>,
    /// Money in minor units.
    pub money_minor: u64,
    /// Minutes of the applicants, begun ones counted whole.
    pub minutes: u64,
    /// Share of applicants lost on the way in basis points, rounded up, if each step loses its own share.
    pub dropoff_bp: u32,
}

/// A field that a subject newly hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedField {
    /// Who, or about whom.
    pub subject: PartyId,
    /// The attribute.
    pub attribute: Arc<str>,
}

/// A gap that stays open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// About whom.
    pub subject: PartyId,
    /// What is missing; any of them would do.
    pub attributes: Vec<(Arc<str>, Assurance)>,
    /// Why.
    pub reason: UnmetReason,
    /// For [`UnmetReason::Prohibited`]: the prohibited attributes that stand in the way.
    pub prohibited: Vec<Arc<str>>,
}

/// Why a gap stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmetReason {
    /// Every way to close it touches a prohibited attribute.
    Prohibited,
    /// Methods could show it, but none fits this party.
    DoesNotFit,
    /// No method shows it, and it cannot be asked.
    NoMethod,
    /// The subject has more gaps than the planner can hold.
    TooMany,
}

/// The cheapest plan for a request.
#[must_use]
pub fn plan(request: &PlanRequest, methods: &MethodSet) -> Plan {
    let mut answer = Answer::new(methods);
    for subject in &request.subjects {
        let instance = Instance::new(subject, methods);
        let solution = search::solve(&instance, methods);
        answer.subject(&instance, &solution);
    }
    answer.finish()
}

/// Fields and methods that a plan uses: what has a cost, each counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Uses {
    fields: u128,
    methods: u64,
}

impl Uses {
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields | other.fields,
            methods: self.methods | other.methods,
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            fields: self.fields & !other.fields,
            methods: self.methods & !other.methods,
        }
    }

    fn common(self, other: Self) -> Self {
        Self {
            fields: self.fields & other.fields,
            methods: self.methods & other.methods,
        }
    }

    fn is_empty(self) -> bool {
        self.fields == 0 && self.methods == 0
    }

    fn is_within(self, other: Self) -> bool {
        self.without(other).is_empty()
    }

    /// Whether, of two sets of equal weight, this one comes first: it has the lowest bit in which they differ.
    fn comes_before(self, other: Self) -> bool {
        let (m, f) = (self.methods ^ other.methods, self.fields ^ other.fields);
        if m != 0 {
            self.methods & (m & m.wrapping_neg()) != 0
        } else {
            self.fields & (f & f.wrapping_neg()) != 0
        }
    }

    /// Cost and, in the low bits, how many methods and fields.
    fn weight(self, methods: &MethodSet) -> u64 {
        let fields = bits_128(self.fields).filter_map(|i| methods.field_weights.get(i));
        let chosen = bits_64(self.methods).filter_map(|i| methods.method_weights.get(i));
        fields.sum::<u64>() + chosen.sum::<u64>()
    }
}

/// Positions of the bits set, lowest first.
fn bits_64(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let bit = set.trailing_zeros();
            set &= set - 1;
            bit as usize
        })
    })
}

/// Positions of the bits set, lowest first.
pub(crate) fn bits_128(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let bit = set.trailing_zeros();
            set &= set - 1;
            bit as usize
        })
    })
}

#[cfg(test)]
mod tests;
