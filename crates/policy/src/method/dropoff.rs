//! Drop-off as a cost that can be added: −ln(1 − d) in millionths of a nat, by integers alone.
//!
//! Shares of applicants who stay multiply along a plan; their logarithms add. ln(a/b) is brought to 1 ≤ a/b < 2 by
//! halving, then summed as 2·artanh((a−b)/(a+b)), whose series gains at least a factor nine a term. Every operation
//! rounds down by less than one unit of 2⁻⁶⁰; there are fewer than 64 and at most fourteen additions of ln 2, so that the
//! error before the last rounding is below 2⁻⁵³ nat and the result is within 0.500001 millionths of the true value.

/// Parts of a nat.
pub const MICRO_NATS: u64 = 1_000_000;

/// Basis points of the whole.
pub(crate) const WHOLE_BP: u64 = 10_000;

const FRACTION_BITS: u32 = 60;
/// ⌊ln 2 · 2⁶⁰⌋.
const LN_2: u128 = 799_144_290_325_165_978;

/// −ln(1 − d) in millionths for a drop-off in basis points; `None` from 10 000 on, where nobody is left.
#[must_use]
pub fn micro_nats(dropoff_bp: u32) -> Option<u64> {
    let stay = WHOLE_BP
        .checked_sub(u64::from(dropoff_bp))
        .filter(|s| *s > 0)?;
    let (whole, mut stay) = (u128::from(WHOLE_BP), u128::from(stay));
    let mut sum = 0_u128;
    while whole >= 2 * stay {
        stay *= 2;
        sum += LN_2;
    }
    let y = ((whole - stay) << FRACTION_BITS) / (whole + stay);
    let y_squared = (y * y) >> FRACTION_BITS;
    let (mut power, mut odd) = (y, 1);
    while power > 0 {
        sum += 2 * power / odd;
        power = (power * y_squared) >> FRACTION_BITS;
        odd += 2;
    }
    let half = 1 << (FRACTION_BITS - 1);
    u64::try_from((sum * u128::from(MICRO_NATS) + half) >> FRACTION_BITS).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values computed to fifty digits.
    #[test]
    fn logarithms_are_right_to_the_last_digit() {
        let known = [
            (0, 0),
            (1, 100),
            (100, 10_050),
            (800, 83_382),
            (1500, 162_519),
            (5000, 693_147),
            (9000, 2_302_585),
            (9999, 9_210_340),
        ];
        for (bp, expected) in known {
            assert_eq!(micro_nats(bp), Some(expected), "{bp}");
        }
        assert_eq!(micro_nats(10_000), None);
        assert_eq!(micro_nats(u32::MAX), None);
    }

    #[test]
    fn more_drop_off_never_costs_less() {
        let all: Vec<u64> = (0..10_000).filter_map(micro_nats).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.windows(2).all(|w| w[0] < w[1]));
    }
}
