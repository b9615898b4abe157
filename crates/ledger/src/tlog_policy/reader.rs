//! The lines of a policy, each judged by what the lines before it have defined.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, MAX_DEFINITIONS, PolicyError, TlogPolicy};
use crate::key::VerifierKey;
use crate::text::{from_decimal, quote};

/// What the lines so far have defined.
#[derive(Default)]
pub(super) struct Reader {
    logs: Vec<VerifierKey>,
    witnesses: BTreeMap<String, VerifierKey>,
    groups: BTreeMap<String, Group>,
    members: BTreeSet<String>,
    quorum: Option<Option<String>>,
}

impl Reader {
    pub(super) fn line(&mut self, line: usize, items: &[&str]) -> Result<(), PolicyError> {
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

    pub(super) fn finish(self) -> Result<TlogPolicy, PolicyError> {
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
