//! The fitted weights.

use crate::weight::Class;

/// Terms of the model.
pub(super) const TERMS: usize = 28;

/// Weights for persons and for everything else, in the order of [`super::terms`].
pub(super) const MODELS: [[f32; TERMS]; Class::COUNT] = [
    [
        -10.0, 6.0, 4.0, 2.0, -1.5, -3.0, -1.0, -2.0, -2.0, 2.0, 2.0, 2.0, -1.0, -2.0, -0.5, -0.5, -0.3, -2.0, 0.0, -0.3, -0.3, -0.1, -0.5, -0.5,
        -0.3, -1.0, 1.0, 1.0,
    ],
    [
        -10.0, 6.0, 4.0, 2.0, -1.5, -3.0, -1.0, -2.0, -2.0, 2.0, 2.0, 2.0, -1.0, -2.0, -0.5, -0.5, -0.3, -1.0, 0.0, -0.3, -0.3, -0.1, -0.5, -0.5,
        -0.3, -1.0, 1.0, 1.0,
    ],
];
