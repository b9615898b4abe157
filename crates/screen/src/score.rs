//! From a comparison to a score: the odds that a hit is the party asked about.
//!
//! A logistic model over what two names have in common and what not, fitted on the tuning half of the evaluation set
//! (`cargo xtask screen-eval`), for persons and for everything else. What else both sides know (birth, country,
//! identifiers) multiplies the odds. The zero of the scale is set where one in a hundred names of people who are not listed
//! reaches [`crate::ALERT_THRESHOLD_BP`].

mod model;

use crate::compare::Comparison;
use crate::weight::Class;
use crate::{FULL_BP, Quality};

use model::{MODELS, TERMS};

/// What a name weighs before the model: its comparison and how much the list makes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likeness {
    pub(crate) comparison: Comparison,
    pub(crate) class: Class,
    pub(crate) quality: Quality,
}

impl Likeness {
    /// Log-odds that the names are one party's.
    pub(crate) fn odds(&self) -> f32 {
        let terms = terms(self);
        let Some(weights) = MODELS.get(self.class.at()) else {
            return 0.0;
        };
        terms
            .iter()
            .zip(weights)
            .map(|(term, weight)| term * weight)
            .sum()
    }
}

impl Likeness {
    /// Whether the names are equal but for order, case, script and what does not identify.
    pub(crate) fn is_equal(&self) -> bool {
        let c = &self.comparison;
        let left = c.query_left_parts + c.listed_left_parts + c.slips + c.initials + c.cut;
        left == 0.0 && c.agreed_parts > 0.0
    }
}

/// The score of log-odds, short of full: names alone are never certain.
pub(crate) fn score_bp(odds: f32) -> i32 {
    let share = 1.0 / (1.0 + (-odds).exp());
    ((share * FULL_BP as f32).round() as i32).clamp(1, FULL_BP - 1)
}

/// The terms of the model.
pub(crate) fn terms(likeness: &Likeness) -> [f32; TERMS] {
    let c = &likeness.comparison;
    let span = |value: f32, from: f32, to: f32| (value - from).clamp(0.0, to - from);
    let query_share = c.agreed / (c.agreed + c.query_left).max(0.1);
    let listed_share = c.agreed / (c.agreed + c.listed_left).max(0.1);
    let is = |yes: bool| f32::from(u8::from(yes));
    let whole = c.query_left_parts + c.listed_left_parts == 0.0;
    [
        1.0,
        span(c.agreed, 0.0, 10.0) / 10.0,
        span(c.agreed, 10.0, 18.0) / 8.0,
        span(c.agreed, 18.0, 30.0) / 12.0,
        span(c.query_left, 0.0, 4.0) / 4.0,
        span(c.query_left, 4.0, 20.0) / 16.0,
        span(c.listed_left, 0.0, 4.0) / 4.0,
        span(c.listed_left, 4.0, 20.0) / 16.0,
        span(c.query_left.min(c.listed_left), 0.0, 10.0) / 10.0,
        query_share,
        listed_share,
        query_share * listed_share,
        span(c.slips, 0.0, 1.0),
        span(c.slips, 1.0, 4.0),
        (c.slip_share * 10.0).min(4.0),
        c.query_left_parts.min(2.0),
        c.listed_left_parts.min(3.0),
        is(c.agreed_parts <= 1.0),
        is(c.agreed_parts == 2.0),
        c.initials.min(2.0),
        c.cut.min(2.0),
        c.joined.min(2.0),
        c.consonants.min(3.0),
        span(c.family_left, 0.0, 10.0) / 10.0,
        c.disorder.min(2.0),
        is(likeness.quality == Quality::Weak),
        is(whole && c.slips == 0.0 && c.initials == 0.0 && c.cut == 0.0),
        (1.0 - (c.query_left + c.listed_left) / 8.0).max(0.0),
    ]
}
