//! Whose signatures make a checkpoint good: known logs, known witnesses, and a quorum of them. Source: C2SP tlog-policy.
//!
//! Refuses: names used before they are defined, defined twice, or listed in more than one group (a witness counts once);
//! two keys with the same public key under different names; anything but one `quorum` line; a last line without newline,
//! which is how a policy that was cut off looks.

mod reader;

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::{Checkpoint, CheckpointError, Opened};
use crate::key::{KeyError, VerifierKey};
use crate::note::Verified;
use crate::text::quote;

/// The longest policy: 64 logs and witnesses with keys of the longest type.
pub(crate) const MAX_POLICY_BYTES: usize = 256 * 1024;

/// The most logs, witnesses and groups, each. The specification asks for at least 32.
pub(crate) const MAX_DEFINITIONS: usize = 64;

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogPolicy {
    logs: Vec<VerifierKey>,
    witnesses: BTreeMap<String, VerifierKey>,
    groups: BTreeMap<String, Group>,
    /// `None` for `quorum none`.
    quorum: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    least: usize,
    members: Vec<String>,
}

/// Why a policy, or a checkpoint under it, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Too long.
    #[error("the policy has {0} bytes, and at most {MAX_POLICY_BYTES} are read")]
    TooLong(usize),
    /// Not of the character set, or without a last newline.
    #[error(
        "the policy must be UTF-8 lines that each end with a newline, without control characters but tabs"
    )]
    Characters,
    /// A line that is none of the four forms.
    #[error("line {0} of the policy is not of the form `log`, `witness`, `group` or `quorum`")]
    Form(usize),
    /// A key that is refused.
    #[error("line {line} of the policy: {source}")]
    Key {
        /// The line.
        line: usize,
        /// Why.
        source: KeyError,
    },
    /// A key of a type that does not fit its use.
    #[error(
        "line {0} of the policy: logs have keys of type 0x01 or 0x06, witnesses of type 0x04 or 0x06"
    )]
    KeyType(usize),
    /// A public key that stands in the policy already.
    #[error("line {0} of the policy repeats a public key")]
    RepeatedKey(usize),
    /// A name that is taken or reserved.
    #[error("line {line} of the policy defines `{name}`, which is defined already or reserved")]
    Taken {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that no earlier line defines.
    #[error("line {line} of the policy uses `{name}`, which no earlier line defines")]
    Undefined {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that is a member of a group already.
    #[error("line {line} of the policy lists `{name}`, which is a member of a group already")]
    Member {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A threshold outside 1 to the number of members.
    #[error(
        "line {0} of the policy: the threshold must be `any`, `all` or a number from 1 to the number of members"
    )]
    Threshold(usize),
    /// Not exactly one quorum line.
    #[error("the policy must have exactly one `quorum` line")]
    Quorum,
    /// More definitions of one sort than are read.
    #[error("the policy defines more than {MAX_DEFINITIONS} logs, witnesses or groups")]
    TooMany,
    /// A policy without logs used without a log key from elsewhere.
    #[error("the policy names no log, and none was given beside it")]
    NoLog,
    /// The checkpoint is refused before its quorum is counted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Too few witnesses.
    #[error("the witnesses that cosigned ({0}) are not a quorum")]
    NoQuorum(String),
}

impl TlogPolicy {
    /// A policy of given logs and witnesses of whom at least `least` must cosign; 0 asks for none.
    ///
    /// # Errors
    /// As [`TlogPolicy::parse`].
    pub fn of_keys(
        logs: &[VerifierKey],
        witnesses: &[VerifierKey],
        least: u64,
    ) -> Result<Self, PolicyError> {
        let mut text = String::new();
        for log in logs {
            text.push_str(&format!("log {log}\n"));
        }
        for (i, witness) in witnesses.iter().enumerate() {
            text.push_str(&format!("witness w{i} {witness}\n"));
        }
        if least == 0 {
            text.push_str("quorum none\n");
        } else {
            let names: Vec<String> = (0..witnesses.len()).map(|i| format!("w{i}")).collect();
            text.push_str(&format!("group all-of-them {least} {}\n", names.join(" ")));
            text.push_str("quorum all-of-them\n");
        }
        Self::parse(text.as_bytes())
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// Says which line is wrong and why.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::Characters)?;
        let refused = |c: char| (c < ' ' && c != '\n' && c != '\t') || c == '\u{7f}';
        let lines = text
            .strip_suffix('\n')
            .filter(|text| !text.contains(refused))
            .ok_or(PolicyError::Characters)?;
        let mut reader = reader::Reader::default();
        for (i, line) in lines.split('\n').enumerate() {
            let items: Vec<&str> = line.split([' ', '\t']).filter(|s| !s.is_empty()).collect();
            if !items.first().is_none_or(|first| first.starts_with('#')) {
                reader.line(i + 1, &items)?;
            }
        }
        reader.finish()
    }

    /// The logs it names.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// Checks a signed checkpoint: signed by one of the logs (or of `more_logs`), every known signature good, and
    /// cosigned by a quorum.
    ///
    /// # Errors
    /// Says why it is refused.
    pub fn check(&self, note: &[u8], more_logs: &[VerifierKey]) -> Result<Opened, PolicyError> {
        let logs: Vec<&VerifierKey> = self.logs.iter().chain(more_logs).collect();
        if logs.is_empty() {
            return Err(PolicyError::NoLog);
        }
        let known: Vec<VerifierKey> = logs
            .iter()
            .copied()
            .chain(self.witnesses.values())
            .cloned()
            .collect();
        let opened = Checkpoint::open(note, &known)?;
        let origin = &opened.checkpoint.origin;
        let by_log = |v: &Verified| logs.contains(&&v.key) && v.key.name() == origin;
        if !opened.verified.iter().any(by_log) {
            return Err(CheckpointError::NoLogSignature(quote(origin)).into());
        }
        let cosigned: BTreeSet<&str> = self
            .witnesses
            .iter()
            .filter(|(_, key)| opened.verified.iter().any(|v| v.key == **key))
            .map(|(name, _)| name.as_str())
            .collect();
        match &self.quorum {
            Some(name) if !self.has_witnessed(name, &cosigned) => {
                let names: Vec<&str> = cosigned.into_iter().collect();
                let names = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                Err(PolicyError::NoQuorum(names))
            }
            _ => Ok(opened),
        }
    }

    /// Groups name only what stands before them, so this ends.
    fn has_witnessed(&self, name: &str, cosigned: &BTreeSet<&str>) -> bool {
        match self.groups.get(name) {
            None => cosigned.contains(name),
            Some(group) => {
                let witnessed = |member: &&String| self.has_witnessed(member, cosigned);
                group.members.iter().filter(witnessed).count() >= group.least
            }
        }
    }
}

#[cfg(test)]
mod tests;
