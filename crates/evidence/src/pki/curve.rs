//! Elliptic curves of prime order over prime fields: named, or by explicit parameters that are exactly those of a named
//! one, and ECDSA on those that the cryptographic library does not know (Brainpool, P-224; FIPS 186-5, section 6.4.2).
//!
//! Parameters of no known curve are refused: with parameters of their own choice anybody can make a signature fit a
//! given key (CVE-2020-0601). The arithmetic works on public data only, so that its time does not matter.

use num_bigint::BigUint;

use super::curves::CURVES;
use super::oid;
use super::tlv::{Broken, OCTET_STRING, OID, Reader, SEQUENCE, single};
use crate::verdict::{Code, Reason};

/// The curves that the cryptographic library knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    P256,
    P384,
    P521,
}

/// A curve y² = x³ + ax + b over the integers modulo p with the generator g of prime order n; in hexadecimal, as many
/// digits each as p has (g twice as many).
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(super) oid: &'static [u8],
    pub(super) known: Option<Known>,
    pub(super) p: &'static str,
    pub(super) a: &'static str,
    pub(super) b: &'static str,
    pub(super) g: &'static str,
    pub(super) n: &'static str,
}

impl Curve {
    /// From the parameters of a public key, after its algorithm.
    pub(super) fn read(mut parameters: Reader<'_>) -> Result<&'static Self, Reason> {
        let what = "the parameters of an elliptic curve";
        let unknown = || {
            let text = "the curve of a public key is none of P-224 to P-521 and brainpoolP224r1 to brainpoolP512r1";
            Reason::new(Code::Key, text)
        };
        let found = match parameters.peek() {
            OID => {
                let named = parameters.next(what)?.value;
                CURVES.iter().find(|curve| curve.oid == named)
            }
            SEQUENCE => {
                let explicit = Explicit::read(parameters.enter(SEQUENCE, what)?)?;
                CURVES.iter().find(|curve| explicit.is(curve))
            }
            _ => None,
        };
        parameters.end(what)?;
        found.ok_or_else(unknown)
    }

    /// By its name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.name == name)
    }

    /// Octets of a coordinate.
    pub(crate) fn octets(&self) -> usize {
        self.p.len() / 2
    }

    /// Whether r and s are a signature of a digest by the key at this uncompressed point.
    pub(crate) fn verify(&self, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> bool {
        let field = Field::new(self);
        let (Some(n), Some(g)) = (number(self.n), field.generator(self)) else {
            return false;
        };
        let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
        let zero = BigUint::ZERO;
        if r == zero || s == zero || r >= n || s >= n {
            return false;
        }
        let Some(q) = point.split_first().and_then(|(_, xy)| field.point(xy)) else {
            return false;
        };
        let Some(inverse) = s.modinv(&n) else {
            return false;
        };
        let mut e = BigUint::from_bytes_be(digest);
        let excess = (digest.len() as u64 * 8).saturating_sub(n.bits());
        e >>= excess;
        let u1 = e * &inverse % &n;
        let u2 = &r * &inverse % &n;
        field.combine(&u1, &g, &u2, &q).is_some_and(|x| x % &n == r)
    }
}

fn number(hex: &str) -> Option<BigUint> {
    BigUint::parse_bytes(hex.as_bytes(), 16)
}

/// The two numbers of an ECDSA signature in its sequence.
pub(super) fn numbers(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let what = "a signature";
    let mut inside = single(signature, SEQUENCE, what).ok()?.inside();
    let numbers = (inside.unsigned(what).ok()?, inside.unsigned(what).ok()?);
    inside.is_empty().then_some(numbers)
}

/// Explicit parameters (X9.62 `ECParameters`).
struct Explicit<'a> {
    p: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    g: &'a [u8],
    n: &'a [u8],
    cofactor: u32,
}

impl<'a> Explicit<'a> {
    fn read(mut parameters: Reader<'a>) -> Result<Self, Broken> {
        let what = "the explicit parameters of an elliptic curve";
        parameters.small(what)?;
        let mut field = parameters.enter(SEQUENCE, what)?;
        if field.expect(OID, what)?.value != oid::PRIME_FIELD {
            return Err(Broken(what));
        }
        let p = field.unsigned(what)?;
        field.end(what)?;
        let mut coefficients = parameters.enter(SEQUENCE, what)?;
        let a = coefficients.expect(OCTET_STRING, what)?.value;
        let b = coefficients.expect(OCTET_STRING, what)?.value;
        let g = parameters.expect(OCTET_STRING, what)?.value;
        let n = parameters.unsigned(what)?;
        let cofactor = if parameters.is_empty() {
            1
        } else {
            parameters.small(what)?
        };
        Ok(Self {
            p,
            a,
            b,
            g,
            n,
            cofactor,
        })
    }

    /// Whether these are the parameters of that curve; the generator may be written with one coordinate and the sign of
    /// the other.
    fn is(&self, curve: &Curve) -> bool {
        let same = |octets: &[u8], hex: &str| number(hex) == Some(BigUint::from_bytes_be(octets));
        let (x, y) = curve.g.split_at_checked(curve.p.len()).unwrap_or_default();
        let generator = match self.g.split_first() {
            Some((4, xy)) => xy.len() == 2 * curve.octets() && same(xy, curve.g),
            Some((sign @ (2 | 3), short)) => {
                let odd = number(y).is_some_and(|y| y.bit(0));
                same(short, x) && (*sign == 3) == odd
            }
            _ => false,
        };
        generator
            && self.cofactor == 1
            && same(self.p, curve.p)
            && same(self.a, curve.a)
            && same(self.b, curve.b)
            && same(self.n, curve.n)
    }
}

/// A point in Jacobian coordinates; z = 0 is the point at infinity.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

/// The field and the coefficients of a curve.
struct Field {
    p: BigUint,
    a: BigUint,
    b: BigUint,
    octets: usize,
}

impl Field {
    fn new(curve: &Curve) -> Self {
        let read = |hex| number(hex).unwrap_or_default();
        Self {
            p: read(curve.p),
            a: read(curve.a),
            b: read(curve.b),
            octets: curve.octets(),
        }
    }

    fn generator(&self, curve: &Curve) -> Option<Point> {
        let (x, y) = curve.g.split_at_checked(curve.p.len())?;
        Some(Point {
            x: number(x)?,
            y: number(y)?,
            z: BigUint::from(1_u8),
        })
    }

    /// A point of the curve from its coordinates, one after the other.
    fn point(&self, xy: &[u8]) -> Option<Point> {
        let (x, y) = xy.split_at_checked(self.octets)?;
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let right = (&x * &x % &self.p + &self.a) * &x + &self.b;
        let on = x < self.p && y < self.p && &y * &y % &self.p == right % &self.p;
        on.then(|| Point {
            x,
            y,
            z: BigUint::from(1_u8),
        })
    }

    fn mul(&self, a: &BigUint, b: &BigUint) -> BigUint {
        a * b % &self.p
    }

    fn sub(&self, a: &BigUint, b: &BigUint) -> BigUint {
        if a >= b { a - b } else { a + &self.p - b }
    }

    fn infinity() -> Point {
        Point {
            x: BigUint::from(1_u8),
            y: BigUint::from(1_u8),
            z: BigUint::ZERO,
        }
    }

    fn double(&self, point: &Point) -> Point {
        if point.z == BigUint::ZERO || point.y == BigUint::ZERO {
            return Self::infinity();
        }
        let yy = self.mul(&point.y, &point.y);
        let s = (self.mul(&point.x, &yy) << 2_u8) % &self.p;
        let zz = self.mul(&point.z, &point.z);
        let m = (self.mul(&point.x, &point.x) * 3_u8 + self.mul(&self.a, &self.mul(&zz, &zz)))
            % &self.p;
        let x = self.sub(&self.mul(&m, &m), &((&s << 1_u8) % &self.p));
        let eight = (self.mul(&yy, &yy) << 3_u8) % &self.p;
        let y = self.sub(&self.mul(&m, &self.sub(&s, &x)), &eight);
        let z = (self.mul(&point.y, &point.z) << 1_u8) % &self.p;
        Point { x, y, z }
    }

    fn add(&self, one: &Point, two: &Point) -> Point {
        if one.z == BigUint::ZERO {
            return two.clone();
        }
        if two.z == BigUint::ZERO {
            return one.clone();
        }
        let (z1, z2) = (self.mul(&one.z, &one.z), self.mul(&two.z, &two.z));
        let (u1, u2) = (self.mul(&one.x, &z2), self.mul(&two.x, &z1));
        let s1 = self.mul(&one.y, &self.mul(&z2, &two.z));
        let s2 = self.mul(&two.y, &self.mul(&z1, &one.z));
        if u1 == u2 {
            return if s1 == s2 {
                self.double(one)
            } else {
                Self::infinity()
            };
        }
        let (h, r) = (self.sub(&u2, &u1), self.sub(&s2, &s1));
        let hh = self.mul(&h, &h);
        let hhh = self.mul(&hh, &h);
        let v = self.mul(&u1, &hh);
        let x = self.sub(
            &self.sub(&self.mul(&r, &r), &hhh),
            &((&v << 1_u8) % &self.p),
        );
        let y = self.sub(&self.mul(&r, &self.sub(&v, &x)), &self.mul(&s1, &hhh));
        let z = self.mul(&h, &self.mul(&one.z, &two.z));
        Point { x, y, z }
    }

    /// The x coordinate of u1 g + u2 q; nothing at infinity.
    fn combine(&self, u1: &BigUint, g: &Point, u2: &BigUint, q: &Point) -> Option<BigUint> {
        let both = self.add(g, q);
        let mut sum = Self::infinity();
        for bit in (0..u1.bits().max(u2.bits())).rev() {
            sum = self.double(&sum);
            sum = match (u1.bit(bit), u2.bit(bit)) {
                (true, true) => self.add(&sum, &both),
                (true, false) => self.add(&sum, g),
                (false, true) => self.add(&sum, q),
                (false, false) => sum,
            };
        }
        let inverse = sum.z.modinv(&self.p)?;
        Some(self.mul(&sum.x, &self.mul(&inverse, &inverse)))
    }
}
