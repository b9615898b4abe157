//! Addresses and prefixes, IPv4 and IPv6 in one order.
//!
//! An IPv4 address is kept as the IPv6 address that it is mapped to (RFC 4291 section 2.5.5.2), so that one index serves
//! both. Text that names an IPv4 address either way is the same address.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// Where IPv4 addresses are mapped to.
const MAPPED: u128 = 0xFFFF_0000_0000;
/// Bits that come before an IPv4 address.
const MAPPED_BITS: u8 = 96;

/// An address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    high: u64,
    low: u64,
}

/// Text that is no address or prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct AddressError {
    text: String,
    expected: &'static str,
}

impl AddressError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self {
            text: text.chars().take(64).collect(),
            expected,
        }
    }
}

impl Address {
    /// From the 128 bits of an IPv6 address.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves are what is meant"
    )]
    pub const fn from_bits(bits: u128) -> Self {
        Self {
            high: (bits >> 64) as u64,
            low: bits as u64,
        }
    }

    /// The 128 bits.
    #[must_use]
    pub const fn bits(self) -> u128 {
        ((self.high as u128) << 64) | self.low as u128
    }

    /// Whether it is an IPv4 address.
    #[must_use]
    pub const fn is_v4(self) -> bool {
        self.high == 0 && self.low >> 32 == 0xFFFF
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::from_bits(MAPPED | u128::from(v4.to_bits())),
            IpAddr::V6(v6) => Self::from_bits(v6.to_bits()),
        }
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        Ipv6Addr::from_bits(address.bits()).to_canonical()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IpAddr::from(*self).fmt(f)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let ip: Result<IpAddr, _> = text.parse();
        ip.map(Self::from)
            .map_err(|_| AddressError::new(text, "an address such as `192.0.2.7` or `2001:db8::7`"))
    }
}

/// Every address that begins with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    first: Address,
    bits: u8,
}

impl Prefix {
    /// The prefix of an address that has so many bits, counted as its family does: at most 32 or 128. Bits behind it are
    /// dropped.
    #[must_use]
    pub fn new(address: Address, length: u8) -> Option<Self> {
        let bits = if address.is_v4() {
            length.checked_add(MAPPED_BITS)?
        } else {
            length
        };
        Self::of(address, bits)
    }

    /// The same with the bits counted as in IPv6.
    #[must_use]
    pub fn of(address: Address, bits: u8) -> Option<Self> {
        (bits <= 128).then(|| Self {
            first: Address::from_bits(address.bits() & mask(bits)),
            bits,
        })
    }

    /// An address alone.
    #[must_use]
    pub const fn one(address: Address) -> Self {
        Self {
            first: address,
            bits: 128,
        }
    }

    /// Its first address.
    #[must_use]
    pub const fn first(self) -> Address {
        self.first
    }

    /// Its last address.
    #[must_use]
    pub fn last(self) -> Address {
        Address::from_bits(self.first.bits() | !mask(self.bits))
    }

    /// Its bits, counted as in IPv6.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.bits
    }

    /// Its bits, counted as its family does.
    #[must_use]
    pub fn length(self) -> u8 {
        if self.first.is_v4() && self.bits >= MAPPED_BITS {
            self.bits - MAPPED_BITS
        } else {
            self.bits
        }
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: Address) -> bool {
        address.bits() & mask(self.bits) == self.first.bits()
    }

    /// Whether two prefixes have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == 128 {
            return self.first.fmt(f);
        }
        write!(f, "{}/{}", self.first, self.length())
    }
}

impl FromStr for Prefix {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let Some((address, length)) = text.split_once('/') else {
            return text.parse().map(Self::one);
        };
        let address: Address = address.parse()?;
        let length = length.parse().ok();
        length.and_then(|l| Self::new(address, l)).ok_or_else(|| {
            AddressError::new(text, "a prefix such as `192.0.2.0/28` or `2001:db8::/64`")
        })
    }
}

const fn mask(bits: u8) -> u128 {
    match bits {
        0 => 0,
        bits => u128::MAX << (128 - bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_an_address_are_one() {
        let plain: Address = "192.0.2.7".parse().unwrap();
        assert_eq!(plain, "::ffff:192.0.2.7".parse().unwrap());
        assert_eq!(plain.to_string(), "192.0.2.7");
        assert!(plain.is_v4() && !"2001:db8::".parse::<Address>().unwrap().is_v4());
        for bad in ["", "192.0.2", "192.0.2.07", "2001:db8", "a.example"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn prefixes_hold_what_they_should() {
        let net: Prefix = "192.0.2.9/29".parse().unwrap();
        assert_eq!(net.to_string(), "192.0.2.8/29");
        assert_eq!(net.last().to_string(), "192.0.2.15");
        assert!(net.contains("192.0.2.8".parse().unwrap()));
        assert!(net.contains("192.0.2.15".parse().unwrap()));
        assert!(!net.contains("192.0.2.16".parse().unwrap()));
        assert!(net.overlaps("192.0.2.0/24".parse().unwrap()));
        assert!(!net.overlaps("192.0.2.0/29".parse().unwrap()));
        let six: Prefix = "2001:db8:1:2::5/64".parse().unwrap();
        assert_eq!(
            (six.to_string().as_str(), six.length()),
            ("2001:db8:1:2::/64", 64)
        );
        assert_eq!("::/0".parse::<Prefix>().unwrap().last().bits(), u128::MAX);
        for bad in ["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/x", "/8"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
    }
}
