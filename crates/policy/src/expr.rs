//! Conditions of packs and methods: a subset of CEL, lowered at load to a small typed evaluator of our own.
//!
//! Allowed are literals, lists, `sets.NAME`, comparisons, `in`, `&& || !`, `has(x)`, `x.exists(v, …)` and `x.all(v, …)`
//! (at most [`NESTING_MAX`] within each other), and the time atoms `age(x)` compared with `duration("P1Y")` and
//! `expired(subject.evidence)`. Anything else is refused with its line.
//!
//! The logic has three values (Kleene's strong one): what is not recorded is [`Truth::Unknown`] and names the attributes
//! that decide. What a party of that kind cannot have (the citizenship of a company) is not unknown: it equals nothing.
//! There is no `now`: time enters through the atoms, and each tells the scene the instant at which it will flip, so that
//! an answer is the same for every instant until the first of them.

mod eval;
mod lower;
mod node;
mod parse;
mod reads;

use std::sync::Arc;

use crate::footing::Footing;
pub(crate) use eval::{Scene, Truth, Unknowns, View};
pub(crate) use lower::{Scope, is_field};
use node::Node;
pub(crate) use parse::{ExprError, Parsed, parse};

/// Characters of a condition; the longest shipped one has some four hundred.
pub(crate) const SOURCE_MAX: usize = 2000;

/// Depth at which a condition is refused, so that neither parser nor evaluator can run out of stack.
pub(crate) const DEPTH_MAX: u16 = 32;

/// Quantifiers within each other.
pub(crate) const NESTING_MAX: usize = 2;

/// Nodes of a lowered condition, the predicates that it names included.
pub(crate) const NODES_MAX: usize = 2000;

/// Members of a list: every country there is, and some.
pub(crate) const LIST_MAX: usize = 400;

/// A compiled condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    source: Arc<str>,
    node: Node,
}

impl Condition {
    /// The condition as it is written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, ExprError> {
        Ok(Self {
            source: source.into(),
            node: lower::lower(source, scope)?,
        })
    }

    /// What it comes to in a scene. Of `Unknown` the deciding attributes are added to `unknowns`; else nothing is.
    pub(crate) fn eval(&self, scene: &Scene<'_, '_>, unknowns: &mut Unknowns) -> Truth {
        self.node.eval(scene, &mut [None; NESTING_MAX], unknowns)
    }

    /// Everything that it reads in a scene, whatever it comes to.
    pub(crate) fn footing(&self, scene: &Scene<'_, '_>, footing: &mut Footing) {
        self.node.footing(scene, footing);
    }
}

#[cfg(test)]
mod tests;
