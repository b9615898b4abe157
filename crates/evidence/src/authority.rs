//! Who may act for an organisation: officers by their rule of representation, and those they gave power to.
//!
//! Evidence of authority is an extract of a register, a resolution or a statute that names officers and says whether each
//! acts alone or how many act together, and powers of attorney that they gave. The question is whether those who act may do
//! so, in this matter, at this instant. Refuses: persons who are not named, one where two must act, powers outside of their
//! time or matter, powers given by those who had none to give or passed on without leave, extracts that are too old.
//! Source: FATF recommendation 10 (interpretive note, paragraph 4); Directive (EU) 2017/1132, article 14 (d).

mod evidence;

use std::collections::BTreeSet;

use bonafide_model::{DAY_MS, Timestamp};
use serde_json::{Value, json};

use crate::context::Reader;
use crate::verdict::{Code, Reason, Verdict};

pub use evidence::{Evidence, Grant, Officer, Rule};

/// Bytes of the evidence; the largest boards have some dozens of members.
pub(crate) const MOST_BYTES: usize = 256 * 1024;
/// Powers passed on from one to another.
const DEPTH_MAX: usize = 4;
/// Days that an extract of a register may be old, unless the context says otherwise.
const MAX_AGE_DAYS: i64 = 90;

fn refuse(text: impl Into<String>) -> Reason {
    Reason::new(Code::Authority, text)
}

/// The kind `authority`.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let evidence = Evidence::read(&crate::strict_json(input, "the evidence of authority")?)?;
    let acting = context.optional_texts("acting")?;
    let acting = acting
        .filter(|acting| !acting.is_empty())
        .ok_or_else(|| Reason::new(Code::Context, "`acting` in the context names who acts"))?;
    let matter = context.text("matter")?;
    let days = context
        .optional_number("max_age_days")?
        .unwrap_or(MAX_AGE_DAYS);
    if let Some(wanted) = context.optional_text("organisation")?
        && wanted != evidence.organisation
    {
        let text = "the evidence is about another organisation";
        return Err(Reason::new(Code::Contradiction, text));
    }
    let now = context.now();
    let age = now
        .as_millis()
        .saturating_sub(evidence.issued_at.as_millis());
    if age < 0 || age > days.saturating_mul(DAY_MS) {
        let text =
            format!("the evidence was not issued in the last {days} days: ask for a new extract");
        return Err(Reason::new(Code::Stale, text));
    }
    let acting: BTreeSet<&str> = acting.into_iter().collect();
    let how = evidence.may_act(&acting, matter, now)?;
    Ok(Verdict::valid(
        None,
        json!({
            "organisation": evidence.organisation,
            "acting": acting,
            "matter": matter,
            "by": how.as_str(),
            "source": evidence.source,
        }),
    ))
}

/// By what those who act may do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An office.
    Office,
    /// A power of attorney.
    Power,
}

impl By {
    /// As answers write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Power => "power_of_attorney",
        }
    }
}

impl Evidence {
    /// Whether these persons, together, may act for the organisation in a matter at an instant.
    ///
    /// # Errors
    /// If one of them is not named, or they may not.
    pub fn may_act(
        &self,
        acting: &BTreeSet<&str>,
        matter: &str,
        at: Timestamp,
    ) -> Result<By, Reason> {
        if let Some(stranger) = acting.iter().find(|id| !self.names(id)) {
            let text = format!(
                "nothing names {} as somebody who acts for the organisation",
                crate::quoted(Some(stranger))
            );
            return Err(refuse(text));
        }
        if self.by_office(acting, matter, at) {
            return Ok(By::Office);
        }
        if self.by_power(acting, matter, at, DEPTH_MAX) {
            return Ok(By::Power);
        }
        Err(refuse(
            "those who act may not do so in this matter: not at this time, not alone, or not at all",
        ))
    }

    fn names(&self, id: &str) -> bool {
        self.officers.iter().any(|officer| officer.id == id)
            || self.grants.iter().any(|grant| grant.to == id)
    }

    /// An officer who acts alone, or as many as their rule asks for. Each of those counted has the same rule.
    fn by_office(&self, acting: &BTreeSet<&str>, matter: &str, at: Timestamp) -> bool {
        let may: Vec<&Officer> = self
            .officers
            .iter()
            .filter(|officer| acting.contains(officer.id.as_str()))
            .filter(|officer| officer.span.holds(at) && covers(&officer.matters, matter))
            .collect();
        let together = |rule: Rule| may.iter().filter(|officer| officer.rule == rule).count();
        may.iter().any(|officer| match officer.rule {
            Rule::Alone => true,
            Rule::Together(count) => together(officer.rule) >= count,
        })
    }

    /// A power of attorney in force, given by those who could give it on the day they did.
    fn by_power(&self, acting: &BTreeSet<&str>, matter: &str, at: Timestamp, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        self.grants
            .iter()
            .filter(|grant| acting.contains(grant.to.as_str()))
            .filter(|grant| grant.span.holds(at) && covers(&grant.matters, matter))
            .any(|grant| {
                let by: BTreeSet<&str> = grant.by.iter().map(String::as_str).collect();
                self.by_office(&by, matter, grant.signed_at)
                    || self.passed_on(&by, matter, grant.signed_at, depth)
            })
    }

    /// Whether those who gave a power had one that could be passed on.
    fn passed_on(&self, by: &BTreeSet<&str>, matter: &str, at: Timestamp, depth: usize) -> bool {
        let may = self.grants.iter().any(|grant| {
            grant.may_delegate
                && by.contains(grant.to.as_str())
                && grant.span.holds(at)
                && covers(&grant.matters, matter)
        });
        may && self.by_power(by, matter, at, depth)
    }
}

/// Whether a list of matters covers one; no list covers all.
fn covers(matters: &Option<Vec<String>>, matter: &str) -> bool {
    matters
        .as_ref()
        .is_none_or(|matters| matters.iter().any(|m| m == matter))
}

fn malformed(text: impl Into<String>) -> Reason {
    Reason::new(Code::Malformed, text)
}

fn instant(value: Option<&Value>, name: &str) -> Result<Option<Timestamp>, Reason> {
    let Some(value) = value else {
        return Ok(None);
    };
    let text = value.as_str().unwrap_or_default();
    let whole = format!("{text}T00:00:00Z");
    let parsed = text.parse().or_else(|_| whole.parse());
    parsed
        .map(Some)
        .map_err(|_| malformed(format!("`{name}` is not a date or an instant")))
}
