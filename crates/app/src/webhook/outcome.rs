//! What an answer means, and when a failure is tried again. Pure.

use bonafide_connect::{HttpError, Reply, RetryAfter};
use bonafide_model::Timestamp;

/// Waits after the first failure, the second …, in seconds; after the last the delivery is given up. Together two days
/// and twenty hours: a receiver that breaks on a Friday evening is told on Monday.
pub(super) const WAITS_SECONDS: [i64; 12] = [
    5,
    30,
    2 * 60,
    10 * 60,
    30 * 60,
    60 * 60,
    2 * 60 * 60,
    4 * 60 * 60,
    8 * 60 * 60,
    12 * 60 * 60,
    16 * 60 * 60,
    24 * 60 * 60,
];
/// The most that a receiver can put off one attempt.
const RETRY_AFTER_MAX_MS: i64 = 24 * 60 * 60 * 1000;
/// A wait is spread by a fifth to either side, so that what failed together is not tried together.
const SPREAD_ONE_IN: i64 = 5;

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The other side has it.
    Arrived,
    /// The other side says that there is nobody any more.
    Gone,
    /// It failed.
    Failed {
        /// Why, in a word.
        error: String,
        /// When the other side wants to be asked again.
        after: Option<RetryAfter>,
        /// Whether the other side could not be reached at all, or said that it is too busy: others will fare no better.
        unreachable: bool,
    },
}

pub(super) fn judge(answer: &Result<Reply, HttpError>) -> Verdict {
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            return Verdict::Failed {
                error: error.code().to_owned(),
                after: None,
                unreachable: true,
            };
        }
    };
    let failed = |error: &str| Verdict::Failed {
        error: error.to_owned(),
        after: reply
            .retry_after
            .filter(|_| matches!(reply.status, 429 | 503)),
        unreachable: matches!(reply.status, 429 | 502..=504),
    };
    match reply.status {
        200..=299 => Verdict::Arrived,
        410 => Verdict::Gone,
        300..=399 => failed("redirect"),
        429 => failed("too_many_requests"),
        400..=499 => failed("rejected"),
        _ => failed("server_error"),
    }
}

/// When a delivery is tried again after so many failures; never when it is given up. `chance` is a random byte.
pub(super) fn next_attempt(
    failures: i64,
    after: Option<RetryAfter>,
    now: Timestamp,
    chance: u8,
) -> Option<Timestamp> {
    let index = usize::try_from(failures.max(1) - 1).ok()?;
    let wait = WAITS_SECONDS.get(index)? * 1000;
    let spread = wait / SPREAD_ONE_IN;
    let wait = wait - spread + spread * 2 * i64::from(chance) / 255;
    let asked = after.map_or(0, |after| asked_ms(after, now));
    Some(now.plus_millis(wait.max(asked)))
}

/// Milliseconds until the other side wants to be asked again.
pub(super) fn asked_ms(after: RetryAfter, now: Timestamp) -> i64 {
    let ms = match after {
        RetryAfter::Seconds(seconds) => i64::from(seconds) * 1000,
        RetryAfter::At(at) => at.as_millis() - now.as_millis(),
    };
    ms.clamp(0, RETRY_AFTER_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16) -> Result<Reply, HttpError> {
        Ok(Reply {
            status,
            retry_after: Some(RetryAfter::Seconds(60)),
        })
    }

    #[test]
    fn only_two_hundreds_have_arrived() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&reply(status)), Verdict::Arrived);
        }
        assert_eq!(judge(&reply(410)), Verdict::Gone);
        for (status, word, waits, unreachable) in [
            (302, "redirect", false, false),
            (400, "rejected", false, false),
            (404, "rejected", false, false),
            (429, "too_many_requests", true, true),
            (500, "server_error", false, false),
            (503, "server_error", true, true),
            (199, "server_error", false, false),
        ] {
            let Verdict::Failed {
                error,
                after,
                unreachable: no,
            } = judge(&reply(status))
            else {
                panic!("{status}");
            };
            assert_eq!(
                (error.as_str(), after.is_some(), no),
                (word, waits, unreachable),
                "{status}"
            );
        }
        let Verdict::Failed {
            error, unreachable, ..
        } = judge(&Err(HttpError::Timeout))
        else {
            panic!();
        };
        assert_eq!((error.as_str(), unreachable), ("timeout", true));
    }

    #[test]
    fn waits_grow_and_end() {
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let wait = |failures, after, chance| {
            next_attempt(failures, after, now, chance).map(|t| t.as_millis() - now.as_millis())
        };
        assert_eq!(wait(1, None, 0), Some(4_000));
        assert_eq!(wait(1, None, 255), Some(6_000));
        for failures in 1..12 {
            assert!(
                wait(failures, None, 127) < wait(failures + 1, None, 127),
                "{failures}"
            );
        }
        assert_eq!(wait(13, None, 0), None);
        assert_eq!(wait(1, Some(RetryAfter::Seconds(90)), 0), Some(90_000));
        assert_eq!(wait(12, Some(RetryAfter::Seconds(1)), 0), wait(12, None, 0));
        assert_eq!(
            wait(1, Some(RetryAfter::Seconds(u32::MAX)), 0),
            Some(RETRY_AFTER_MAX_MS)
        );
        assert_eq!(
            wait(1, Some(RetryAfter::At(now.plus_millis(-5))), 0),
            Some(4_000)
        );
        let days = WAITS_SECONDS.iter().sum::<i64>() / 3600;
        assert_eq!(days, 67);
    }
}
