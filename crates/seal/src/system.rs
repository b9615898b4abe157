//! The operating system's random generator.

use aws_lc_rs::rand;
use bonafide_model::Entropy;

/// Chance from the operating system, through the cryptographic library. The binary hands it to everything else.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the operating system cannot give random bytes: no key made without them would be worth having.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the operating system for random bytes"
    )]
    #[expect(
        clippy::expect_used,
        reason = "going on with a buffer that is not random would make keys anybody can guess"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        rand::fill(buffer).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_differ() {
        let (mut a, mut b) = ([0_u8; 32], [0_u8; 32]);
        SystemEntropy.fill(&mut a);
        SystemEntropy.fill(&mut b);
        assert_ne!(a, b);
        assert_ne!(a, [0; 32]);
    }
}
