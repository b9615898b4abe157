//! One-time codes that show control of a telephone, a mailbox or a letter box: how they are drawn, how long they
//! are good, and how many answers they take.
//!
//! A code is no authenticator: it shows once that somebody received it. It is kept as a keyed hash, is good once, and gives
//! the same answer for a wrong code, a used one and one out of time. Pure: instants and chance are parameters.

use aws_lc_rs::{constant_time, hmac};
use bonafide_model::{Entropy, Timestamp};

/// Digits of a code at least: 6 digits are just below 20 bits, so that guesses are few ([`Terms::tries`]).
pub const DIGITS_LEAST: u8 = 6;

/// Digits of a code at most: longer ones are mistyped.
pub const DIGITS_MOST: u8 = 12;

/// Answers that a code takes at most: with 6 digits, ten answers find it once in 100,000 times.
pub const TRIES_MOST: u8 = 10;

/// Codes to one target within a day.
pub const SENT_PER_DAY_MOST: usize = 5;

/// Milliseconds between two codes to one target.
pub const SENT_APART_MS: i64 = 60_000;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How a code travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A text message.
    Sms,
    /// A call.
    Voice,
    /// E-mail.
    Email,
    /// A letter within the contiguous United States.
    PostContiguousUs,
    /// A letter to elsewhere.
    PostElsewhere,
}

impl Channel {
    /// The longest time that a code is good, in milliseconds (NIST SP 800-63A, enrolment codes).
    #[must_use]
    pub fn lifetime_most_ms(self) -> i64 {
        match self {
            Self::Sms | Self::Voice => 10 * MINUTE_MS,
            Self::Email => 24 * HOUR_MS,
            Self::PostContiguousUs => 21 * DAY_MS,
            Self::PostElsewhere => 30 * DAY_MS,
        }
    }
}

/// Terms that R-049 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Too long or not positive.
    #[error("a code by this channel must be good for more than 0 and at most {0} milliseconds")]
    Lifetime(i64),
    /// Too few or too many digits.
    #[error("a code must have {DIGITS_LEAST} to {DIGITS_MOST} digits")]
    Digits,
    /// None or too many answers.
    #[error("a code must take 1 to {TRIES_MOST} answers")]
    Tries,
}

/// How codes by one channel are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    lifetime_ms: i64,
    digits: u8,
    tries: u8,
}

impl Terms {
    /// The longest lifetime of the channel, 8 digits by post and 6 otherwise, 5 answers.
    #[must_use]
    pub fn of(channel: Channel) -> Self {
        let digits = match channel {
            Channel::PostContiguousUs | Channel::PostElsewhere => 8,
            _ => DIGITS_LEAST,
        };
        Self {
            lifetime_ms: channel.lifetime_most_ms(),
            digits,
            tries: 5,
        }
    }

    /// Terms of an operator's own.
    ///
    /// # Errors
    /// Beyond the bounds of R-049.
    pub fn new(
        channel: Channel,
        lifetime_ms: i64,
        digits: u8,
        tries: u8,
    ) -> Result<Self, TermsError> {
        let most = channel.lifetime_most_ms();
        if !(1..=most).contains(&lifetime_ms) {
            return Err(TermsError::Lifetime(most));
        }
        if !(DIGITS_LEAST..=DIGITS_MOST).contains(&digits) {
            return Err(TermsError::Digits);
        }
        if !(1..=TRIES_MOST).contains(&tries) {
            return Err(TermsError::Tries);
        }
        Ok(Self {
            lifetime_ms,
            digits,
            tries,
        })
    }

    /// Answers that a code takes.
    #[must_use]
    pub fn tries(self) -> u8 {
        self.tries
    }

    /// Draws a code, each as likely as any other, and what is kept of it.
    #[must_use]
    pub fn draw(self, chance: &dyn Entropy, key: &[u8; 32], at: Timestamp) -> (String, Challenge) {
        let mut code = String::with_capacity(usize::from(self.digits));
        while code.len() < usize::from(self.digits) {
            let mut byte = [0];
            chance.fill(&mut byte);
            let [byte] = byte;
            // Bytes above are thrown away, because they would make some digits likelier.
            if byte < 250 {
                code.push(char::from(b'0' + byte % 10));
            }
        }
        let challenge = Challenge {
            digest: digest(key, &code),
            expires_at: at.plus_millis(self.lifetime_ms),
            tries_left: self.tries,
        };
        (code, challenge)
    }
}

/// What is kept of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// A keyed hash of it.
    pub digest: [u8; 32],
    /// The first instant at which it is not good any more.
    pub expires_at: Timestamp,
    /// Answers that it still takes; none once it was answered rightly.
    pub tries_left: u8,
}

impl Challenge {
    /// Whether an answer is the code, in time, and the first right one. Every answer uses up one try; a right one uses up
    /// all, so that the code is good once. The caller keeps what is left.
    #[must_use]
    pub fn answer(&mut self, key: &[u8; 32], answer: &str, at: Timestamp) -> bool {
        let open = self.tries_left > 0 && at < self.expires_at;
        self.tries_left = self.tries_left.saturating_sub(1);
        let typed: String = answer
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        let same = constant_time::verify_slices_are_equal(&digest(key, &typed), &self.digest);
        let good = open && same.is_ok();
        if good {
            self.tries_left = 0;
        }
        good
    }
}

fn digest(key: &[u8; 32], code: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), code.as_bytes());
    let mut out = [0; 32];
    for (out, byte) in out.iter_mut().zip(tag.as_ref()) {
        *out = *byte;
    }
    out
}

/// Whether another code may go to a target to which codes went at these instants.
#[must_use]
pub fn may_send(sent: &[Timestamp], at: Timestamp) -> bool {
    let since = |at: Timestamp, span: i64| at.plus_millis(-span);
    let today = sent
        .iter()
        .filter(|sent| **sent > since(at, DAY_MS))
        .count();
    let close = sent.iter().any(|sent| *sent > since(at, SENT_APART_MS));
    today < SENT_PER_DAY_MOST && !close
}
