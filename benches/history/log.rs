//! The deterministic log that everything is measured with: N accesses over 730 days by N/100 accounts, Zipf 1.05.
//!
//! Row `i` follows from `i` alone, so that any row can be asked for without keeping the log. The mix: automation from fixed
//! addresses, homes whose address is assigned anew every few weeks, IPv6 prefixes with addresses of a day, carrier NAT and
//! corporate NAT.

use bonafide_history::{Access, Address};

/// The first instant, 2024-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_704_067_200_000_000;
const DAYS: i64 = 730;
const DAY: i64 = 86_400_000_000;
const EXPONENT: f64 = 1.05;

/// A log of so many rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    /// Rows.
    pub(crate) rows: u64,
    /// Accounts.
    pub(crate) accounts: u64,
    step: i64,
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn v4(bits: u64) -> Address {
    Address::from_bits(0xFFFF_0000_0000 | u128::from(bits & 0xFFFF_FFFF))
}

impl Log {
    /// A log of so many rows.
    #[must_use]
    pub(crate) fn new(rows: u64) -> Self {
        Self {
            rows,
            accounts: (rows / 100).max(1),
            step: (DAYS * DAY) / rows as i64,
        }
    }

    /// The rank of an account, from 0, by a number that is as good as random.
    fn rank(&self, random: u64) -> u64 {
        let u = (random >> 11) as f64 / (1_u64 << 53) as f64;
        let power = 1.0 - EXPONENT;
        let most = (self.accounts as f64).powf(power);
        let rank = (1.0 + u * (most - 1.0)).powf(1.0 / power);
        (rank as u64).clamp(1, self.accounts) - 1
    }

    /// Row `i`.
    #[must_use]
    pub(crate) fn row(&self, i: u64) -> Access {
        let random = mix(i);
        let more = mix(random);
        let account = self.rank(random);
        let at = START + i as i64 * self.step + (more % self.step as u64) as i64;
        let of = mix(account ^ 0x00AC_C0DE);
        let day = ((at - START) / DAY) as u64;
        let pick = more >> 40;
        let (address, kind) = match of % 100 {
            // Automation: one to three addresses for good.
            0..35 => (
                v4(0x0B00_0000 | (mix(of + pick % (1 + of / 128 % 3)) & 0x00FF_FFFF)),
                0,
            ),
            // A home: an address of a pool, for one to four weeks.
            35..65 => {
                let weeks = 7 * (1 + of / 128 % 4);
                let lease = mix(of + (day + of % weeks) / weeks);
                (v4(0x5000_0000 + lease % (self.accounts * 2)), 1)
            }
            // A /64, of which another address is used every day.
            65..80 => {
                let prefix = (0x2001_0DB8_0000_0000_u64 | (of >> 40 << 8)) + account % 256;
                let low = mix(of + day + pick % 2);
                (
                    Address::from_bits((u128::from(prefix) << 64) | u128::from(low)),
                    2,
                )
            }
            // Carrier NAT: one of eight addresses that two hundred share.
            80..92 => (
                v4(0x6440_0000
                    + mix(of / 128 % (self.accounts / 200 + 1) * 8 + pick % 8)
                        % (self.accounts / 25 + 8)),
                3,
            ),
            // Corporate NAT: one address for five hundred.
            _ => (v4(0xC633_0000 + of / 128 % (self.accounts / 500 + 1)), 4),
        };
        let port = match kind {
            0 if of & 0x4000 != 0 => 0,
            _ => 32_768 + (more >> 20) as u16 % 28_232,
        };
        let action = match kind {
            0 => 1 + (of >> 20) % 3,
            _ => 1 + [0, 0, 0, 3, 4, 5][(more >> 8) as usize % 6],
        };
        Access {
            address,
            at,
            slot: account as u32 + 1,
            port,
            action: action as u16,
            mark: 0,
            source: 0,
        }
    }
}
