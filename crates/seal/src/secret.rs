//! [`Secret`]: a value that is erased from memory when dropped and never printed.
//!
//! It cannot be serialised, compared or copied by accident: whoever needs the value writes `expose()`, which can be
//! searched for. The value lies in its own heap block, so that moving a `Secret` leaves no copy behind on the stack.

use std::fmt;

use bonafide_model::Entropy;
use zeroize::Zeroize;

/// What every secret prints in place of its value.
const PRINTED: &str = "[sealed]";

/// A value that is overwritten when dropped and prints as `[sealed]`.
pub struct Secret<T: Zeroize>(Box<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Box::new(value))
    }

    /// The value itself. Each use is a place to look at in review.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<const N: usize> Secret<[u8; N]> {
    /// Random bytes, written in place.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut secret = Self::new([0; N]);
        entropy.fill(secret.0.as_mut());
        secret
    }

    /// A copy of bytes of exactly this length; `None` for another length.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::new([0; N]);
        (bytes.len() == N).then(|| {
            secret.0.copy_from_slice(bytes);
            secret
        })
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PRINTED)
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PRINTED)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    struct Witness(Rc<RefCell<bool>>);

    impl Zeroize for Witness {
        fn zeroize(&mut self) {
            *self.0.borrow_mut() = true;
        }
    }

    #[test]
    fn a_secret_is_erased_on_drop_and_never_printed() {
        let erased = Rc::new(RefCell::new(false));
        drop(Secret::new(Witness(Rc::clone(&erased))));
        assert!(*erased.borrow());

        let secret = Secret::new(String::from("hunter2"));
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?}"),
            "[sealed] [sealed] [sealed]"
        );
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn only_the_exact_length_is_taken() {
        assert!(Secret::<[u8; 4]>::from_slice(&[1, 2, 3]).is_none());
        assert!(Secret::<[u8; 4]>::from_slice(&[1, 2, 3, 4, 5]).is_none());
        assert_eq!(
            Secret::<[u8; 4]>::from_slice(&[1, 2, 3, 4])
                .unwrap()
                .expose(),
            &[1, 2, 3, 4]
        );
    }
}
