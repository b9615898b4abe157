//! A lowered condition. Everything is resolved: attributes are positions, sets are lists, predicates stand in place.

use std::sync::Arc;

use bonafide_model::{Date, Span};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Const(bool),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// A term of type yes-or-no.
    Holds(Term),
    Compare(Op, Term, Term),
    In(Term, List),
    HasAttribute(Who, usize),
    HasRegion,
    Quantified {
        all: bool,
        list: List,
        slot: usize,
        body: Box<Node>,
    },
    /// How long ago, compared with a span.
    Age(Moment, Op, Span),
    /// Whether any evidence of a party has run out.
    Expired(Who),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A single value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Text(Arc<str>),
    Integer(i64),
    Boolean(bool),
    Date(Date),
    /// The text that a quantifier has bound.
    Item(usize),
    Of(Who, Field),
    Given(Given),
}

/// Which party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Subject,
    Customer,
    /// The party that a quantifier has bound.
    Item(usize),
}

/// What about a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Kind,
    Status,
    ClaimsDomestic,
    FailedChecks,
    ScreeningScore,
    Attribute(usize),
}

/// What about the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    Product,
    Region,
    Trial,
    OpeningMethod,
    InScope,
    ControlledHardware,
    ZeroPrice,
    Category,
    ProviderCountry,
}

/// Several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum List {
    Texts(Arc<[Arc<str>]>),
    Attribute(Who, usize),
    Roles(Who),
    /// The beneficial owners of the holder.
    Owners,
}

/// An instant whose age can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Attribute(Who, usize),
    OpenedAt,
    ScreenedAt(Who),
}
