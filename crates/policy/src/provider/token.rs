//! What the provider's tokens of entitlements say: for whom, for how long, and what holds when nobody can be asked.

use serde::{Deserialize, Serialize};

/// The longest life of a token: what it says can be a day old.
pub const LIFETIME_MAX_SECONDS: u32 = 24 * 60 * 60;
/// The longest grace after it.
pub const GRACE_MAX_SECONDS: u32 = 30 * 24 * 60 * 60;

/// What to do with what runs when a token has expired, its grace is over, and Bonafide cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnreachable {
    /// Go on as the token says, new orders included.
    Keep,
    /// Leave what runs, provide nothing new.
    DenyNew,
    /// Suspend what runs, provide nothing new.
    Freeze,
}

impl OnUnreachable {
    /// The word used in files and tokens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::DenyNew => "deny_new",
            Self::Freeze => "freeze",
        }
    }
}

/// What holds when Bonafide cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreachable {
    /// What to do when the grace is over.
    pub on_unreachable: OnUnreachable,
    /// How long after its expiry a token still holds, in seconds.
    pub grace_seconds: u32,
}

/// What tokens say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenTerms {
    /// For whom they are: what a provisioner demands of `aud`.
    pub audience: String,
    /// How long one is good, in seconds.
    pub lifetime_seconds: u32,
    /// For accounts that run.
    pub approved: Unreachable,
    /// For accounts on provisional terms, which nothing may outlive.
    pub provisional: Unreachable,
}

impl Default for TokenTerms {
    /// A quarter of an hour, an hour of grace, then nothing new: an outage of an hour is not felt, and nobody loses what
    /// runs by one.
    fn default() -> Self {
        let unreachable = Unreachable {
            on_unreachable: OnUnreachable::DenyNew,
            grace_seconds: 60 * 60,
        };
        Self {
            audience: "provisioner".to_owned(),
            lifetime_seconds: 15 * 60,
            approved: unreachable,
            provisional: unreachable,
        }
    }
}

impl TokenTerms {
    /// What is wrong with them, and how to mend it.
    pub(super) fn mistake(&self) -> Option<(String, &'static str)> {
        let audience = &self.audience;
        if audience.is_empty()
            || audience.len() > 255
            || !audience.bytes().all(|b| b.is_ascii_graphic())
        {
            let text = "`audience` is no name".to_owned();
            return Some((text, "write 1 to 255 visible ASCII characters"));
        }
        if !(1..=LIFETIME_MAX_SECONDS).contains(&self.lifetime_seconds) {
            let text = format!("`lifetime_seconds` is {}", self.lifetime_seconds);
            return Some((text, "write 1 to 86400, a day"));
        }
        let graces = [self.approved.grace_seconds, self.provisional.grace_seconds];
        if let Some(grace) = graces.iter().find(|s| **s > GRACE_MAX_SECONDS) {
            let text = format!("`grace_seconds` is {grace}");
            return Some((text, "write at most 2592000, thirty days"));
        }
        (self.provisional.on_unreachable == OnUnreachable::Keep).then(|| {
            let text = "`keep` would let provisional terms outlive their time".to_owned();
            (text, "write `deny_new` or `freeze`")
        })
    }
}
