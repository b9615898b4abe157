//! The statement with which a ledger goes on after a restore: under another origin, naming what was lost.
//!
//! A database that comes back from a back-up has forgotten heads that were signed. Going on would fork the ledger; so it
//! goes on as another one, whose first entries are those that are left, and whose first own record
//! ([`Kind::LedgerReopened`](crate::Kind)) holds the digest of this statement in `blob`. The statement is a signed note
//! (C2SP signed-note) by the key of the old ledger and that of the new: whoever has pinned the old key learns the new one
//! from it, and whoever holds an old checkpoint sees whether what it covers is left.
//!
//! ```text
//! bonafide ledger reopened 1
//! old ORIGIN                      the ledger that ended
//! new ORIGIN                      the ledger that begins
//! new-key VERIFIER                the key that signs it
//! trusted SIZE ROOT               the last head of the old one that is known to have been signed
//! kept SIZE ROOT                  the entries that are left, which are the first of the new one
//! carried COUNT                   records that had no place in the old one yet and get it in the new one
//! at TIME
//! actor NAME
//! reason TEXT
//! ```
//!
//! The second line of a checkpoint is a number, so that none can be taken for the other.

use bonafide_model::Timestamp;

use crate::hash::Hash;
use crate::key::{LogKey, VerifierKey, check_name};
use crate::note::{Note, NoteError};
use crate::text::from_decimal;

const FIRST_LINE: &str = "bonafide ledger reopened 1";
/// The longest reason: it is read by strangers for years.
pub const REASON_MAX_CHARS: usize = 500;

/// What is stated when a ledger is reopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopening {
    /// The origin of the ledger that ended.
    pub old: String,
    /// The origin of the one that begins.
    pub new: String,
    /// The key that verifies it.
    pub new_key: VerifierKey,
    /// Size and root of the last head of the old one that is known to have been signed; size 0 if none is.
    pub trusted: (u64, Hash),
    /// Size and root of what is left.
    pub kept: (u64, Hash),
    /// Records without a place that are carried over.
    pub carried: u64,
    /// When.
    pub at: Timestamp,
    /// The pseudonym of who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// Why something is not a statement of a reopening.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReopeningError {
    /// Not a signed note, or not signed by a known key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line that is missing or not of its form.
    #[error("line `{0}` of the statement is missing or not of its form")]
    Line(&'static str),
    /// Signed by one of the two keys alone.
    #[error("the statement is not signed by the keys of both ledgers")]
    Signatures,
    /// The signing library failed.
    #[error("the statement could not be signed")]
    Signing,
}

impl Reopening {
    /// Records of the old ledger that are known to have been signed and are not left.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.trusted.0.saturating_sub(self.kept.0)
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let head = |(size, root): (u64, Hash)| format!("{size} {}", root.to_base64());
        format!(
            "{FIRST_LINE}\nold {}\nnew {}\nnew-key {}\ntrusted {}\nkept {}\ncarried {}\nat {}\nactor {}\nreason {}\n",
            self.old,
            self.new,
            self.new_key,
            head(self.trusted),
            head(self.kept),
            self.carried,
            self.at,
            self.actor,
            self.reason
        )
    }

    /// Reads the text.
    ///
    /// # Errors
    /// Says which line is not of its form.
    pub fn parse(text: &str) -> Result<Self, ReopeningError> {
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(ReopeningError::Line("first"));
        }
        let mut take = |name: &'static str| {
            let line = lines.next().and_then(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.strip_prefix(' '))
                .ok_or(ReopeningError::Line(name))
        };
        let head = |name, text: &str| {
            let (size, root) = text.split_once(' ').ok_or(ReopeningError::Line(name))?;
            let size = from_decimal(size).ok_or(ReopeningError::Line(name))?;
            let root = Hash::from_base64(root).ok_or(ReopeningError::Line(name))?;
            Ok::<_, ReopeningError>((size, root))
        };
        let origin = |name, text: &str| {
            check_name(text).map_err(|_| ReopeningError::Line(name))?;
            Ok::<_, ReopeningError>(text.to_owned())
        };
        let read = Self {
            old: origin("old", take("old")?)?,
            new: origin("new", take("new")?)?,
            new_key: take("new-key")?
                .parse()
                .map_err(|_| ReopeningError::Line("new-key"))?,
            trusted: head("trusted", take("trusted")?)?,
            kept: head("kept", take("kept")?)?,
            carried: from_decimal(take("carried")?).ok_or(ReopeningError::Line("carried"))?,
            at: take("at")?
                .parse()
                .map_err(|_| ReopeningError::Line("at"))?,
            actor: take("actor")?.to_owned(),
            reason: take("reason")?.to_owned(),
        };
        if lines.next().is_some() || read.text() != text {
            return Err(ReopeningError::Line("reason"));
        }
        Ok(read)
    }

    /// Signs it with the keys of both ledgers.
    ///
    /// # Errors
    /// If the reason has more than one line or is too long, or the library fails.
    pub fn sign(&self, old: &LogKey, new: &LogKey) -> Result<String, ReopeningError> {
        let long = self.reason.chars().count() > REASON_MAX_CHARS;
        if long || self.reason.trim().is_empty() || self.reason.contains(char::is_control) {
            return Err(ReopeningError::Line("reason"));
        }
        let text = self.text();
        Self::parse(&text)?;
        let line = |key: &LogKey| key.sign(&text).ok_or(ReopeningError::Signing);
        Ok(format!("{text}\n{}{}", line(old)?, line(new)?))
    }

    /// Reads a signed statement; both the key of the old ledger, which is given, and the key that it names must have signed.
    ///
    /// # Errors
    /// Says why it is refused.
    pub fn open(note: &[u8], old: &VerifierKey) -> Result<Self, ReopeningError> {
        let note = Note::parse(note)?;
        let read = Self::parse(&note.text)?;
        let keys = [old.clone(), read.new_key.clone()];
        let verified = note.verify(&keys)?;
        let both = keys.iter().all(|k| verified.iter().any(|v| v.key == *k));
        let named = old.name() == read.old && read.new_key.name() == read.new;
        match both && named && read.old != read.new {
            true => Ok(read),
            false => Err(ReopeningError::Signatures),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    fn made() -> (Reopening, LogKey, LogKey) {
        let old = LogKey::from_seed("ledger.example/a", &[1; 32]).unwrap();
        let new = LogKey::from_seed("ledger.example/a/2", &[2; 32]).unwrap();
        let made = Reopening {
            old: "ledger.example/a".into(),
            new: "ledger.example/a/2".into(),
            new_key: new.verifier().clone(),
            trusted: (12, sha256(b"t")),
            kept: (10, sha256(b"k")),
            carried: 1,
            at: Timestamp::from_millis(1_794_000_000_000).unwrap(),
            actor: "cli:jo".into(),
            reason: "the machine burned down".into(),
        };
        (made, old, new)
    }

    #[test]
    fn a_statement_opens_with_the_old_key_and_no_altered_one_does() {
        let (made, old, new) = made();
        let note = made.sign(&old, &new).unwrap();
        assert_eq!(
            Reopening::open(note.as_bytes(), old.verifier()),
            Ok(made.clone())
        );
        assert_eq!(made.lost(), 2);
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let opened = Reopening::open(&bytes, old.verifier());
            assert!(opened.is_err(), "byte {place}");
        }
        assert!(Reopening::open(note.as_bytes(), new.verifier()).is_err());
        let alone = format!("{}\n{}", made.text(), new.sign(&made.text()).unwrap());
        assert!(Reopening::open(alone.as_bytes(), old.verifier()).is_err());
    }

    #[test]
    fn a_statement_is_no_checkpoint_and_a_checkpoint_no_statement() {
        let (made, ..) = made();
        assert!(crate::Checkpoint::parse(&made.text()).is_err());
        assert!(Reopening::parse("ledger.example/a\n3\nAAAA\n").is_err());
    }

    #[test]
    fn a_reason_is_one_line() {
        let (mut made, old, new) = made();
        for reason in ["", " ", "two\nlines", "nul\0"] {
            made.reason = reason.into();
            assert!(made.sign(&old, &new).is_err(), "{reason:?}");
        }
    }
}
