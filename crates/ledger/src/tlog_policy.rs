//! Whose signatures make a checkpoint good: known logs, known witnesses, and a quorum of them. Source: C2SP tlog-policy.
//!
//! Refuses: names used before they are defined, defined twice, or listed in more than one group (a witness counts once);
//! two keys with the same public key under different names; anything but one `quorum` line; a last line without newline,
//! which is how a policy that was cut off looks.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::{Checkpoint, CheckpointError, Opened};
use crate::key::{KeyError, VerifierKey};
use crate::note::Verified;
use crate::text::{from_decimal, quote};

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
        let mut reader = Reader::default();
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

/// What the lines so far have defined.
#[derive(Default)]
struct Reader {
    logs: Vec<VerifierKey>,
    witnesses: BTreeMap<String, VerifierKey>,
    groups: BTreeMap<String, Group>,
    members: BTreeSet<String>,
    quorum: Option<Option<String>>,
}

impl Reader {
    fn line(&mut self, line: usize, items: &[&str]) -> Result<(), PolicyError> {
        match items {
            ["log", key] | ["log", key, _] => self.log(line, key),
            ["witness", name, key] | ["witness", name, key, _] => self.witness(line, name, key),
            ["group", name, least, members @ ..] => self.group(line, name, least, members),
            ["quorum", name] => self.quorum(line, name),
            _ => Err(PolicyError::Form(line)),
        }
    }

    fn log(&mut self, line: usize, key: &str) -> Result<(), PolicyError> {
        let key = parse_key(line, key)?;
        if !key.kind().is_for_logs() {
            return Err(PolicyError::KeyType(line));
        }
        if self.logs.iter().any(|k| k.public_key() == key.public_key()) {
            return Err(PolicyError::RepeatedKey(line));
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, line: usize, name: &str, key: &str) -> Result<(), PolicyError> {
        let key = parse_key(line, key)?;
        if !key.kind().is_for_witnesses() {
            return Err(PolicyError::KeyType(line));
        }
        let same = |k: &VerifierKey| k.public_key() == key.public_key();
        if self.witnesses.values().any(same) {
            return Err(PolicyError::RepeatedKey(line));
        }
        self.free(line, name)?;
        self.witnesses.insert(name.to_owned(), key);
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &str,
        least: &str,
        members: &[&str],
    ) -> Result<(), PolicyError> {
        self.free(line, name)?;
        for member in members {
            self.defined(line, member)?;
            if !self.members.insert((*member).to_owned()) {
                let name = quote(member);
                return Err(PolicyError::Member { line, name });
            }
        }
        let least = match least {
            "any" => Some(1),
            "all" => Some(members.len() as u64),
            number => from_decimal(number),
        };
        let least = least
            .filter(|k| (1..=members.len() as u64).contains(k))
            .ok_or(PolicyError::Threshold(line))?;
        let members = members.iter().map(|m| (*m).to_owned()).collect();
        let least = least as usize;
        self.groups
            .insert(name.to_owned(), Group { least, members });
        Ok(())
    }

    fn quorum(&mut self, line: usize, name: &str) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::Quorum);
        }
        if name != "none" {
            self.defined(line, name)?;
        }
        self.quorum = Some((name != "none").then(|| name.to_owned()));
        Ok(())
    }

    fn is_defined(&self, name: &str) -> bool {
        self.witnesses.contains_key(name) || self.groups.contains_key(name)
    }

    fn defined(&self, line: usize, name: &str) -> Result<(), PolicyError> {
        if self.is_defined(name) {
            return Ok(());
        }
        let name = quote(name);
        Err(PolicyError::Undefined { line, name })
    }

    fn free(&self, line: usize, name: &str) -> Result<(), PolicyError> {
        if name != "none" && !self.is_defined(name) {
            return Ok(());
        }
        let name = quote(name);
        Err(PolicyError::Taken { line, name })
    }

    fn finish(self) -> Result<TlogPolicy, PolicyError> {
        let counts = [self.logs.len(), self.witnesses.len(), self.groups.len()];
        if counts.into_iter().any(|count| count > MAX_DEFINITIONS) {
            return Err(PolicyError::TooMany);
        }
        Ok(TlogPolicy {
            quorum: self.quorum.ok_or(PolicyError::Quorum)?,
            logs: self.logs,
            witnesses: self.witnesses,
            groups: self.groups,
        })
    }
}

fn parse_key(line: usize, key: &str) -> Result<VerifierKey, PolicyError> {
    key.parse()
        .map_err(|source| PolicyError::Key { line, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{CosignerKey, LogKey};

    fn log() -> LogKey {
        LogKey::from_seed("ledger.example", &[1; 32]).unwrap()
    }

    fn witness(i: u8) -> CosignerKey {
        CosignerKey::from_seed(&format!("w{i}.example"), &[10 + i; 32]).unwrap()
    }

    /// Attack 9: the tricks by which one witness could count as two, or none as enough.
    #[test]
    fn group_tricks_are_refused() {
        let (l, w1, w2) = (log(), witness(1), witness(2));
        let (l, w1, w2) = (l.verifier(), w1.verifier(), w2.verifier());
        let renamed = CosignerKey::from_seed("w1-again.example", &[11; 32]).unwrap();
        let renamed = renamed.verifier();
        let head = format!("log {l}\nwitness A {w1}\nwitness B {w2}\n");
        let parse = |rest: &str| TlogPolicy::parse(format!("{head}{rest}").as_bytes());
        assert!(parse("group g 2 A B\nquorum g\n").is_ok());
        assert!(parse("  # note\n\n\tgroup\tg  all A B \nquorum g\n").is_ok());
        assert!(parse("quorum none\n").is_ok());
        for bad in [
            "group g 2 A A\nquorum g\n",
            "group g any A\ngroup h all A B\nquorum h\n",
            "group g any A\ngroup h all g A\nquorum h\n",
            "group g any g\nquorum g\n",
            "group g 0 A B\nquorum g\n",
            "group g 3 A B\nquorum g\n",
            "group g 02 A B\nquorum g\n",
            "group g -1 A B\nquorum g\n",
            "group g any\nquorum g\n",
            "group g any A none\nquorum g\n",
            "group none any A\nquorum none\n",
            "group A any B\nquorum A\n",
            "quorum g\ngroup g any A\n",
            "quorum none\nquorum none\n",
            "quorum A",
            "quorum A B\n",
            "Quorum A\n",
            "quorum A\r\n",
            "quorum \u{b}A\n",
            "",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("witness C {renamed}\ngroup g 2 A C\nquorum g\n")).is_err());
        assert!(parse(&format!("witness C {l}\nquorum C\n")).is_err());
        assert!(parse(&format!("log {l}\nquorum A\n")).is_err());
        assert!(parse(&format!("log {w1}\nquorum A\n")).is_err());
    }

    #[test]
    fn a_policy_without_logs_needs_one_from_elsewhere() {
        let policy = TlogPolicy::parse(b"quorum none\n").unwrap();
        let root = crate::hash::sha256(b"r");
        let origin = "ledger.example".to_owned();
        let checkpoint = Checkpoint {
            origin,
            size: 1,
            root,
        };
        let note = checkpoint.sign(&log()).unwrap();
        let result = policy.check(note.as_bytes(), &[]);
        assert_eq!(result, Err(PolicyError::NoLog));
        let logs = [log().verifier().clone()];
        assert!(policy.check(note.as_bytes(), &logs).is_ok());
    }

    #[test]
    fn definitions_are_bounded() {
        let many = (0..=MAX_DEFINITIONS as u8)
            .map(|i| format!("witness n{i} {}\n", witness(i).verifier()))
            .collect::<String>();
        let result = TlogPolicy::parse(format!("{many}quorum n1\n").as_bytes());
        assert_eq!(result, Err(PolicyError::TooMany));
    }
}
