//! Methods: the ways to raise assurance, described as data.
//!
//! A requirement never names a method. A method says what it can show and how surely, which fields an applicant hands
//! over for it, what it costs in money, minutes and lost applicants, and whom it fits; the planner ([`crate::plan`])
//! joins the two. What nobody needs a method for is *asked*: the pseudo method [`ASK`], a form field.
//!
//! Methods are kept sorted by id, so that the order of the file changes nothing. A file with a mistake is refused with
//! the spot and how to mend it. Weights and numbers are the operator's data; the shipped ones are plausible defaults.

mod dropoff;
mod parse;

use std::sync::Arc;

use bonafide_model::{Assurance, PartyKind, Registry, Strength};

use crate::expr::Condition;
use crate::plan::bits_128;

pub(crate) use dropoff::WHOLE_BP;
pub use dropoff::{MICRO_NATS, micro_nats};
pub use parse::MethodError;

/// The methods shipped with the product.
pub const BUILTIN: &str = include_str!("../methods/builtin.toml");

/// Methods that a set may hold: the planner keeps them in 64 bits.
pub const METHODS_MAX: usize = 64;

/// Points that one method or field may cost, so that a plan's sum with its tie-break digits fits 64 bits.
pub const COST_MAX: u64 = 1_000_000_000;

/// The pseudo method of a form field.
pub const ASK: &str = "ask";

/// Bits below the cost in a weight, where methods and fields are counted for the tie-break.
pub(crate) const TIE_BITS: u32 = 15;
const METHOD_UNIT: u64 = 1 << 8;
const FIELD_UNIT: u64 = 1;

/// What one point of intrusion is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Points for a field by sensitivity: public, ordinary, contact, sensitive, special.
    pub sensitivity: [u64; 5],
    /// Points for a minor unit of money.
    pub per_money_minor: u64,
    /// Points for a minute of the applicant.
    pub per_minute: u64,
    /// Points for one nat of drop-off.
    pub per_dropoff_nat: u64,
    /// Seconds that a field takes whoever hands it over.
    pub field_seconds: u64,
}

/// A way to raise assurance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Its name, in kebab case.
    pub id: Arc<str>,
    /// What an applicant reads.
    pub title: Arc<str>,
    /// Whom it fits; everybody when absent.
    pub applies: Option<Applies>,
    /// Positions in the registry of what it shows, and how surely.
    pub shows: Vec<(usize, Assurance)>,
    /// Positions of the fields that it collects.
    pub collects: Vec<usize>,
    /// Positions of the fields that must be asserted first.
    pub needs: Vec<usize>,
    /// Kinds of evidence that it accepts.
    pub evidence: Vec<Arc<str>>,
    /// How strong that evidence is, if it leaves any.
    pub strength: Option<Strength>,
    /// Money in minor units.
    pub money_minor: u32,
    /// Minutes of the applicant, fields not counted.
    pub minutes: u32,
    /// Share of applicants who do not finish, in basis points.
    pub dropoff_bp: u32,
    /// Whether the provider does it without the applicant; only a screening is done by the product itself.
    pub automatic: bool,
    /// Whether, of what it shows, only what closes a gap is handed over.
    pub selective: bool,
    /// What it costs without its fields, in points.
    pub cost: u64,
    pub(crate) sets: Sets,
}

/// A method's condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applies {
    /// The text of the condition.
    pub source: Arc<str>,
    /// The line it stands on.
    pub line: usize,
    /// The condition compiled; the assessment asks it of each subject.
    pub(crate) condition: Condition,
}

/// A method's attributes as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sets {
    /// Shown at least asserted, validated, verified.
    pub(crate) shows: [u128; 3],
    /// Collected or needed, whatever is shown.
    pub(crate) fields: u128,
}

/// All methods and weights, and what the planner needs of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodSet {
    methods: Vec<Method>,
    weights: Weights,
    /// [`ASK`], shared by all steps.
    pub(crate) ask: Arc<str>,
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) labels: Vec<Arc<str>>,
    pub(crate) of_person: u128,
    pub(crate) of_organisation: u128,
    /// What an applicant can be asked for.
    pub(crate) askable: u128,
    /// Cost and tie-break count of each field.
    pub(crate) field_weights: [u64; 128],
    /// Cost and tie-break count of each method.
    pub(crate) method_weights: [u64; 64],
}

impl MethodSet {
    /// The methods shipped with the product, over the shipped registry.
    #[expect(
        clippy::expect_used,
        reason = "a constant of the build, parsed by a test"
    )]
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse("builtin.toml", BUILTIN, &Registry::builtin())
            .expect("the shipped methods parse")
    }

    /// Reads a file of weights and methods; `file` is only named in errors.
    pub fn parse(file: &str, text: &str, registry: &Registry) -> Result<Self, MethodError> {
        parse::parse(file, text, registry)
    }

    /// All methods, sorted by id; [`crate::plan::SubjectGaps::fits`] follows this order.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The method of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Method> {
        let found = self.methods.binary_search_by(|m| (*m.id).cmp(id));
        self.methods.get(found.ok()?)
    }

    /// The ids of all methods.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|m| &*m.id)
    }

    /// Whether a method can show the attribute of that name.
    #[must_use]
    pub fn shows(&self, method: &Method, attribute: &str) -> bool {
        let named = |position: usize| self.names.get(position).is_some_and(|n| &**n == attribute);
        method.shows.iter().any(|(position, _)| named(*position))
    }

    /// What points are made of.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What the field at a position of the registry costs, in points.
    #[must_use]
    pub fn field_cost(&self, position: usize) -> u64 {
        self.field_weights.get(position).copied().unwrap_or(0) >> TIE_BITS
    }

    /// Whether an applicant can simply be asked for the attribute at a position.
    #[must_use]
    pub fn can_be_asked(&self, position: usize) -> bool {
        position < 128 && self.askable & (1 << position) != 0
    }

    /// The names of attributes by their bits.
    pub(crate) fn names_of(&self, set: u128) -> Vec<Arc<str>> {
        let named = bits_128(set).filter_map(|i| self.names.get(i));
        named.cloned().collect()
    }

    pub(crate) fn of_kind(&self, kind: PartyKind) -> u128 {
        match kind {
            PartyKind::Person => self.of_person,
            PartyKind::Organisation => self.of_organisation,
        }
    }

    fn new(
        mut methods: Vec<Method>,
        weights: Weights,
        unaskable: u128,
        registry: &Registry,
    ) -> Self {
        methods.sort_by(|a, b| a.id.cmp(&b.id));
        let attributes = registry.attributes();
        let having = |kind| {
            let having = attributes.iter().enumerate();
            having.fold(0, |set, (i, a)| {
                set | (u128::from(a.parties.contains(&kind)) << i)
            })
        };
        let mut set = Self {
            ask: ASK.into(),
            names: attributes.iter().map(|a| a.name.as_str().into()).collect(),
            labels: attributes.iter().map(|a| a.label.as_str().into()).collect(),
            of_person: having(PartyKind::Person),
            of_organisation: having(PartyKind::Organisation),
            askable: !unaskable,
            field_weights: [0; 128],
            method_weights: [0; 64],
            methods,
            weights,
        };
        for (weight, attribute) in set.field_weights.iter_mut().zip(attributes) {
            *weight = (weights.field(attribute.sensitivity) << TIE_BITS) + FIELD_UNIT;
        }
        for (weight, method) in set.method_weights.iter_mut().zip(&set.methods) {
            *weight = (method.cost << TIE_BITS) + METHOD_UNIT;
        }
        set
    }
}

#[cfg(test)]
mod tests;
