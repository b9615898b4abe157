//! Shamir's scheme over GF(2^8), byte by byte: a random polynomial of degree `k - 1` whose value at 0 is the secret.
//!
//! The field is that of AES, x^8 + x^4 + x^3 + x + 1 (FIPS 197, section 4.2). Multiplication takes the same steps whatever the
//! values are, since they are secret. Written here because the implementations at hand are unmaintained or much larger than
//! these lines; any `k` points give the secret and `k - 1` say nothing about it (Shamir, 1979).

use bonafide_model::Entropy;
use zeroize::Zeroizing;

/// The reduction polynomial without its highest bit.
const REDUCE: u8 = 0x1b;

/// A point for each of `count` places, from 1 on.
pub(super) fn split(
    secret: &[u8],
    threshold: u8,
    count: u8,
    entropy: &dyn Entropy,
) -> Vec<(u8, Zeroizing<Vec<u8>>)> {
    let degree = usize::from(threshold.saturating_sub(1));
    let mut random = Zeroizing::new(vec![0; degree * secret.len()]);
    entropy.fill(&mut random);
    let point = |x: u8| {
        let mut y = Zeroizing::new(vec![0; secret.len()]);
        // Horner's rule, from the highest coefficient down to the secret.
        for coefficients in random.chunks(secret.len().max(1)).rev().chain([secret]) {
            for (y, c) in y.iter_mut().zip(coefficients) {
                *y = multiply(*y, x) ^ c;
            }
        }
        (x, y)
    };
    (1..=count).map(point).collect()
}

/// The value at 0 of the polynomial through the points, whose places are different and not 0.
pub(super) fn combine(points: &[(u8, &[u8])]) -> Zeroizing<Vec<u8>> {
    let length = points.first().map_or(0, |(_, y)| y.len());
    let mut secret = Zeroizing::new(vec![0; length]);
    for (x, y) in points {
        let mut weight = 1;
        for (other, _) in points.iter().filter(|(other, _)| other != x) {
            weight = multiply(weight, multiply(*other, inverse(*other ^ *x)));
        }
        for (secret, y) in secret.iter_mut().zip(*y) {
            *secret ^= multiply(*y, weight);
        }
    }
    secret
}

fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & (b & 1).wrapping_neg();
        let carry = (a >> 7).wrapping_neg();
        a = (a << 1) ^ (REDUCE & carry);
        b >>= 1;
    }
    product
}

/// a^254, which is 1/a.
fn inverse(a: u8) -> u8 {
    let mut power = a;
    let mut product = 1;
    for _ in 0..7 {
        power = multiply(power, power);
        product = multiply(product, power);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_model::SeededEntropy;
    use proptest::prelude::*;

    #[test]
    fn the_field_is_that_of_fips_197() {
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert_eq!(multiply(0x57, 0x02), 0xae);
        for a in 1..=255 {
            assert_eq!(multiply(a, inverse(a)), 1, "{a}");
        }
    }

    /// Points made by hand: f(x) = 0x42 + 0x17 x + 0x99 x^2 at 1, 2 and 3, by the multiplication table of FIPS 197.
    #[test]
    fn points_that_were_made_by_hand_give_their_secret() {
        let f = |x: u8| 0x42 ^ multiply(0x17, x) ^ multiply(0x99, multiply(x, x));
        assert_eq!((f(1), f(2), f(3)), (0xcc, 0x3e, 0xb0));
        let points: [(u8, &[u8]); 3] = [(1, &[0xcc]), (2, &[0x3e]), (3, &[0xb0])];
        assert_eq!(**combine(&points), [0x42]);
    }

    /// With one point fewer than needed every secret is possible: for each there is exactly one polynomial through the points.
    #[test]
    fn one_share_fewer_says_nothing() {
        let shares = split(&[0x42], 3, 3, &SeededEntropy::new(1));
        let mut seen = std::collections::BTreeSet::new();
        for third in 0..=255_u8 {
            let third = [third];
            let points = [
                (1, &**shares[0].1),
                (2, &**shares[1].1),
                (3, third.as_slice()),
            ];
            seen.insert(combine(&points)[0]);
        }
        assert_eq!(seen.len(), 256);
    }

    proptest! {
        #[test]
        fn any_k_give_the_secret(secret in prop::collection::vec(any::<u8>(), 1..40), k in 2_u8..8, more in 0_u8..6, seed: u64) {
            let shares = split(&secret, k, k + more, &SeededEntropy::new(seed));
            let points: Vec<(u8, &[u8])> = shares.iter().map(|(x, y)| (*x, y.as_slice())).collect();
            let (first, last) = (&points[..usize::from(k)], &points[usize::from(more)..]);
            prop_assert_eq!(&**combine(first), &*secret);
            prop_assert_eq!(&**combine(last), &*secret);
        }
    }
}
