//! The fitted weights.

use crate::weight::Class;

/// Terms of the model.
pub(super) const TERMS: usize = 28;

/// Weights for persons and for everything else, in the order of [`super::terms`].
#[allow(
    clippy::approx_constant,
    reason = "fitted figures, near a constant only by chance"
)]
pub(super) const MODELS: [[f32; TERMS]; Class::COUNT] = [
    [
        -2.022, 4.884, 3.230, 1.116, -2.612, 0.000, -0.931, -0.657, -0.056, 0.000, 0.000, 0.000,
        0.000, -1.869, -2.761, -1.033, -1.027, 0.000, -0.426, 0.000, -2.452, -2.048, 0.000, -1.357,
        -0.609, -2.337, 0.000, 0.454,
    ],
    [
        -5.607, 5.087, 0.736, 2.166, 0.000, 0.000, 0.000, -1.272, 0.000, 0.000, 0.000, 0.000,
        0.000, 0.000, -1.452, -0.318, 0.000, -0.067, -0.028, 0.000, -0.014, -0.579, 0.000, 0.000,
        0.000, -2.093, 0.368, 2.898,
    ],
];
