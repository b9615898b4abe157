//! What is known after evidence was looked at: whether it holds, how strong it is, what it states, and why it does not
//! hold.
//!
//! A [`Reason`] is for staff and programs. Applicants see only [`Next`], which says what they can do and never which
//! datum failed: telling that a date of birth did not match tells a forger what to change.

use bonafide_model::Strength;
use serde_json::{Map, Value};

/// What evidence states, by name.
pub type Claims = Map<String, Value>;

/// What is known after a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds; true exactly if there are no reasons.
    pub valid: bool,
    /// How strong the evidence is at most, if it holds and is evidence of identity; nothing otherwise.
    pub strength: Option<Strength>,
    /// What valid evidence states; empty unless valid.
    pub claims: Claims,
    /// Why it does not hold.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// It holds, with this strength, and states this. A value that is not an object states nothing.
    #[must_use]
    pub fn valid(strength: impl Into<Option<Strength>>, claims: Value) -> Self {
        Self {
            valid: true,
            strength: strength.into(),
            claims: match claims {
                Value::Object(map) => map,
                _ => Map::new(),
            },
            reasons: Vec::new(),
        }
    }

    /// It does not hold, for these reasons. Without any it is still refused, as malformed.
    #[must_use]
    pub fn refused(mut reasons: Vec<Reason>) -> Self {
        if reasons.is_empty() {
            reasons.push(Reason::new(Code::Malformed, "refused without a reason"));
        }
        Self {
            valid: false,
            strength: None,
            claims: Map::new(),
            reasons,
        }
    }

    /// What an applicant is told to do, each thing once, in the order of the reasons.
    #[must_use]
    pub fn next_steps(&self) -> Vec<Next> {
        let mut steps = Vec::new();
        for reason in &self.reasons {
            let next = reason.code.next();
            if !steps.contains(&next) {
                steps.push(next);
            }
        }
        steps
    }
}

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        Self::refused(vec![reason])
    }
}

impl From<Result<Self, Reason>> for Verdict {
    fn from(result: Result<Self, Reason>) -> Self {
        result.unwrap_or_else(Self::from)
    }
}

/// One reason, for staff and programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Reason {
    /// For programs.
    pub code: Code,
    /// For staff: which datum failed, and how to mend it.
    pub text: String,
}

impl Reason {
    /// A reason with its text for staff.
    #[must_use]
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

/// What an applicant can do next. Says nothing about what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Next {
    /// Give the same thing again: it was not readable, or came too late.
    Repeat,
    /// Give a document or credential that is in force.
    Current,
    /// Give other evidence.
    Other,
    /// Nothing: the operator's set-up is wrong, and staff are told.
    Wait,
}

impl Next {
    /// What the applicant is told, in English; other languages are texts of the page that shows it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Repeat => "We could not read this. Please send it again.",
            Self::Current => {
                "This is not in force on the day of the check. Please send one that is."
            }
            Self::Other => {
                "We could not accept this. Please choose another way to show it, or ask for a person to look at it."
            }
            Self::Wait => {
                "We could not check this now. You need not do anything; we will tell you."
            }
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal => $next:ident,)+) => {
        /// The codes of reasons; the list only grows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As answers write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// What an applicant is told to do.
            #[must_use]
            pub fn next(self) -> Next {
                match self {
                    $(Self::$variant => Next::$next,)+
                }
            }
        }
    };
}

codes! {
    // Of every kind; those that the ledger's kinds have too are spelt as there.
    /// No such kind.
    UnknownKind = "unknown_kind" => Wait,
    /// A key of the context is missing, unknown or not of its form.
    Context = "context" => Wait,
    /// The input is not of its form.
    Malformed = "malformed" => Repeat,
    /// The input is larger than its kind can be.
    TooLarge = "too_large" => Repeat,
    /// A key is not of its form, or of a type that is not supported.
    Key = "key" => Other,
    /// An algorithm that is not accepted.
    Algorithm = "algorithm" => Other,
    /// A signature does not hold.
    BadSignature = "bad_signature" => Other,
    /// No trust anchor vouches for the signer.
    Untrusted = "untrusted" => Other,
    /// A certificate that must not be used for this, or whose chain breaks a rule.
    Certificate = "certificate" => Other,
    /// Its time is over.
    Expired = "expired" => Current,
    /// Its time has not come.
    NotYetValid = "not_yet_valid" => Current,
    /// Answers another question: nonce, audience, session or domain of another.
    Binding = "binding" => Repeat,

    // Documents and control.
    /// A check digit that does not fit.
    CheckDigit = "check_digit" => Repeat,
    /// A date that no calendar has.
    Date = "date" => Repeat,
    /// Data that do not have the digest that was signed.
    Digest = "digest" => Other,
    /// A document or signer of another country than it should be.
    Country = "country" => Other,
    /// Something else was signed than a document of this kind.
    ContentType = "content_type" => Other,
    /// Revoked by its issuer.
    Revoked = "revoked" => Other,
    /// Statements within the evidence that contradict each other.
    Contradiction = "contradiction" => Other,

    // Wallets and organisations.
    /// Another issuer than the one expected, or than the key belongs to.
    Issuer = "other_issuer" => Other,
    /// Another credential type, document type or token type than expected.
    Type = "other_type" => Other,
    /// Made for another verifier.
    Audience = "other_audience" => Repeat,
    /// Answers another request.
    Nonce = "wrong_nonce" => Repeat,
    /// Answers a request that has been answered.
    Replayed = "replayed" => Repeat,
    /// Made too long ago, or in the future.
    Stale = "stale" => Repeat,
    /// The holder did not prove to have the key, or proved another one.
    KeyBinding = "key_binding" => Other,
    /// A disclosure that is unused, given twice, not readable or of a name that is reserved.
    Disclosure = "disclosure" => Other,
    /// Suspended by its issuer.
    Suspended = "suspended" => Current,
    /// Its status could not be established.
    Status = "status_unknown" => Wait,
    /// Ends in the middle.
    Truncated = "truncated" => Repeat,
    /// An item of indefinite length.
    Indefinite = "indefinite_length" => Repeat,
    /// Nested too deeply, or of too many parts.
    Nesting = "nesting" => Repeat,
    /// A name that stands twice.
    DuplicateKey = "duplicate_key" => Repeat,
    /// An integer that not every reader keeps.
    Integer = "integer" => Repeat,
    /// Not what the published schema asks for.
    Schema = "schema" => Repeat,
    /// References between parts that lead nowhere, or to a part of the wrong kind.
    Reference = "reference" => Repeat,
    /// A query that the standard does not allow.
    Query = "query" => Wait,
    /// A response that does not hold what was asked for.
    Unsatisfied = "not_satisfied" => Other,
    /// A message that cannot be decrypted.
    Decryption = "decryption" => Repeat,
    /// A length or form that this number does not have.
    Form = "form" => Repeat,
    /// A number of a scheme or country that is not known.
    Scheme = "scheme" => Wait,
    /// A person who may not act for the organisation, or not alone, or not in this matter.
    Authority = "authority" => Other,
}
