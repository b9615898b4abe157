//! Counting what the test runner reports.

use std::fmt;

/// Sums over the `test result:` lines of every test binary.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Summary {
    /// Adds a line of the runner's output, if it is one that counts.
    pub(crate) fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace().rev();
            let (Some(kind), Some(number)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// Whether everything ran, and passed: a skipped test shows nothing, and neither does a run of none.
    pub(crate) fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0 && self.skipped == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn sums_over_binaries() {
        let mut summary = Summary::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: FAILED. 4 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "  test result: ok. 9 passed; 9 failed; 9 ignored",
            "test result: \u{1b}[32mok\u{1b}[0m. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            summary.add(line);
        }
        assert_eq!(
            summary,
            Summary {
                passed: 8,
                failed: 2,
                skipped: 1
            }
        );
        assert_eq!(summary.to_string(), "8 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn nothing_run_and_anything_skipped_are_not_good() {
        let good = Summary {
            passed: 1,
            failed: 0,
            skipped: 0,
        };
        assert!(good.is_good());
        assert!(!Summary::default().is_good());
        assert!(!Summary { failed: 1, ..good }.is_good());
        assert!(
            !Summary {
                passed: 1,
                failed: 0,
                skipped: 1
            }
            .is_good()
        );
    }
}
